/** A stable counting sort over dense ranks: linear, and one pass per key. */

/** The rows of `order` by `rankOf[codes[row]]`, equal ranks staying as they are; the same array where they are in order. */
export function sortedBy(order: Uint32Array, codes: Uint32Array, rankOf: Uint32Array): Uint32Array {
  const starts = new Uint32Array(rankOf.length + 2)
  let sorted = true
  let before = 0
  for (let index = 0; index < order.length; index++) {
    const rank = rankOf[codes[order[index]]]
    starts[rank + 1] = starts[rank + 1] + 1
    if (rank < before) sorted = false
    before = rank
  }
  if (sorted) return order
  for (let rank = 1; rank < starts.length; rank++) {
    starts[rank] = starts[rank] + starts[rank - 1]
  }
  const out = new Uint32Array(order.length)
  for (let index = 0; index < order.length; index++) {
    const row = order[index]
    const rank = rankOf[codes[row]]
    const place = starts[rank]
    starts[rank] = place + 1
    out[place] = row
  }
  return out
}
