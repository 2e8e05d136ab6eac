/** Which rows of one history are wanted, slot by slot, while a program is asked backwards what it needs. */
import type { Series } from './series.ts'
import type { Wants } from './shape.ts'

/** Wants more rows of a slot: one range that covers both. */
export function widen({ from, to }: Wants, slot: number, first: number, end: number): void {
  if (from[slot] === to[slot]) {
    from[slot] = first
    to[slot] = end
    return
  }
  if (first < from[slot]) from[slot] = first
  if (end > to[slot]) to[slot] = end
}

/** Plans what is wanted of a node and not held. Its rows begin at `planFrom`; equal to `planTo` where there are none. */
export function plan(slot: number, series: Series, { from, to, planFrom, planTo }: Wants): boolean {
  let first = from[slot]
  const end = to[slot]
  if (first === end) return false
  const heldTo = series.heldTo[slot]
  if (heldTo !== series.heldFrom[slot] && first >= series.heldFrom[slot] && first <= heldTo) {
    if (end <= heldTo) return false
    first = heldTo
  }
  planFrom[slot] = first
  planTo[slot] = end
  return true
}
