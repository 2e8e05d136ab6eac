/** Jobs on a Ray cluster, by what Ray's dashboard answers: begun once, found again, lost and begun anew, and run as they are here. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { trainingConfig } from '../../serving/trainers/config.ts'
import type { Job } from '../../serving/trainers/port.ts'
import { rayClient } from '../../serving/trainers/ray/client.ts'
import { type RayPool, rayExecutor } from '../../serving/trainers/ray/executor.ts'
import { sandboxProblem } from '../../serving/trainers/sandbox.ts'
import { type Files, type Runner, rayServer } from '../support/ray-server.ts'
import { tarOf } from '../support/tar.ts'

const POOL: RayPool = {
  ...{ cpus: 2, gpus: 1, resources: { spot: 0.01 }, python: 'python3', atOnce: 2, tries: 3, waitSeconds: 60 },
}
const MODEL = Buffer.from('a model')
const LIMITS = { seconds: 5, megabytes: 64, outputMegabytes: 4, processes: 16 }
const SHELL = { program: sha256(readFileSync('/bin/sh')), installed: null }

const jobOf = (script: string): Job => ({
  ...{
    id: 'run part 0',
    of: 'ann',
    code: tarOf('train.sh', script),
    mounts: [],
    table: MODEL,
    told: { seed: 7 },
  },
  ...{ command: ['/bin/sh', '/code/train.sh'], limits: LIMITS, environment: SHELL },
})
const JOB = jobOf('cp $1/train.arrow $2/model.onnx')

const line = (change: object = {}): string =>
  `asof-result:${JSON.stringify({ seconds: 2, failure: null, isLost: false, model: MODEL.toString('base64'), metrics: '', ...change })}`
const told = (change: object = {}) => ({
  status: 'SUCCEEDED' as const,
  logs: `pip said this\n${line(change)}\n`,
})

async function cluster(run: Runner, token: string | null = null) {
  const server = await rayServer(run, token)
  onTestFinished(async () => void (await server.close()))
  const executorOf = (change: Partial<RayPool> = {}) =>
    rayExecutor('spot', { ...POOL, ...change }, rayClient({ url: server.url, token }))
  return { server, executorOf }
}

test('a job is submitted under a name of its bytes, with what it is given of a machine, and forgotten once it is taken', async () => {
  const seen: Files[] = []
  const { server, executorOf } = await cluster(async (files) => {
    seen.push(files)
    return told()
  }, 'secret')
  const made = await executorOf().run(JOB)
  expect({ ...made, model: String(made.model) }).toEqual({
    ...{ model: 'a model', metrics: [], seconds: 2, failure: null, isLost: false },
  })
  expect(server.submitted).toMatchObject([
    {
      entrypoint: 'python3 job.py',
      entrypoint_num_cpus: 2,
      entrypoint_num_gpus: 1,
      entrypoint_resources: { spot: 0.01 },
      entrypoint_memory: 320 * 2 ** 20,
    },
  ])
  expect(Object.keys(seen[0]).sort()).toEqual([
    ...['in/code.tar', 'in/run.json', 'in/train.arrow', 'job.json', 'job.py', 'sandbox.sh'],
  ])
  expect(server.jobs.size).toBe(0)
  const other = rayExecutor('spot', POOL, rayClient({ url: server.url, token: 'wrong' }))
  await expect(other.assertReady()).rejects.toMatchObject({ fault: { code: 'trainer.ray-refused' } })
})

test('whoever was killed finds what he asked for, under way or done, and nothing is begun twice', async () => {
  const ends = Promise.withResolvers<void>()
  const { server, executorOf } = await cluster(async () => {
    await ends.promise
    return told()
  })
  // A server that is killed while it waits hears nothing more.
  const client = rayClient({ url: server.url, token: null })
  const killed = {
    ...client,
    find: async (id: string) => (server.jobs.has(id) ? new Promise<never>(() => {}) : null),
  }
  void rayExecutor('spot', POOL, killed).run(JOB)
  await expect.poll(() => server.submitted.length).toBe(1)
  const again = executorOf().run(JOB)
  ends.resolve()
  expect(await again).toMatchObject({ failure: null, isLost: false })
  expect(server.submitted.length).toBe(1)
})

test('a machine that was taken away loses the job, and it is begun anew under the next name', async () => {
  let tries = 0
  const { server, executorOf } = await cluster(async () =>
    ++tries < 3 ? { status: 'FAILED', logs: 'the node died' } : told(),
  )
  const executor = executorOf()
  expect(await executor.run(JOB)).toMatchObject({ isLost: true, failure: expect.stringContaining('FAILED') })
  expect(await executor.run(JOB)).toMatchObject({ isLost: true })
  expect(await executor.run(JOB)).toMatchObject({ isLost: false, failure: null })
  const names = server.submitted.map(({ submission_id: id }) => id.split('-').at(-1))
  expect(names).toEqual(['1', '2', '3'])
})

test('what a trainer failed by is told, and tried anew when it is asked for again', async () => {
  const { server, executorOf } = await cluster(async () => told({ failure: 'it fell over' }))
  for (const tries of [1, 2]) {
    expect(await executorOf().run(JOB)).toMatchObject({ failure: 'it fell over', isLost: false })
    expect(server.submitted.length).toBe(tries)
  }
})

test.each([
  ['no result', 'nothing of ours'],
  ['half a result', line().slice(0, -5)],
  ['another result', 'asof-result:{"seconds":-1}'],
])('a job that told %s is lost', async (_, logs) => {
  const { executorOf } = await cluster(async () => ({ status: 'SUCCEEDED', logs }))
  expect(await executorOf().run(JOB)).toMatchObject({ isLost: true })
})

test('a cluster that is away is waited for, and in the end the job is lost', async () => {
  const { server, executorOf } = await cluster(async () => {
    server.away(true)
    setTimeout(() => server.away(false), 300)
    return told()
  })
  expect(await executorOf().run(JOB)).toMatchObject({ failure: null })
  server.refuse(2)
  expect(await executorOf().run(jobOf('another'))).toMatchObject({ failure: null })
  server.away(true)
  expect(await executorOf({ waitSeconds: 1 }).run(JOB)).toMatchObject({
    isLost: true,
    failure: expect.stringContaining('The Ray cluster at http://127.0.0.1'),
  })
})

test('a pool, a route and a budget that say nothing are refused where they are written', () => {
  const problems = (text: object) =>
    trainingConfig.safeParse(text).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const spot = { kind: 'ray', url: 'http://head:8265' }
  expect(problems({ pools: { spot } })).toBeUndefined()
  expect(problems({ pools: { spot: { ...spot, tokenFile: 't' } } })).toEqual([
    'pools.spot.url: a token goes over https, or stays on this machine',
  ])
  expect(problems({ pools: { spot }, routes: [{ trainer: '*', pool: 'burst' }] })).toEqual([
    'routes.0.pool: there is no pool burst',
  ])
  expect(problems({ budgets: { a: { members: ['ann'] }, b: { members: ['ann'] } } })).toEqual([
    'budgets.b.members: ann spends the budget of a',
  ])
})

const problem =
  (await sandboxProblem()) ??
  (spawnSync('python3', ['-V']).error === undefined ? null : 'there is no python3')

/** As a machine of a cluster does it: unpacked into a folder, and started there. */
const onMachine: Runner = (files, entrypoint) =>
  new Promise((resolve) => {
    const folder = mkdtempSync(join(tmpdir(), 'asof-ray-'))
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), bytes)
    }
    execFile('/bin/sh', ['-c', entrypoint], { cwd: folder, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      rmSync(folder, { recursive: true })
      resolve({ status: error === null ? 'SUCCEEDED' : 'FAILED', logs: stdout + stderr })
    })
  })

