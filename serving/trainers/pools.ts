/** Where jobs are run, what an hour there costs, and which work goes where. */
import { z } from 'zod'
import { readWritten } from '../../streams/log/regular.ts'
import { localExecutor } from './local.ts'
import type { Executor } from './port.ts'
import { rayClient } from './ray/client.ts'
import { rayExecutor } from './ray/executor.ts'

const machine = {
  /** Jobs at a time, each of which has a machine's worth of the pool. */
  atOnce: z.int().positive().max(256).default(1),
  /** What a job has of a machine, for the account; a Ray cluster holds it free for the job. */
  cpus: z.number().nonnegative().max(1_024).default(1),
  gpus: z.number().nonnegative().max(64).default(0),
  /** What that costs an hour here, and what it costs by the hour where one has not committed to it nor bid for it. */
  dollarsPerHour: z.number().nonnegative().default(0),
  onDemandDollarsPerHour: z.number().nonnegative().optional(),
  /** How often a job is begun whose machine was taken away. */
  tries: z.int().positive().max(100).default(3),
}

const isLoopback = (url: string): boolean =>
  /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(url)

const localPool = z.strictObject({ kind: z.literal('local'), ...machine })

const rayPool = z
  .strictObject({
    kind: z.literal('ray'),
    ...machine,
    /** The head's dashboard: `http://head:8265`. Whoever reaches it runs what he likes there. */
    url: z.url({ protocol: /^https?$/ }),
    /** A file with the cluster's token (RAY_AUTH_MODE=token). */
    tokenFile: z.string().min(1).optional(),
    /** What a machine has to have, by the names that it was started with: `{ spot: 0.01 }`. */
    resources: z.record(z.string(), z.number().positive()).default({}),
    /** The program that runs a job on a machine of the cluster. */
    python: z
      .string()
      .regex(/^[\w./-]+$/)
      .default('python3'),
    /** How long a job waits for room, and how long a cluster may be away. */
    waitSeconds: z.int().positive().max(604_800).default(3_600),
  })
  .refine(({ url, tokenFile }) => tokenFile === undefined || url.startsWith('https:') || isLoopback(url), {
    path: ['url'],
    message: 'a token goes over https, or stays on this machine',
  })

export const poolConfig = z.discriminatedUnion('kind', [localPool, rayPool])
export type PoolConfig = z.infer<typeof poolConfig>

/** The first that fits says where a trainer's jobs go. */
export const routeConfig = z.strictObject({
  /** A trainer's name; `lightgbm-*` for all that begin so. */
  trainer: z.string().regex(/^[\w.-]+\*?$|^\*$/),
  pool: z.string(),
})

/** What an hour of one job is accounted with. */
export type Price = Readonly<{
  cpus: number
  gpus: number
  dollarsPerHour: number
  onDemandDollarsPerHour: number
}>

export const NO_PRICE: Price = { cpus: 1, gpus: 0, dollarsPerHour: 0, onDemandDollarsPerHour: 0 }

export type Pool = Readonly<{ name: string; executor: Executor; price: Price }>

/** @param of whose jobs they are, as for `localExecutor` */
export function poolOf(name: string, config: PoolConfig, of: string): Pool {
  const { cpus, gpus, dollarsPerHour, onDemandDollarsPerHour = dollarsPerHour } = config
  return {
    name,
    executor: executorOf(name, config, of),
    price: { cpus, gpus, dollarsPerHour, onDemandDollarsPerHour },
  }
}

function executorOf(name: string, config: PoolConfig, of: string): Executor {
  if (config.kind === 'local')
    return { ...localExecutor(config.atOnce, `${of} ${name}`), name, tries: config.tries }
  const { url, tokenFile } = config
  const token = tokenFile === undefined ? null : readWritten(tokenFile).trim()
  return rayExecutor(name, config, rayClient({ url, token }))
}

/** Whether a route is for a trainer. */
export const isFor = ({ trainer: pattern }: Readonly<{ trainer: string }>, trainer: string): boolean =>
  pattern.endsWith('*') ? trainer.startsWith(pattern.slice(0, -1)) : trainer === pattern
