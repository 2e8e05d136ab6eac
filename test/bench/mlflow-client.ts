/** The requests of an MLflow client without its own cost: the same ones to whichever server. */
import { Agent, request } from 'node:http'
import { performance } from 'node:perf_hooks'

export type Target = Readonly<{ url: string; headers: Readonly<Record<string, string>> }>

const AGENT = new Agent({ keepAlive: true, maxSockets: 64 })

/** @throws Error where it is refused */
export function send(target: Target, path: string, body: unknown): Promise<Record<string, unknown>> {
  const json = JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = {
      ...target.headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    }
    const asked = request(`${target.url}/api/2.0/mlflow/${path}`, { method: 'POST', agent: AGENT, headers })
    asked.on('error', reject)
    asked.on('response', (reply) => {
      const parts: Buffer[] = []
      reply.on('data', (part: Buffer) => parts.push(part))
      reply.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        if (reply.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${path}: ${reply.statusCode} ${text.slice(0, 300)}`))
      })
    })
    asked.end(json)
  })
}

let told = 0

/** A run of `keys` metrics over `steps` steps, a thousand values a request, as the client's log_batch sends them. */
export async function trainingRun(
  target: Target,
  experiment: string,
  { keys, steps, params = 0 }: Readonly<{ keys: number; steps: number; params?: number }>,
): Promise<string> {
  const number = told++
  const start = 1_795_000_000_000 + number
  const { run } = await send(target, 'runs/create', {
    ...{ experiment_id: experiment, user_id: 'bench', run_name: `run-${number}`, start_time: start },
    tags: [{ key: 'mlflow.user', value: 'bench' }],
  })
  const run_id = (run as { info: { run_id: string } }).info.run_id
  const values = Array.from({ length: keys * steps }, (_, at) => ({
    key: `metric_${at % keys}`,
    value: Math.sin(number * 7919 + at) / 3,
    timestamp: start + Math.floor(at / keys),
    step: Math.floor(at / keys),
  }))
  const given = Array.from({ length: params }, (_, at) => ({
    key: `param_${at}`,
    value: String((number + at) % 10),
  }))
  if (given.length > 0) await send(target, 'runs/log-batch', { run_id, params: given })
  for (let from = 0; from < values.length; from += 1_000)
    await send(target, 'runs/log-batch', { run_id, metrics: values.slice(from, from + 1_000) })
  await send(target, 'runs/update', { run_id, status: 'FINISHED', end_time: start + 1_000 })
  return run_id
}

/** So many at a time until all are done. @returns seconds */
export async function atOnce(count: number, width: number, work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  let left = count
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) await work()
    }),
  )
  return (performance.now() - from) / 1_000
}