describe.runIf(problem === null)('on a machine of the cluster', () => {
  test.each<[what: string, job: Job, failure: string | null]>([
    ['a model is made', JOB, null],
    [
      'there is no network',
      jobOf('[ "$(cat /proc/net/dev | grep -c eth)" = 0 ] && cp $1/run.json $2/model.onnx'),
      null,
    ],
    [
      'no other file is there',
      jobOf('cat /etc/passwd'),
      'it ended with exit code 1, and its last output was: cat: /etc/passwd: No such file or directory',
    ],
    ['nothing was written', jobOf('true'), 'it wrote no model.onnx'],
    [
      'time is bounded',
      { ...jobOf('sleep 60'), limits: { ...LIMITS, seconds: 1 } },
      'it ran for more than 1 seconds',
    ],
    ['memory is bounded', jobOf('x=a; while :; do x=$x$x; done'), 'exit code|MiB of memory'],
    [
      'another program is refused',
      { ...JOB, environment: { program: sha256('x'), installed: null } },
      '/bin/sh is another program',
    ],
    [
      'other packages are refused',
      { ...JOB, environment: { ...SHELL, installed: sha256('x') } },
      'other packages are installed',
    ],
  ])('%s', async (_, job, failure) => {
    const { executorOf } = await cluster(onMachine)
    const made = await executorOf().run(job)
    if (failure === null) expect(made).toMatchObject({ failure: null, isLost: false })
    else expect(made.failure).toMatch(new RegExp(failure))
  })
})
