/** Where the time slider rests: at each session, at each act, and in even steps where nothing is. */

type Line = Readonly<{ from: number; to: number; sessions: readonly number[]; marks: readonly number[] }>

/** So many steps from the first moment to the last, beside what happened. */
const EVEN = 200
const MICROS_PER_MINUTE = 60_000_000

/** Ascending, each once, the last one being the end of the log. */
export function stopsOf({ from, to, sessions, marks }: Line): readonly number[] {
  const step = (to - from) / EVEN
  // Whole minutes read better, and lie within the line.
  const even = Array.from(
    { length: EVEN },
    (_, i) => Math.ceil((from + i * step) / MICROS_PER_MINUTE) * MICROS_PER_MINUTE,
  )
  const all = [from, ...even, ...sessions, ...marks].filter((at) => at >= from && at < to)
  return [...new Set(all), to].sort((a, b) => a - b)
}

/** So many stops on, or back, from where the slider is; no further than the ends. */
export function stepFrom(stops: readonly number[], at: number, steps: number): number | undefined {
  const after = stops.findIndex((stop) => stop > at)
  const before = stops.findLastIndex((stop) => stop < at)
  const start = steps > 0 ? (after === -1 ? stops.length - 1 : after) : Math.max(0, before)
  const to = start + (steps > 0 ? steps - 1 : steps + 1)
  return stops[Math.max(0, Math.min(stops.length - 1, to))]
}
