/** Alarms of feature drift on panels that are made: how many a year over all features of a model with nothing changed, and what is seen. */
import { driftChance, driftOf, referenceOf, WINDOW_DAYS } from '../../streams/monitoring/feature-drift.ts'
import { adjustedPValues } from '../../streams/statistics/fdr.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { TRADING_DAYS } from '../../streams/statistics/sharpe.ts'
import { EVERY_DAYS, GAP_DAYS, madePanel, type Panel, windowTo } from './monitor-skill.ts'

/** By Benjamini & Yekutieli, by Benjamini & Hochberg, by the limits of the drift measurement, and by the customary PSI of .25. */
export const WAYS = ['BY', 'BH', 'limits', 'PSI .25'] as const
type Way = (typeof WAYS)[number]
type Alarmed = Readonly<Record<Way, boolean>>

type Skill = Readonly<{
  judged: number
  /** A year of checks of a model with nothing changed: alarms that begin, with three usual checks to an end. */
  alarmsAYear: Readonly<Record<Way, number>>
  /** Of models of which one feature is moved by so many deviations in the latest window: the share in which that is seen. */
  sees: Readonly<Record<1 | 2, Readonly<Record<Way, number>>>>
}>

const RESOLVE_AFTER = 3
const CHECKS_A_YEAR = TRADING_DAYS / EVERY_DAYS
const zeros = (): Record<Way, number> => ({ BY: 0, BH: 0, limits: 0, 'PSI .25': 0 })

export function driftAlarmSkill(
  panel: Panel,
  { models, budget, seed }: Readonly<{ models: number; budget: number; seed: number }>,
): Skill {
  const uniform = xoshiro128(seed)
  const days = panel.referenceDays + GAP_DAYS + WINDOW_DAYS + TRADING_DAYS
  const level = budget / CHECKS_A_YEAR
  const alarms = zeros()
  const sees = { 1: zeros(), 2: zeros() }
  let judged = 0
  for (let model = 0; model < models; model++) {
    const features = Array.from({ length: panel.features }, () => madePanel(uniform, days, panel)).flatMap(
      (values) => {
        const reference = referenceOf(values.slice(0, panel.referenceDays), panel.features)
        return reference.kind === 'measured' ? [{ values, reference: reference.value }] : []
      },
    )
    if (features.length === 0) continue
    judged++
    const look = (to: number, moved: number): Alarmed => {
      const found = features.map(({ values, reference }, at) => {
        const window = windowTo(values, to).map((value) => (at === 0 ? value + moved : value))
        const drift = driftOf(reference, window)
        if (drift.kind !== 'measured') return { chance: 1, psi: 0, drifted: false }
        return { ...drift.value, chance: driftChance(reference, drift.value) }
      })
      const chances = Float64Array.from(found, ({ chance }) => chance)
      const any = (dependent: boolean) => adjustedPValues(chances, { dependent }).some((one) => one <= level)
      return {
        BY: any(true),
        BH: any(false),
        limits: found.some(({ drifted }) => drifted),
        'PSI .25': found.some(({ psi }) => psi >= 0.25),
      }
    }
    const quiet: Record<Way, number> = {
      BY: RESOLVE_AFTER,
      BH: RESOLVE_AFTER,
      limits: RESOLVE_AFTER,
      'PSI .25': RESOLVE_AFTER,
    }
    for (let to = panel.referenceDays + GAP_DAYS + WINDOW_DAYS; to <= days; to += EVERY_DAYS) {
      const alarmed = look(to, 0)
      for (const way of WAYS) {
        if (!alarmed[way]) quiet[way]++
        else {
          if (quiet[way] >= RESOLVE_AFTER) alarms[way]++
          quiet[way] = 0
        }
      }
    }
    for (const moved of [1, 2] as const) {
      const alarmed = look(days, moved)
      for (const way of WAYS) sees[moved][way] += Number(alarmed[way])
    }
  }
  const each = (counts: Record<Way, number>) =>
    Object.fromEntries(WAYS.map((way) => [way, counts[way] / Math.max(1, judged)])) as Record<Way, number>
  return { judged, alarmsAYear: each(alarms), sees: { 1: each(sees[1]), 2: each(sees[2]) } }
}
