/** How fast an MLflow client's runs are logged and found: this server beside MLflow's own, the same requests in the same run. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { atOnce, send, trainingRun } from './mlflow-client.ts'
import { diskKb, type Measured, mlflowPython, ours, theirs } from './mlflow-server.ts'

type Row = Readonly<Record<string, unknown>>

/** A training: 50 metrics over 100 steps. */
const TRAINING = { keys: 50, steps: 100 }
const VALUES = TRAINING.keys * TRAINING.steps
/** A run that is searched for. */
const SEARCHED = { keys: 5, steps: 1, params: 5 }
const QUESTIONS = 30

/** MLflow's own server takes seconds a run, so that it gets fewer: rates are compared, and each says of how many. */
const RUNS = { ours: { logged: 60, searched: 20_000 }, theirs: { logged: 4, searched: 400 } }

export async function benchMlflow(): Promise<Readonly<{ logging: readonly Row[]; search: readonly Row[] }>> {
  const [own, other] = [await ours(), await theirs()]
  const servers: readonly (readonly [Measured, typeof RUNS.ours])[] =
    typeof other === 'string'
      ? [[own, RUNS.ours]]
      : [
          [own, RUNS.ours],
          [other, RUNS.theirs],
        ]
  if (typeof other === 'string') console.log(`\nMLflow's own server is left out: ${other}.`)
  const [logging, search]: [Row[], Row[]] = [[], []]
  try {
    for (const [server, runs] of servers) {
      if (typeof other !== 'string') logging.push(byClient(server, 4))
      for (const width of [1, 8])
        logging.push(await byRequests(server, Math.max(runs.logged, width / 2), width))
    }
    for (const [server, runs] of servers) search.push(...(await searched(server, runs.searched)))
  } finally {
    for (const [server] of servers) await server.stop()
  }
  return { logging, search }
}

/** Through the stock client, which takes a quarter of a second a run by itself. */
function byClient(server: Measured, runs: number): Row {
  const script = join(import.meta.dirname, 'peers', 'mlflow_log.py')
  const token = server.headers.authorization?.replace('Bearer ', '')
  const before = server.cpu()
  const out = execFileSync(mlflowPython(), [script, server.url, String(runs)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      ...(token !== undefined && { MLFLOW_TRACKING_TOKEN: token }),
    },
  })
  const { seconds, clientCpu } = JSON.parse(out.trim().split('\n').at(-1) ?? '{}')
  return {
    server: server.name,
    through: 'stock client',
    atOnce: 1,
    runs,
    metricsPerSecond: (runs * VALUES) / seconds,
    // One run more, so that the client has loaded what it needs.
    serverCpuMsPerRun: ((server.cpu() - before) * 1_000) / (runs + 1),
    clientCpuMsPerRun: (clientCpu * 1_000) / runs,
  }
}

async function byRequests(server: Measured, runs: number, width: number): Promise<Row> {
  const { experiment_id } = await send(server, 'experiments/create', { name: `logging-${width}` })
  const work = () => trainingRun(server, String(experiment_id), TRAINING)
  await work()
  const [before, disk] = [server.cpu(), diskKb(server.folder)]
  const seconds = await atOnce(runs, width, work)
  return {
    server: server.name,
    through: 'its requests',
    atOnce: width,
    runs,
    metricsPerSecond: (runs * VALUES) / seconds,
    serverCpuMsPerRun: ((server.cpu() - before) * 1_000) / runs,
    diskKbPerRun: (diskKb(server.folder) - disk) / runs,
  }
}

const ASKED: readonly (readonly [string, object])[] = [
  ['metric filter', { filter: 'metrics.metric_1 > 0.33' }],
  ['metric and param', { filter: "metrics.metric_1 > 0.3 and params.param_1 = '3'" }],
  ['ordered by a metric', { order_by: ['metrics.metric_2 DESC'] }],
  ['by name', { filter: "attributes.run_name LIKE 'run-%77'" }],
]

async function searched(server: Measured, runs: number): Promise<readonly Row[]> {
  const { experiment_id } = await send(server, 'experiments/create', { name: 'search' })
  await atOnce(runs, 16, () => trainingRun(server, String(experiment_id), SEARCHED))
  const rows: Row[] = []
  for (const [question, asked] of ASKED) {
    const took: number[] = []
    let found = 0
    for (let time = 0; time < QUESTIONS; time++) {
      const from = performance.now()
      const body = { experiment_ids: [experiment_id], max_results: 100, ...asked }
      const { runs: page } = await send(server, 'runs/search', body)
      took.push(performance.now() - from)
      found = (page as unknown[] | undefined)?.length ?? 0
    }
    took.sort((a, b) => a - b)
    const [p50Ms, p99Ms] = [took[QUESTIONS / 2], took[QUESTIONS - 1]]
    rows.push({ server: server.name, of: runs, question, found, p50Ms, p99Ms })
  }
  return rows
}
