/** The trials that count, over the days of the candidate: what a test of all of them together is made on. */
import { MIN_OBSERVATIONS } from '../../streams/statistics/measured.ts'
import type { Days } from './days.ts'
import type { TrialEvidence } from './family.ts'

export type AlignedTrials = Readonly<{
  /** The trials with enough days in common with the candidate, in the order in which they were started, itself among them. */
  runs: readonly string[]
  /** Its place among them. */
  candidate: number
  /** Net returns of each over the candidate's days; NaN where it has none. */
  columns: readonly Float64Array[]
  /** Trials that were started and cannot be compared: no days, too few in common, or a return that is missing. */
  uncounted: number
}>

/** @param candidate the run whose days these are; it counts where it is not among the trials too */
export function alignedTrials(
  candidate: string,
  { sessions, net }: Days,
  trials: readonly TrialEvidence[],
): AlignedTrials {
  const places = new Map(Array.from(sessions, (session, place) => [session, place]))
  const listed = trials.some(({ run }) => run === candidate)
  const all = listed ? trials : [{ run: candidate, days: null }, ...trials]
  const found = all.flatMap(({ run, days }) => {
    const column = run === candidate ? net : days === null ? null : alignedTo(places, days)
    return column === null ? [] : [{ run, column }]
  })
  return {
    runs: found.map(({ run }) => run),
    candidate: found.findIndex(({ run }) => run === candidate),
    columns: found.map(({ column }) => column),
    uncounted: all.length - found.length,
  }
}

function alignedTo(places: ReadonlyMap<number, number>, { sessions, net }: Days): Float64Array | null {
  const column = new Float64Array(places.size).fill(Number.NaN)
  let shared = 0
  for (let day = 0; day < net.length; day++) {
    if (Number.isNaN(net[day])) return null
    const place = places.get(sessions[day])
    if (place === undefined) continue
    column[place] = net[day]
    shared++
  }
  return shared < MIN_OBSERVATIONS ? null : column
}
