/** What the configuration says of trainers: whose signatures count, where their code comes from, and what it runs in. */
import { posix } from 'node:path'
import { z } from 'zod'
import { limitsSpec } from '../../schemas/events/trainer.ts'
import { type PoolConfig, poolConfig, routeConfig } from './pools.ts'

const environmentConfig = z.strictObject({
  /** The program that runs an entry, and what comes before it: ["/srv/envs/lightgbm/bin/python"]. */
  run: z.array(z.string().min(1)).min(1),
  /** Folders that are mounted read-only in the sandbox, beside /usr, /bin and /lib: those of the program. */
  mounts: z
    .array(
      z
        .string()
        .startsWith('/')
        .refine((path) => !/^\/(?:(?:proc|sys|dev)(?:\/|$)|$)/.test(posix.normalize(path)), {
          error: 'name the folders of the environment, and not the whole machine',
        }),
    )
    .default([]),
})
export type EnvironmentConfig = z.infer<typeof environmentConfig>

/** A timer of more than 2^31 ms rings at once. */
const MOST_SECONDS = 2_000_000

const budgetConfig = z.strictObject({
  /** Who spends it: the subjects of their tokens. */
  members: z.array(z.string().min(1)).min(1),
  /** For a calendar month of UTC. */
  dollars: z.number().nonnegative().optional(),
  gpuHours: z.number().nonnegative().optional(),
})
export type BudgetConfig = z.infer<typeof budgetConfig>

const trainingShape = z.strictObject({
  /** Whose keys may sign a commit, in the form of ssh-keygen's allowed signers. */
  allowedSigners: z.string().min(1).optional(),
  /** Repositories that trainers are admitted from: a folder, or what git fetches from. */
  repositories: z.record(z.string(), z.string().min(1)).default({}),
  environments: z.record(z.string(), environmentConfig).default({}),
  limits: z
    .strictObject({
      seconds: limitsSpec.shape.seconds.max(MOST_SECONDS).default(3_600),
      megabytes: limitsSpec.shape.megabytes.default(4_096),
      outputMegabytes: limitsSpec.shape.outputMegabytes.default(256),
      processes: limitsSpec.shape.processes.default(64),
    })
    .default({ seconds: 3_600, megabytes: 4_096, outputMegabytes: 256, processes: 64 }),
  /** Jobs at a time, where no pools are named. */
  atOnce: z.int().positive().max(256).default(1),
  /** Where jobs are run: by their names, such as reserved, spot and burst. The first takes what no route is for. */
  pools: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), poolConfig).default({}),
  /** Which trainer's jobs go where: the first that fits counts. */
  routes: z.array(routeConfig).default([]),
  /** What a team may spend in a month, by its name. */
  budgets: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/), budgetConfig).default({}),
})

export const trainingConfig = trainingShape.superRefine(({ pools, routes, budgets }, { addIssue }) => {
  const issue = (path: (string | number)[], message: string) => addIssue({ code: 'custom', path, message })
  for (const [at, { pool }] of routes.entries())
    if (!Object.hasOwn(pools, pool)) issue(['routes', at, 'pool'], `there is no pool ${pool}`)
  const members = Object.entries(budgets).flatMap(([team, one]) => one.members.map((name) => [team, name]))
  for (const [team, name] of members) {
    const [first] = members.find(([, other]) => other === name) ?? []
    if (first !== team) issue(['budgets', team, 'members'], `${name} spends the budget of ${first}`)
  }
})
export type TrainingConfig = z.infer<typeof trainingConfig>

/** In their order: those that are named, or this machine alone. */
export const poolsIn = ({ pools, atOnce }: TrainingConfig): readonly (readonly [string, PoolConfig])[] => {
  const named = Object.entries(pools)
  return named.length > 0 ? named : [['local', poolConfig.parse({ kind: 'local', atOnce })]]
}

const isAddress = (text: string): boolean => /^[\w+.-]+:\/\//.test(text) || /^[^/\s]+@[^/\s]+:/.test(text)

/** With its paths resolved against the folder. */
export const placedTraining = (config: TrainingConfig, at: (path: string) => string): TrainingConfig => ({
  ...config,
  ...(config.allowedSigners !== undefined && { allowedSigners: at(config.allowedSigners) }),
  repositories: Object.fromEntries(
    Object.entries(config.repositories).map(([name, place]) => [name, isAddress(place) ? place : at(place)]),
  ),
  pools: Object.fromEntries(
    Object.entries(config.pools).map(([name, pool]) => [
      name,
      pool.kind === 'ray' && pool.tokenFile !== undefined ? { ...pool, tokenFile: at(pool.tokenFile) } : pool,
    ]),
  ),
})
