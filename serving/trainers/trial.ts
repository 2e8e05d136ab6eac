/** One trial, whoever trains it: started, and where its trainer is not built in trained and attested. */

import type { Position } from '../../schemas/envelope.ts'
import { isBuiltIn, type RunSpec } from '../../schemas/events/experiment.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { type Act, startRun } from '../actions.ts'
import { commitAt } from '../commit.ts'
import { environmentAt, environmentDigest } from '../environment.ts'
import type { Platform } from '../platform.ts'
import { ROOT } from '../root.ts'
import { assertMayTrain } from './may-train.ts'
import { type Site, siteOf } from './site.ts'
import { trainRun } from './train.ts'

/** Whether two runs are one trial, whoever starts it and from which checkout. */
export const isSameTrial = (one: RunSpec, other: RunSpec): boolean => trialOf(one) === trialOf(other)

const trialOf = ({ commit: _, environment: __, author: ___, ...trial }: RunSpec): string => digestOf(trial)

/** The commit and environment of this program. @param allowedSigners whose signatures count, as `commitAt` has it */
export const originHere = (allowedSigners: string | null = null) => ({
  commit: commitAt(ROOT, allowedSigners),
  environment: environmentDigest(environmentAt(ROOT)),
})

/** The commit and the environment of a run: the platform's own, or those that its trainer was admitted with. */
export async function originOf(
  platform: Platform,
  trainer: string,
): Promise<Pick<RunSpec, 'commit' | 'environment'>> {
  if (isBuiltIn({ trainer })) return originHere((await siteOf(platform)).config.allowedSigners)
  const { trainers } = platform.folds.experiments.state()
  if (!Object.hasOwn(trainers, trainer)) throw refuse('experiment.unknown-trainer', { trainer })
  const { commit, environment } = trainers[trainer].spec
  return { commit, environment }
}

type Trying = Act & Readonly<{ site?: Site; progress?: (done: number, of: number) => void }>

/** Starts a trial, unless it was; the same trial under way from before a stop is brought to its end. */
export async function runTrial(
  platform: Platform,
  spec: RunSpec,
  { site: given, ...act }: Trying,
): Promise<Readonly<{ position: Position; changed: boolean }>> {
  const { experiments } = platform.folds
  const site = isBuiltIn(spec) ? null : (given ?? (await siteOf(platform)))
  // Nothing is started that cannot be run, or is not paid for.
  if (site !== null) await assertMayTrain(platform, site, { trainer: spec.trainer, subject: act.actor })
  const before = experiments.state().runs[spec.run]
  const isStarted = before !== undefined && isSameTrial(before.spec, spec)
  // The same name for another trial is refused by name.
  const handled = isStarted
    ? { position: before.started, changed: false }
    : await startRun(platform, spec, act)
  if (site !== null && experiments.state().runs[spec.run]?.trained === null)
    await trainRun(platform, spec.run, { ...act, site })
  else if (isStarted) await platform.lanes.answered((await platform.log.head()).position, ['research'])
  return handled
}
