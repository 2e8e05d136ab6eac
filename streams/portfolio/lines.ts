/** A panel in one piece of memory: thousands of small pieces cost the garbage collector more than what is in them. */

/** Lines of one width, one after another in an array, as an array for each of them. */
export const linesOf = (cells: Float64Array, count: number): Float64Array[] => {
  const width = count === 0 ? 0 : cells.length / count
  return Array.from({ length: count }, (_, line) => cells.subarray(line * width, (line + 1) * width))
}

/** Lines of zeros. */
export const zeroLines = (count: number, width: number): Float64Array[] =>
  linesOf(new Float64Array(count * width), count)
