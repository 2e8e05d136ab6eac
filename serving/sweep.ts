/** A sweep: one file that names a family of trials, turned into the training sets and runs that it means. */
import { z } from 'zod'
import type { DefinedState } from '../projections/feature/defined.ts'
import {
  isBuiltIn,
  portfolioSpec,
  type RunSpec,
  RunStarted,
  type TrainingSetSpec,
} from '../schemas/events/experiment.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { name } from '../schemas/kernel/name.ts'
import { parseMoment } from '../schemas/kernel/time.ts'
import { type Act, actId, requestTrainingSet } from './actions.ts'
import type { Folder } from './folder.ts'
import type { Platform } from './platform.ts'
import { nextRound, parameters, runsIn, type Setting, search, settingsOf, withResource } from './search.ts'
import { type InPlace, places } from './trainers/places.ts'
import { originOf, runTrial } from './trainers/trial.ts'

export const sweepSpec = z.strictObject({
  family: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** `name@version` */
  featureSet: z.string().regex(/^[a-z0-9.-]+@\d+$/),
  from: z.string(),
  to: z.string(),
  /** `{horizon}` in the formula stands for the days that the position is held. */
  label: z.strictObject({ dataset: z.string(), formula: z.string() }),
  trainer: name,
  folds: z.int().min(2),
  seed: z.int(),
  horizons: z.array(z.int().positive()).min(1),
  /** Penalties, each of them tried; or else parameters of the trainer (`alpha` and `l1_ratio` of elastic-net), and how they are searched. */
  alphas: z.array(z.number().positive()).default([]),
  params: parameters.optional(),
  search: search.optional(),
  features: z.record(name, z.array(z.string()).min(1)),
  portfolio: portfolioSpec.omit({ holdingDays: true }).extend({
    maxWeight: portfolioSpec.shape.maxWeight.default(null),
    neutralise: portfolioSpec.shape.neutralise.default(null),
    impact: portfolioSpec.shape.impact.default(null),
  }),
})
export type Sweep = z.infer<typeof sweepSpec>

const trainingSetName = (sweep: Sweep, horizon: number): string => `${sweep.family}-h${horizon}`

/** The training sets that a sweep needs: one a horizon. */
export function trainingSetsOf(sweep: Sweep, features: DefinedState): TrainingSetSpec[] {
  const set = features.sets[sweep.featureSet]
  if (set === undefined) throw refuse('feature.unknown-set', { set: sweep.featureSet })
  return sweep.horizons.map((horizon) => ({
    trainingSet: trainingSetName(sweep, horizon),
    featureSet: set.spec.set,
    featureVersion: set.spec.version,
    featureHash: set.spec.hash,
    label: {
      dataset: sweep.label.dataset,
      formula: sweep.label.formula.replaceAll('{horizon}', String(horizon)),
      entryRows: 1,
      exitRows: 1 + horizon,
    },
    from: parseMoment(sweep.from),
    to: parseMoment(sweep.to),
  }))
}

type Origin = Pick<RunSpec, 'commit' | 'environment' | 'author'>

type Candidate = Readonly<{ horizon: number; subset: string; features: string[]; setting: Setting }>

/** What a sweep begins with: every combination of horizon, features and setting. */
const candidatesOf = (sweep: Sweep): Candidate[] =>
  sweep.horizons.flatMap((horizon) =>
    Object.entries(sweep.features).flatMap(([subset, features]) =>
      settingsOf(sweep).map((setting) => ({ horizon, subset, features, setting })),
    ),
  )

/** A run with a name that says what it is. */
const runOf = (
  sweep: Sweep,
  { horizon, subset, features, setting }: Candidate,
  { hashOf, origin }: Readonly<{ hashOf: (trainingSet: string) => string; origin: Origin }>,
): RunSpec => ({
  run: `${sweep.family}-h${horizon}-${subset}-${setting.label}`,
  family: sweep.family,
  trainer: sweep.trainer,
  features,
  params: setting.params,
  seed: sweep.seed,
  trainingSet: trainingSetName(sweep, horizon),
  trainingSetHash: hashOf(trainingSetName(sweep, horizon)),
  folds: sweep.folds,
  portfolio: { ...sweep.portfolio, holdingDays: horizon },
  ...origin,
})

/** The runs that a sweep begins with. */
export const runsOf = (sweep: Sweep, hashOf: (trainingSet: string) => string, origin: Origin): RunSpec[] =>
  candidatesOf(sweep).map((candidate) => runOf(sweep, candidate, { hashOf, origin }))

/** How many trials a sweep is, at most. */
export const trialsOf = (sweep: Sweep): number => runsIn(sweep.search, candidatesOf(sweep).length)

/** Freezes what is not frozen and starts every run of the sweep; what was done before is not done again. */
export async function runSweep(
  platform: Platform,
  sweep: Sweep,
  who: Omit<Act, 'commandId'> &
    Readonly<{
      /** Told when the last run begins: none is left to be cancelled. */
      allBegun?: () => void
      onRun?: (done: number, of: number, run: string) => void
    }>,
): Promise<readonly string[]> {
  const { onRun, allBegun, ...acting } = who
  const { actor } = acting
  const { experiments } = platform.folds
  const sets = trainingSetsOf(sweep, platform.folds.features.state())
  for (const spec of sets) {
    await requestTrainingSet(platform, spec, { ...acting, commandId: actId('training-set', spec) })
  }
  const hashOf = (name: string) => experiments.state().trainingSets[name]?.frozen?.contentHash ?? ''
  const origin = { ...(await originOf(platform, sweep.trainer)), author: actor }
  const { search: how } = sweep
  const most = trialsOf(sweep)
  const tried: string[] = []
  let [round, reached] = [candidatesOf(sweep), how?.kind === 'halving' ? how.from : 0]
  for (;;) {
    const runs = round.map((candidate) => runOf(sweep, candidate, { hashOf, origin }))
    for (const [done, spec] of runs.entries()) {
      if (tried.length === most - 1) allBegun?.()
      platform.lanes.expect('research', runs.slice(done, done + AHEAD).map(begins))
      // The same trial from another checkout is the same trial; one that was started before a stop is trained before the next begins.
      const trial = () => runTrial(platform, spec, { ...acting, commandId: actId('run', spec) })
      // Jobs of other trainers share their pool's places one by one.
      await (isBuiltIn(spec) ? shared(platform)(trial, actor) : trial())
      tried.push(spec.run)
      onRun?.(tried.length, most, spec.run)
    }
    if (how?.kind !== 'halving') return tried
    const scoreOf = (at: number) => experiments.state().runs[runs[at].run]?.metrics[how.by]
    const next = nextRound(
      how,
      reached,
      round.map((of, at) => ({ of, score: scoreOf(at) })),
    )
    if (next === null) return tried
    reached = next.resource
    round = next.best.map((one) => ({ ...one, setting: withResource(one.setting, how, reached) }))
  }
}

/**
 * Trials of built-in trainers are one after the other's in the log. Whose comes next is shared as places of a pool are: two sweeps of one
 * researcher go on no faster than one of another's.
 */
const SHARED = new WeakMap<Folder, InPlace>()

function shared({ folder }: Platform): InPlace {
  const made = SHARED.get(folder) ?? places(1)
  SHARED.set(folder, made)
  return made
}

/** Runs of a sweep that are trained while the first of them is waited for, at most. */
const AHEAD = 16

const begins = (data: RunSpec) => ({ type: RunStarted.type, data })
