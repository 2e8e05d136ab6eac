/** Columns of numbers that grow. */

type Column = Float64Array | Int32Array | Uint32Array | Uint8Array

/** The same numbers with room for more: an eighth more than are there, at least. A column that is large enough is given back. */
export function grown<T extends Column>(column: T, length: number): T {
  if (length <= column.length) return column
  const capacity = Math.max(length, column.length + (column.length >>> 3) + 16)
  const larger = new (column.constructor as new (capacity: number) => T)(capacity)
  larger.set(column)
  return larger
}
