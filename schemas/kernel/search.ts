/** Binary search in numbers that ascend. */

/** The first place of a value that is at least this one; `length` where there is none. */
export function firstAtLeast(ascending: ArrayLike<number>, value: number, length = ascending.length): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}

/** The first place of a value above this one; `length` where there is none. */
export function firstAbove(ascending: ArrayLike<number>, value: number, length = ascending.length): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] <= value) low = middle + 1
    else high = middle
  }
  return low
}
