/** Holds the columns of an Arrow batch to what they say of themselves, before anything is made of them. */
import { type Data, DataType, type Table } from 'apache-arrow'

/** Dictionaries and batches of a chunk: one batch, and a dictionary for each column of texts at most. */
export const MOST_BLOCKS = 16

/**
 * Each value of a table takes a byte at least. A file in which columns lie over one another says far more, and took as much
 * memory as it said.
 * @throws Error for more values than bytes, and for columns that are not what they say
 */
export function checkTable({ batches }: Table, bytes: Uint8Array): void {
  for (const { data, numRows } of batches) {
    if (numRows * data.children.length > bytes.length)
      throw new Error('it says more values than it has bytes')
    for (const column of data.children) checkColumn(column, numRows)
  }
}

/**
 * @param data of one column, and so on down its children
 * @throws Error where a buffer is too short for its rows, an offset leads outside, or an index has no value
 */
export function checkColumn(data: Data, rows: number): void {
  const fail = (what: string): never => {
    throw new Error(`its column of ${data.type} ${what}`)
  }
  const { type, values, valueOffsets, length } = data
  if (length !== rows) fail(`has ${length} rows where its batch has ${rows}`)
  if (data.nullCount > 0 && data.nullBitmap.length * 8 < data.offset + rows) fail('is too short')
  if (DataType.isNull(type)) return
  if (DataType.isDictionary(type)) {
    const size = data.dictionary?.length ?? 0
    if (values.length < rows) fail('is too short')
    for (let row = 0; row < rows; row++) {
      const index = Number(values[row])
      if ((index < 0 || index >= size) && data.getValid(row)) fail(`has index ${index} of ${size} values`)
    }
    for (const one of data.dictionary?.data ?? []) checkColumn(one, one.length)
    return
  }
  if (
    DataType.isUtf8(type) ||
    DataType.isLargeUtf8(type) ||
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type)
  ) {
    if (rows > 0 && valueOffsets.length < rows + 1) fail('is too short')
    for (let row = 0; row < rows; row++) {
      const [from, to] = [Number(valueOffsets[row]), Number(valueOffsets[row + 1])]
      if (from < 0 || to < from || to > values.length)
        fail(`has a text from ${from} to ${to} of ${values.length} bytes`)
    }
    return
  }
  if (values !== undefined && DataType.isBool(type)) {
    if (values.length * 8 < rows) fail('is too short')
  } else if (values !== undefined && values.length < rows * (data.stride || 1)) fail('is too short')
}
