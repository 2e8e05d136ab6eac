/** A cap on single weights that still holds after what it cut off has been given to the others. */

/**
 * Each side of the book is filled like water under a lid: what stands above the cap is cut, and the rest of the side grows
 * in proportion until the side is as great as before. Where a side has too few names for that, both sides shrink to what the
 * smaller one can hold, so that a book with equal sides keeps them equal.
 */
export function capped(target: Float64Array, cap: number): Float64Array {
  const sides = [1, -1].map((sign) => {
    const names = [...target.keys()].filter((i) => sign * target[i] > 0)
    const gross = names.reduce((sum, i) => sum + Math.abs(target[i]), 0)
    return { sign, names, gross, share: Math.min(1, (names.length * cap) / gross) }
  })
  const share = Math.min(...sides.filter(({ names }) => names.length > 0).map((side) => side.share))
  const result = new Float64Array(target.length)
  for (const { sign, names, gross } of sides)
    for (const [i, weight] of filled(target, names, { cap, room: gross * share })) result[i] = sign * weight
  return result
}

type Side = Readonly<{ cap: number; room: number }>

/** Names from the greatest down: a name is at the cap as long as its share of what is left would be above it. */
function filled(target: Float64Array, names: readonly number[], { cap, room }: Side): [number, number][] {
  const falling = [...names].sort((a, b) => Math.abs(target[b]) - Math.abs(target[a]) || a - b)
  let left = falling.reduce((sum, i) => sum + Math.abs(target[i]), 0)
  let open = room
  return falling.map((i) => {
    const size = Math.abs(target[i])
    const fair = left > 0 ? (size / left) * open : 0
    if (fair < cap) return [i, fair]
    left -= size
    open -= cap
    return [i, cap]
  })
}
