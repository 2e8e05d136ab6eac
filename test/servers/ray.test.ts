/** A real Ray cluster: a trainer's jobs run there in the sandbox, are found again by whoever was killed, and are paid for. */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { poolConfig, poolOf } from '../../serving/trainers/pools.ts'
import type { Job } from '../../serving/trainers/port.ts'
import { rayClient } from '../../serving/trainers/ray/client.ts'
import { rayExecutor } from '../../serving/trainers/ray/executor.ts'
import { packageOf } from '../../serving/trainers/ray/package.ts'
import { tarOf } from '../support/tar.ts'

const URL = process.env.TEST_RAY_URL
const why = URL === undefined ? 'npm run suite:servers starts a cluster' : null

const MODEL = Buffer.from('a model')
const jobOf = (id: string, script: string): Job => ({
  ...{ id, of: 'ann', code: tarOf('train.sh', script), mounts: [], table: MODEL, told: { id, seed: 7 } },
  ...{ command: ['/bin/sh', '/code/train.sh'] },
  limits: { seconds: 30, megabytes: 64, outputMegabytes: 4, processes: 16 },
  environment: { program: sha256(readFileSync('/bin/sh')), installed: null },
})

describe.skipIf(why !== null)(`Ray ${why === null ? '' : `(skipped: ${why})`}`, () => {
  const url = URL ?? ''
  const pool = () =>
    poolConfig.parse({
      ...{ kind: 'ray', url, atOnce: 2, cpus: 0.5, resources: { spot: 0.1 }, waitSeconds: 120 },
      python: '/usr/bin/python3',
    })

  test.concurrent('a job makes its model in the sandbox, whoever asked for it is killed, and another finds it', async () => {
    const { executor } = poolOf('spot', pool(), '')
    await executor.assertReady()
    const job = jobOf('slow', 'sleep 3; [ ! -e /etc/passwd ] && cp $1/train.arrow $2/model.onnx')
    const client = rayClient({ url, token: null })
    // One that is killed once it has submitted hears nothing more.
    let submitted = 0
    const killed = {
      ...client,
      submit: async (asked: Parameters<typeof client.submit>[0]) => {
        submitted++
        return client.submit(asked)
      },
      find: (id: string) => (submitted > 0 ? new Promise<never>(() => {}) : client.find(id)),
    }
    const config = pool()
    if (config.kind !== 'ray') throw new Error('another pool')
    void rayExecutor('spot', config, killed).run(job)
    while (submitted === 0) await sleep(50)
    const made = await executor.run(job)
    expect({ ...made, model: String(made.model) }).toMatchObject({
      failure: null,
      model: 'a model',
      isLost: false,
    })
    expect(made.seconds).toBeGreaterThan(2.9)
    expect(submitted).toBe(1)
  }, 120_000)

  test.concurrent('one that is stopped from outside is lost, begun anew, and made', async () => {
    const { executor } = poolOf('spot', pool(), '')
    const client = rayClient({ url, token: null })
    const job = jobOf('stopped', 'sleep 4; cp $1/train.arrow $2/model.onnx')
    const lost = executor.run(job)
    const id = `${packageOf(job).name}-1`
    while ((await client.find(id))?.status !== 'RUNNING') await sleep(100)
    await client.stop(id)
    expect(await lost).toMatchObject({ isLost: true, failure: expect.stringContaining('STOPPED') })
    expect(await executor.run(job)).toMatchObject({ isLost: false, failure: null })
  }, 120_000)

  test.concurrent('what a trainer fails by is told, and a name that is taken is no failure', async () => {
    const { executor } = poolOf('spot', pool(), '')
    const job = jobOf('failing', 'echo it fell over; exit 3')
    expect(await executor.run(job)).toMatchObject({
      failure: 'it ended with exit code 3, and its last output was: it fell over',
      isLost: false,
    })
    const client = rayClient({ url, token: null })
    const again = { id: 'taken', entrypoint: 'true', cpus: 0, gpus: 0, memory: 0, resources: {} }
    await client.bring('asof-empty', emptyZip())
    expect(await client.submit({ ...again, package: 'asof-empty' })).toBe(true)
    expect(await client.submit({ ...again, package: 'asof-empty' })).toBe(false)
  }, 120_000)
})

/** The end of a zip, with nothing before it. */
const emptyZip = (): Uint8Array => Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex')
