/** Admits a trainer: the platform reads its commit, checks who signed it, and takes stock of what it runs in. */
import { z } from 'zod'
import { trainer, trainerStream } from '../../commands/experiment/trainer.ts'
import type { Handled } from '../../commands/handle.ts'
import { limitsSpec, type TrainerSpec } from '../../schemas/events/trainer.ts'
import { isSame, sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { name } from '../../schemas/kernel/name.ts'
import { putDocument } from '../../streams/log/tables.ts'
import { type Act, by } from '../act.ts'
import type { Platform } from '../platform.ts'
import type { TrainingConfig } from './config.ts'
import { environmentOf } from './environment.ts'
import { readCommit } from './git.ts'

/** A path in a repository: it does not climb. */
const path = z
  .string()
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[^\0\n:]{1,500}$/, 'write a path from the root of the repository')

export const admission = z.strictObject({
  trainer: name,
  /** By the names that the configuration has for them. */
  repository: z.string(),
  environment: z.string(),
  /** A branch, a tag or a commit: what it is now is what is admitted. */
  commit: z.string().regex(/^(?!-)[\w./@^~-]{1,200}$/, 'write a branch, a tag or the hash of a commit'),
  entry: path,
  lockfile: path.nullable().default(null),
  /** As the configuration has them, unless they are lower. */
  limits: limitsSpec.partial().default({}),
})
export type Admission = z.infer<typeof admission>

/** @throws Refusal as `trainerOf`, and `experiment.trainer-exists` */
export async function admitTrainer(
  platform: Platform,
  asked: Admission,
  { config, ...act }: Act & Readonly<{ config: TrainingConfig }>,
): Promise<Handled> {
  const { spec, archive } = await trainerOf(asked, config)
  const code = await putDocument(platform.chunks, archive, 'file')
  return by(trainer)(platform, {
    stream: trainerStream(spec.trainer),
    command: () => ({ kind: 'admit', spec, code }),
    done: () => {
      const admitted = platform.folds.experiments.state().trainers[spec.trainer]?.spec
      return admitted !== undefined && isSame(admitted, spec)
    },
    ...act,
  })
}

/** @throws Refusal `trainer.unknown-repository`, `trainer.unknown-environment`, `trainer.no-entry`, and as `readCommit` and `environmentOf` */
async function trainerOf(asked: Admission, config: TrainingConfig) {
  const { repository, environment, entry } = asked
  const place = own(config.repositories, repository)
  if (place === undefined)
    throw refuse('trainer.unknown-repository', { repository, known: namesOf(config.repositories) })
  const runsIn = own(config.environments, environment)
  if (runsIn === undefined)
    throw refuse('trainer.unknown-environment', { environment, known: namesOf(config.environments) })
  const files = [entry, ...(asked.lockfile === null ? [] : [asked.lockfile])]
  const allowedSigners = config.allowedSigners ?? null
  const { sha, signature, archive, file } = await readCommit({
    ...{ repository, place, files },
    commit: asked.commit,
    allowedSigners,
  })
  const absent = files.find((one) => file(one) === null)
  if (absent !== undefined) throw refuse('trainer.no-entry', { commit: sha, path: absent })
  const lock = asked.lockfile === null ? null : file(asked.lockfile)
  const { status, ...signed } = signature
  const spec: TrainerSpec = {
    ...{ trainer: asked.trainer, repository, entry },
    // What is run is what the commit has: nothing beside it is looked at.
    commit: { sha, signature: status, tree: 'clean' },
    ...signed,
    code: sha256(archive),
    environmentName: environment,
    ...(await environmentOf({ name: environment, config: runsIn, lockfile: lock })),
    lockfile:
      lock === null || asked.lockfile === null ? null : { path: asked.lockfile, sha256: sha256(lock) },
    limits: lowest(asked.limits, config.limits),
  }
  return { spec, archive }
}

const lowest = (
  { seconds, megabytes, outputMegabytes, processes }: Admission['limits'],
  most: TrainingConfig['limits'],
) => ({
  seconds: Math.min(seconds ?? most.seconds, most.seconds),
  megabytes: Math.min(megabytes ?? most.megabytes, most.megabytes),
  outputMegabytes: Math.min(outputMegabytes ?? most.outputMegabytes, most.outputMegabytes),
  processes: Math.min(processes ?? most.processes, most.processes),
})

const own = <T>(of: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(of, key) ? of[key] : undefined
const namesOf = (of: Readonly<Record<string, unknown>>): string => Object.keys(of).join(', ') || 'none'
