/** Where a platform's trainers run, as its configuration has it. */
import type { TrainerSpec } from '../../schemas/events/trainer.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { readConfig } from '../config.ts'
import type { Folder } from '../folder.ts'
import type { Platform } from '../platform.ts'
import { type EnvironmentConfig, poolsIn, type TrainingConfig, trainingConfig } from './config.ts'
import { environmentDigest } from './environment.ts'
import { isFor, NO_PRICE, type Pool, poolOf } from './pools.ts'
import type { Executor } from './port.ts'

/** Who runs jobs, and what they run in. */
export type Site = Readonly<{
  config: TrainingConfig
  /** Where the jobs of a trainer go. */
  poolFor: (trainer: string) => Pool
  /** @throws Refusal `trainer.unknown-environment`, `trainer.other-environment` where it is not what the trainer was admitted with */
  environmentFor: (trainer: TrainerSpec) => Promise<EnvironmentConfig>
}>

/** One for each platform, so that all its commands share what runs at a time. */
const SITES = new WeakMap<Folder, Promise<Site>>()

export function siteOf({ folder }: Pick<Platform, 'folder'>): Promise<Site> {
  const found = SITES.get(folder) ?? openSite(folder)
  SITES.set(folder, found)
  // What is wrong in a file may be corrected.
  found.catch(() => SITES.delete(folder))
  return found
}

async function openSite(folder: Folder): Promise<Site> {
  const config = (await readConfig(folder, process.env)).training ?? trainingConfig.parse({})
  return siteOfPools(
    config,
    poolsIn(config).map(([name, pool]) => poolOf(name, pool, folder.root)),
  )
}

/** A site with one pool, whose hours cost nothing. */
export const siteWith = (config: TrainingConfig, executor: Executor): Site =>
  siteOfPools(config, [{ name: executor.name, executor, price: NO_PRICE }])

/** @param pools those of the configuration, the first of which takes what no route is for */
export const siteOfPools = (config: TrainingConfig, pools: readonly Pool[]): Site => ({
  config,
  poolFor(trainer) {
    const route = config.routes.find((one) => isFor(one, trainer))
    const [first] = pools
    return pools.find(({ name }) => name === route?.pool) ?? first
  },
  async environmentFor({ trainer, environmentName: environment, environment: admitted, lockfile }) {
    const found = Object.hasOwn(config.environments, environment)
      ? config.environments[environment]
      : undefined
    if (found === undefined) {
      const known = Object.keys(config.environments).join(', ') || 'none'
      throw refuse('trainer.unknown-environment', { environment, known })
    }
    const now = await environmentDigest(environment, found, lockfile?.sha256 ?? null)
    if (now !== admitted) throw refuse('trainer.other-environment', { trainer, environment, admitted, now })
    return found
  },
})
