/**
 * The Open Inference Protocol as stock clients from PyPI ask it. What they send, and what they are answered, is recorded with `RECORD=1`,
 * so that it can be asked where there is no Python: `test/support/vectors/oip-*.json`, and `kserve-*.json`.
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerTokenPath } from '../../serving/access/owner-token.ts'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { DECIDED, type InForce, inForce } from '../support/in-force.ts'
import { MODEL } from '../support/small-platform.ts'
import { type Recording, recordingProxy } from './recording.ts'

const { TEST_TRITON, TEST_KSERVE, RECORD } = process.env
const clientIn = (name: string) => join(import.meta.dirname, 'clients', name)
const vectorsOf = (name: string) => fileURLToPath(new URL(`../support/vectors/${name}.json`, import.meta.url))

type Told = Readonly<{ name: string; ok: boolean; told: unknown }>

let home: InForce
let grpc: GrpcServing
let proxy: Recording

describe.skipIf(TEST_TRITON === undefined && TEST_KSERVE === undefined)(
  'stock clients of the Open Inference Protocol (skipped without npm run suite:servers, which installs them)',
  () => {
    beforeAll(async () => {
      home = await inForce()
      const { server, platform } = home
      const listen = { host: '127.0.0.1', port: 0, access: server.access, isAlone: true }
      grpc = await serveGrpc({ ...listen, inference: inferenceOf(platform) })
      proxy = await recordingProxy(server.url)
    }, 120_000)
    afterAll(async () => {
      await proxy.close()
      await grpc.close()
      await home.close()
    })

    const toldBy = async (
      python: string,
      file: string,
      ...more: readonly string[]
    ): Promise<readonly Told[]> => {
      const version = String(home.platform.models.inForce(MODEL)?.promotion)
      const token = readFileSync(ownerTokenPath(home.platform.folder), 'utf8').trim()
      const args = [
        clientIn(file),
        proxy.address,
        grpc.address,
        MODEL,
        version,
        token,
        String(DECIDED),
        ...more,
      ]
      const child = spawn(python, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = (await text(child.stdout)).trim().split('\n')
      return lines.map((line) => JSON.parse(line) as Told)
    }
    const record = (name: string, from: number) =>
      writeFileSync(vectorsOf(name), `${JSON.stringify(proxy.recorded().slice(from), null, 1)}\n`)
    const failed = (told: readonly Told[]) =>
      told.filter(({ ok }) => !ok).map(({ name, told: why }) => `${name}: ${why}`)

    test.skipIf(TEST_TRITON === undefined)(
      'tritonclient, over gRPC and HTTP',
      async () => {
        const told = await toldBy(
          TEST_TRITON ?? '',
          'triton.py',
          ...(RECORD === undefined ? [] : [vectorsOf('oip-grpc')]),
        )
        expect(failed(told)).toEqual([])
        expect(told.length).toBeGreaterThan(50)
        const scores = told.filter(
          ({ name }) =>
            /: (?:infer|typed|nested|flat|gzip|deflate)/.test(name) && !/refused|thousand/.test(name),
        )
        // The same bits by each way.
        expect(
          scores.filter(({ told: bits }) => JSON.stringify(bits) !== JSON.stringify(scores[0].told)),
        ).toEqual([])
        expect(scores.length).toBeGreaterThan(15)
        const entities = told.filter(({ name }) => name.endsWith('by entity'))
        expect(new Set(entities.map(({ told: bits }) => JSON.stringify(bits))).size).toBe(1)
        process.stdout.write(`tritonclient: ${told.length} of ${told.length} checks passed\n`)
        if (RECORD !== undefined) record('oip-http', 0)
      },
      120_000,
    )

    test.skipIf(TEST_KSERVE === undefined)(
      'KServe, over gRPC and HTTP',
      async () => {
        const before = proxy.recorded().length
        const told = await toldBy(
          TEST_KSERVE ?? '',
          'kserve_client.py',
          ...(RECORD === undefined ? [] : [vectorsOf('kserve-grpc')]),
        )
        expect(failed(told)).toEqual([])
        expect(told.length).toBeGreaterThan(5)
        process.stdout.write(`KServe: ${told.length} of ${told.length} checks passed\n`)
        if (RECORD !== undefined) record('kserve-http', before)
      },
      120_000,
    )
  },
)
