/** A stable counting sort over dense ranks: linear, and one pass per key. */
import { BEAT_ROWS } from './room.ts'

/** A row's rank is `rankOf[codes[row]]`; ranks are dense from 0. */
export type SortKey = Readonly<{ codes: Uint32Array; rankOf: Uint32Array }>

/**
 * The rows of `order` by their keys, the last key being the first to count; the same array where they are in order.
 * @param alive is called again and again while it goes on
 */
export function sortedByAll(order: Uint32Array, keys: readonly SortKey[], alive: () => void): Uint32Array {
  if (isInOrder(order, keys, alive)) return order
  return keys.reduce((sorted, key) => sortedBy(sorted, key, alive), order)
}

function isInOrder(order: Uint32Array, keys: readonly SortKey[], alive: () => void): boolean {
  for (let index = 1; index < order.length; index++) {
    if (index % BEAT_ROWS === 0) alive()
    if (isAfter(order[index - 1], order[index], keys)) return false
  }
  return true
}

function isAfter(a: number, b: number, keys: readonly SortKey[]): boolean {
  for (let key = keys.length - 1; key >= 0; key--) {
    const { codes, rankOf } = keys[key]
    const difference = rankOf[codes[a]] - rankOf[codes[b]]
    if (difference !== 0) return difference > 0
  }
  return false
}

function sortedBy(order: Uint32Array, { codes, rankOf }: SortKey, alive: () => void): Uint32Array {
  const starts = new Uint32Array(rankOf.length + 2)
  for (const row of order) starts[rankOf[codes[row]] + 1]++
  for (let rank = 1; rank < starts.length; rank++) starts[rank] += starts[rank - 1]
  const out = new Uint32Array(order.length)
  for (let index = 0; index < order.length; index++) {
    if (index % BEAT_ROWS === 0) alive()
    const row = order[index]
    out[starts[rankOf[codes[row]]]++] = row
  }
  return out
}
