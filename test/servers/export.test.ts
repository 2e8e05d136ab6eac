/**
 * An exported model in MLServer from PyPI: it answers with the bits that Asof answers with, and not with a file that was changed. Triton and
 * KServe do not run here: their own definitions read what is written for them.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportModel } from '../../serving/export/export.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { type InForce, inForce } from '../support/in-force.ts'
import { MODEL } from '../support/small-platform.ts'
import { freePorts } from './daemon.ts'

const { TEST_MLSERVER, TEST_TRITON, TEST_KSERVE } = process.env
const ROWS = 500

describe.skipIf(TEST_MLSERVER === undefined)(
  'MLServer with an exported model (skipped without npm run suite:servers, which installs it)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'asof-exported-'))
    const to = join(folder, 'model')
    let home: InForce
    const running: ChildProcess[] = []

    beforeAll(async () => {
      home = await inForce()
      await exportModel(home.platform, { model: MODEL, to, storage: 's3://models' })
    }, 120_000)
    afterAll(async () => {
      for (const one of running) if (one.exitCode === null) one.kill('SIGKILL')
      await home.close()
      rmSync(folder, { recursive: true, force: true })
    })

    /** @returns where it answers once its models are loaded; null where they never are */
    async function started(): Promise<string | null> {
      const port = await freePorts(3)
      const ports = {
        MLSERVER_HTTP_PORT: String(port),
        MLSERVER_GRPC_PORT: String(port + 1),
        MLSERVER_METRICS_PORT: String(port + 2),
      }
      const program = join(dirname(TEST_MLSERVER ?? ''), 'mlserver')
      const child = spawn(program, ['start', join(to, 'mlserver')], {
        stdio: 'ignore',
        env: { ...process.env, ...ports, MLSERVER_HOST: '127.0.0.1' },
      })
      running.push(child)
      const url = `http://127.0.0.1:${port}/v2/models/${MODEL}`
      for (const until = performance.now() + 90_000; performance.now() < until; await setTimeout(250)) {
        if (child.exitCode !== null) return null
        const ready = await fetch(`${url}/ready`).catch(() => null)
        if (ready?.ok) return url
        if (ready !== null && ready.status >= 400 && ready.status !== 404) return null
      }
      return null
    }

    test('answers with the same bits', async () => {
      const url = await started()
      expect(url).not.toBeNull()
      const uniform = xoshiro128(11)
      const features = Float64Array.from(
        { length: ROWS * 2 },
        () => (uniform() - 0.5) * 10 ** (8 * uniform() - 4),
      )
      const inputs = [{ name: 'features', datatype: 'FP64', shape: [ROWS, 2], data: [...features] }]
      const asking = (sent: unknown) =>
        fetch(`${url}/infer`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ inputs: sent }),
        })
      const told = await (await asking(inputs)).text()
      const { outputs = [], error } = JSON.parse(told) as {
        outputs?: readonly { data: readonly number[] }[]
        error?: string
      }
      expect(error).toBeUndefined()
      const caller = { name: 'test', isKnown: true, deadline: Number.POSITIVE_INFINITY }
      const question = { model: MODEL, version: '', id: '', features: () => features }
      const { scores } = await inferenceOf(home.platform).answer(question, caller)
      expect(outputs[0]?.data).toEqual([...scores])
      const wrong = [{ ...inputs[0], shape: [1, 3], data: [1, 2, 3] }]
      const refused = await asking(wrong)
      expect(refused.status).toBeGreaterThanOrEqual(400)
      const [server] = running
      const ended = once(server, 'exit')
      server.kill('SIGTERM')
      await ended
    }, 120_000)

    test('does not run a file that was changed', async () => {
      const path = join(to, 'mlserver', MODEL, 'model.onnx')
      const bytes = readFileSync(path)
      bytes[bytes.length - 1] ^= 1
      writeFileSync(path, bytes)
      expect(await started()).toBeNull()
    }, 120_000)
  },
)

describe.skipIf(TEST_TRITON === undefined && TEST_KSERVE === undefined)(
  'an exported model as Triton and KServe define it (skipped without npm run suite:servers, which installs their clients)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'asof-exported-'))
    const to = join(folder, 'model')
    let home: InForce

    beforeAll(async () => {
      home = await inForce()
      await exportModel(home.platform, { model: MODEL, to, storage: 's3://models' })
    }, 120_000)
    afterAll(async () => {
      await home.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const readBy = (python: string | undefined, which: string, ...path: readonly string[]): unknown =>
      JSON.parse(
        execFileSync(
          python ?? '',
          [join(import.meta.dirname, 'clients', 'exported.py'), which, join(to, ...path)],
          { encoding: 'utf8' },
        ),
      )

    test.skipIf(TEST_TRITON === undefined)(
      "Triton's model configuration has the tensors and the version of the model",
      () => {
        const live = home.platform.models.inForce(MODEL)
        const tensor = { data_type: 'TYPE_FP64' }
        expect(readBy(TEST_TRITON, 'triton', 'triton', MODEL, 'config.pbtxt')).toEqual({
          name: MODEL,
          backend: 'onnxruntime',
          version_policy: { specific: { versions: [String(live?.promotion)] } },
          input: [{ name: 'features', ...tensor, dims: ['-1', '2'] }],
          output: [{ name: 'score', ...tensor, dims: ['-1', '1'] }],
          instance_group: [{ kind: 'KIND_CPU', count: 1 }],
          parameters: {
            intra_op_thread_count: { string_value: '1' },
            inter_op_thread_count: { string_value: '1' },
            asof_artifact: { string_value: live?.artifact },
          },
        })
      },
      120_000,
    )

    test.skipIf(TEST_KSERVE === undefined)(
      "KServe's InferenceService has every field of the manifest, and the model under the name of its digest",
      () => {
        const { sent, read } = readBy(TEST_KSERVE, 'kserve', 'kserve', 'inference-service.yaml') as {
          sent: object
          read: unknown
        }
        expect(read).toMatchObject(sent)
        expect(read).toMatchObject({
          metadata: { annotations: { 'asof/artifact': home.platform.models.inForce(MODEL)?.artifact } },
          spec: { predictor: { model: { modelFormat: { name: 'onnx' }, storageUri: 's3://models/triton' } } },
        })
      },
      120_000,
    )
  },
)
