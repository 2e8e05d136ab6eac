/** Trains on a Ray cluster: each job in the same sandbox as here, on whatever machine of the cluster has room. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { metricsIn } from '../metrics.ts'
import { places } from '../places.ts'
import type { Executor, Job, Made } from '../port.ts'
import type { RayClient, RayJob } from './client.ts'
import { packageOf } from './package.ts'

const MEBI = 2 ** 20
/** More than a job has to itself, for Python and the shells around it. */
export const BESIDE_MEGABYTES = 256
const [FIRST_POLL_MILLIS, LAST_POLL_MILLIS] = [200, 5_000]
/** From the end of what a job may take to when it is stopped from here: the sandbox stops it by itself. */
export const GRACE_SECONDS = 60

export type RayPool = Readonly<{
  /** What a job is given of a machine. */
  cpus: number
  gpus: number
  /** What a machine has to have besides: `{ spot: 0.01 }`. */
  resources: Readonly<Record<string, number>>
  /** The program that runs the job there. */
  python: string
  atOnce: number
  tries: number
  /** How long a job waits for room, and how long a cluster may be away that holds one. */
  waitSeconds: number
}>

const resultOf = z.strictObject({
  seconds: z.number().nonnegative(),
  failure: z.nullable(z.string()),
  isLost: z.boolean(),
  model: z.base64(),
  metrics: z.base64(),
})
type Result = z.infer<typeof resultOf>

/** @param name of the pool */
export function rayExecutor(name: string, pool: RayPool, client: RayClient): Executor {
  const inPlace = places(pool.atOnce)
  return {
    name,
    // Each job finds out on its machine whether there can be a sandbox, and is lost where there cannot.
    notHeld: [],
    atOnce: pool.atOnce,
    tries: pool.tries,
    async assertReady() {
      await client.version()
    },
    run: (job) => inPlace(() => run(job, { pool, client: patient(client, pool.waitSeconds) }), job.of),
  }
}

type Asked = Pick<RayClient, 'find' | 'bring' | 'submit' | 'printed' | 'stop' | 'remove'>
type There = Readonly<{ pool: RayPool; client: Asked }>

/** Asks a cluster that is away again, for so long. */
function patient(client: Asked, waitSeconds: number): Asked {
  const again = async <T>(ask: () => Promise<T>): Promise<T> => {
    const until = performance.now() + waitSeconds * 1_000
    for (let millis = FIRST_POLL_MILLIS; ; millis = Math.min(millis * 2, LAST_POLL_MILLIS))
      try {
        return await ask()
      } catch (error) {
        const isAway = error instanceof Refusal && error.fault.code === 'trainer.ray-away'
        if (!isAway || performance.now() > until) throw error
        await sleep(millis)
      }
  }
  return {
    find: (id) => again(() => client.find(id)),
    bring: (name, bytes) => again(() => client.bring(name, bytes)),
    submit: (asked) => again(() => client.submit(asked)),
    printed: (id, most) => again(() => client.printed(id, most)),
    stop: client.stop,
    remove: client.remove,
  }
}

/** A cluster that is away is a place that broke down. */
async function run(job: Job, there: There): Promise<Made> {
  try {
    return await made(job, there)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return lost(error.message, 0)
  }
}

const lost = (failure: string, seconds: number): Made => ({
  ...{ model: Buffer.alloc(0), metrics: [], seconds, failure, isLost: true },
})

/**
 * The name of a job stands for its bytes: a server that was killed finds what it asked for, under way or done, and asks for nothing twice. One
 * that came to nothing is left behind, and the next has the next name.
 */
async function made(job: Job, { pool, client }: There): Promise<Made> {
  const { name, bytes } = packageOf(job)
  for (let attempt = 1; ; attempt++) {
    const id = `${name}-${attempt}`
    const found = await client.find(id)
    if (found !== null && isOver(found) && (await resultIn(found, id, { job, client }))?.failure !== null)
      continue
    if (found === null) {
      await client.bring(name, bytes)
      const { cpus, gpus, resources, python } = pool
      const memory = (job.limits.megabytes + BESIDE_MEGABYTES) * MEBI
      const entrypoint = `${python} job.py`
      await client.submit({ id, entrypoint, package: name, cpus, gpus, memory, resources })
    }
    const ended = await followed(id, { job, pool, client })
    const result = typeof ended === 'string' ? null : await resultIn(ended, id, { job, client })
    if (result !== null && result.failure === null) await client.remove(id).catch(() => undefined)
    return result === null ? lost(whyLost(ended), secondsOf(ended)) : madeOf(result)
  }
}

const isOver = ({ status }: RayJob): boolean => status !== 'PENDING' && status !== 'RUNNING'

const whyLost = (ended: RayJob | string): string =>
  typeof ended === 'string'
    ? ended
    : `Ray lost it: ${ended.status}, ${ended.message?.slice(0, 500) ?? 'and no reason'}`

const secondsOf = (ended: RayJob | string): number =>
  typeof ended === 'string' ? 0 : Math.max((ended.end_time ?? 0) - (ended.start_time ?? 0), 0) / 1000

/** Waits for the end of a job. @returns how it ended, or in words why it was given up */
async function followed(
  id: string,
  { job, pool, client }: There & Readonly<{ job: Job }>,
): Promise<RayJob | string> {
  const begun = performance.now()
  const most = job.limits.seconds + GRACE_SECONDS
  let [running, millis] = [0, FIRST_POLL_MILLIS]
  for (;;) {
    const found = await client.find(id)
    const now = performance.now()
    if (found === null) return 'Ray has forgotten it'
    if (isOver(found)) return found
    if (found.status === 'RUNNING' && running === 0) running = now
    const why =
      running > 0 && now - running > most * 1000
        ? `it went on for more than ${most} seconds`
        : running === 0 && now - begun > pool.waitSeconds * 1000
          ? `no machine had room for it in ${pool.waitSeconds} seconds`
          : null
    if (why !== null) {
      await client.stop(id)
      return why
    }
    await sleep(millis)
    millis = Math.min(millis * 1.5, LAST_POLL_MILLIS)
  }
}

/** What the job told of itself at its end; null where it told nothing. */
async function resultIn(
  { status }: RayJob,
  id: string,
  { job, client }: Readonly<{ job: Job; client: Asked }>,
): Promise<Result | null> {
  if (status !== 'SUCCEEDED') return null
  // In base64, within JSON, with what else was printed.
  const printed = await client.printed(id, Math.ceil((job.limits.outputMegabytes + 2) * MEBI * 1.4) + MEBI)
  const line = printed.split('\n').findLast((one) => one.startsWith('asof-result:'))
  if (line === undefined) return null
  try {
    return resultOf.parse(JSON.parse(line.slice('asof-result:'.length)))
  } catch {
    return null
  }
}

function madeOf({ seconds, failure, isLost, model, metrics }: Result): Made {
  const read = metricsIn(Buffer.from(metrics, 'base64'))
  const bytes = Buffer.from(model, 'base64')
  const why =
    failure ?? (bytes.length === 0 ? 'it wrote no model.onnx' : typeof read === 'string' ? read : null)
  return { model: bytes, metrics: typeof read === 'string' ? [] : read, seconds, failure: why, isLost }
}
