/** Columns of numbers that grow, and let their first numbers go. */

type Column = Float64Array | Int32Array | Uint32Array | Uint8Array

/** Up to so many numbers a column doubles: thousands of them grow side by side, a row at a time. */
const SMALL = 2048

/** The same numbers with room for more: an eighth more than are there, at least. A column that is large enough is given back. */
export function grown<T extends Column>(column: T, length: number): T {
  if (length <= column.length) return column
  const more = column.length < SMALL ? column.length : column.length >>> 3
  const capacity = Math.max(length, column.length + more + 16)
  const larger = new (column.constructor as new (capacity: number) => T)(capacity)
  larger.set(column)
  return larger
}

/** Numbers more than this, and than there are, is room that is given back. */
const SPARE = 64

/**
 * The numbers from a place on, at the front of the same column, which keeps its room: what comes in where as much goes out allocates nothing.
 * Where more room than numbers would be left, a smaller column.
 * @param length how many numbers the column has; what stands behind them is room
 */
export function slid<T extends Column>(column: T, from: number, length: number): T {
  const kept = length - from
  if (column.length <= 2 * kept + SPARE) {
    column.copyWithin(0, from, length)
    return column
  }
  const smaller = new (column.constructor as new (capacity: number) => T)(kept + (kept >>> 2) + 16)
  smaller.set(column.subarray(from, length))
  return smaller
}
