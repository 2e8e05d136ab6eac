/** What the monitors of a model measured, as findings: features that drifted, and evidence against its backtest. */
import type { DataOf } from '../../schemas/event.ts'
import type { DriftMeasured, SharpeWatched } from '../../schemas/events/drift.ts'
import type { Finding } from '../../schemas/events/monitor.ts'
import type { PredictionMade } from '../../schemas/events/prediction.ts'
import type { LiveModels } from '../inference/ports.ts'
import { driftChance } from './feature-drift.ts'
import type { References } from './references.ts'
import { discoveries } from './unusual.ts'

type Found = Readonly<{ findings: readonly Finding[]; level: number | null }>

/**
 * The features of a model that have drifted at a level, over all of them together. They are one alarm, of the model: a market that
 * moves takes many features along.
 */
export async function driftFindings(
  { model, features }: DataOf<typeof DriftMeasured>,
  level: number,
  { models, references }: Readonly<{ models: LiveModels; references: References }>,
): Promise<Found> {
  const live = models.inForce(model)
  if (live === undefined) return { findings: [], level }
  const made = await references(live)
  const judged = features.flatMap((one) => {
    const reference = made[live.run.features.indexOf(one.feature)]
    return reference?.kind === 'measured' ? [{ ...one, chance: driftChance(reference.value, one) }] : []
  })
  const found = discoveries(
    Float64Array.from(judged, ({ chance }) => chance),
    level,
  )
  const findings = judged
    .filter((_, at) => found[at])
    .sort((a, b) => a.chance - b.chance)
    .map(({ feature, psi, psiLimit, ks, ksLimit, chance }): Finding => {
      const byPsi = psi / psiLimit >= ks / ksLimit
      const [statistic, observed] = byPsi ? ['PSI', psi] : ['KS', ks]
      const what = `${feature} ${statistic}`
      return { what, observed, usual: null, low: null, high: byPsi ? psiLimit : ksLimit, chance }
    })
  return { findings, level }
}

export function skillFindings({ alarm, eValue, alarmAt }: DataOf<typeof SharpeWatched>): Found {
  const what = 'evidence against the backtest'
  const finding = { what, observed: eValue, usual: null, low: null, high: alarmAt, chance: null }
  return { findings: alarm ? [finding] : [], level: null }
}

/** A prediction that was made after the close at which it is traded cannot be acted on. */
export function lateFindings({ backfilled }: Pick<DataOf<typeof PredictionMade>, 'backfilled'>): Found {
  const what = 'predictions after the close at which they are traded'
  const finding = { what, observed: 1, usual: 0, low: null, high: 0, chance: null }
  return { findings: backfilled ? [finding] : [], level: null }
}

/** What did not follow from the log any more when a claim was worked out again. */
export const claimFindings = (problems: readonly string[]): readonly Finding[] =>
  problems.map((what) => ({ what, observed: 1, usual: 0, low: null, high: 0, chance: null }))
