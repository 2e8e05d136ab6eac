/** Whether facts are the usual case: rows of the set's own data set that come after all others. */
import type { Micros } from '../../schemas/kernel/time.ts'
import type { FactId, Facts } from './facts.ts'
import type { Series } from './series.ts'

/** @param after all of them come after this event time too */
export function followsAll(facts: Facts, ids: readonly FactId[], after: Micros): boolean {
  const { time, withdrawn } = facts
  const last = new Map<Series, Micros>()
  for (const id of ids) {
    const one = facts.seriesOf(id)
    if (withdrawn[id] === 1 || one.gone.has(time[id])) return false
    if (one.source > 0 || time[id] <= after || time[id] <= (last.get(one) ?? one.lastTime)) return false
    last.set(one, time[id])
  }
  return true
}
