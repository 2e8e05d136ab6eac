/** Whether a feature knows what is to be forecast: how well each one alone ranks the label, which no honest one does well. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { Rows } from '../../schemas/rows.ts'
import { insufficient, type Measured, MIN_OBSERVATIONS, measured } from '../../streams/statistics/measured.ts'
import { meanOf } from '../../streams/statistics/moments.ts'
import { spearman } from '../../streams/statistics/ranks.ts'
import { column, LABEL, pick, SESSION } from '../../streams/training/sample.ts'
import type { Study } from './evidence.ts'

/**
 * Of each feature of the run, the strongest first: its mean correlation over sessions, or over all rows where too few sessions have
 * enough names; `sessions` is how many have the feature and the label.
 */
export type LookAheadForm = Readonly<{
  features: readonly Readonly<{ feature: string; correlation: number; sessions: number }>[]
}>

/** Fewer are no cross-section. */
const MIN_NAMES = 3

type Found = LookAheadForm['features'][number]

/** The runs of a sweep share a training set, of which nothing changes: what was worked out of its rows stays with them. */
const workedOut = new WeakMap<Rows, Map<string, Found | null>>()

/**
 * Spearman's correlation of each feature with the label, over all rows of the training set that have both: the mean of its sessions, and
 * over all rows at once where sessions have too few names. `insufficient` below 30 sessions, or 30 rows.
 */
export function lookAhead(
  { rows }: Pick<Study, 'rows'>,
  { features }: Pick<RunSpec, 'features'>,
): Measured<LookAheadForm> {
  const known = workedOut.get(rows) ?? new Map<string, Found | null>()
  workedOut.set(rows, known)
  const found = features.flatMap((feature) => {
    const own = known.has(feature) ? known.get(feature) : alone(rows, feature)
    known.set(feature, own ?? null)
    return own ?? []
  })
  if (found.length === 0)
    return insufficient(`no feature has ${MIN_OBSERVATIONS} sessions, or rows, with a label that varies`)
  return measured({ features: found.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation)) })
}

/** One feature by itself; null where there is too little of it. */
function alone(rows: Rows, feature: string): Found | null {
  const [values, label, session] = [feature, LABEL, SESSION].map((name) => column(rows, name))
  const bySession = new Map<number, number[]>()
  for (let row = 0; row < rows.length; row++) {
    if (Number.isNaN(values[row]) || Number.isNaN(label[row])) continue
    const own = bySession.get(session[row])
    if (own === undefined) bySession.set(session[row], [row])
    else own.push(row)
  }
  const over = (which: readonly number[]) => spearman(pick(values, which), pick(label, which))
  const sessions = [...bySession.values()]
    .filter((which) => which.length >= MIN_NAMES)
    .map(over)
    .filter(Number.isFinite)
  const all = sessions.length < MIN_OBSERVATIONS ? [...bySession.values()].flat() : []
  const correlation = all.length < MIN_OBSERVATIONS ? meanOf(Float64Array.from(sessions)) : over(all)
  const enough = sessions.length >= MIN_OBSERVATIONS || all.length >= MIN_OBSERVATIONS
  return enough && Number.isFinite(correlation) ? { feature, correlation, sessions: bySession.size } : null
}
