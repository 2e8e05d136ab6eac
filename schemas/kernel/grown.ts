/** Columns of numbers that grow. */

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
