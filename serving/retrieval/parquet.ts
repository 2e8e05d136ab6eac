/** Answers as a Parquet file: a row group for each batch, so that no more than one of them is in memory. */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { AnswerBatch, AnswerCells, AnswerField, AnswerSchema } from '../../schemas/answer.ts'

/** What was written. `sha256` is that of the file's bytes: the same question of the same log has the same. */
export type Written = Readonly<{ rows: number; bytes: number; sha256: string }>

type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]

const ELEMENTS: Readonly<Record<AnswerField['kind'], Omit<Element, 'name'>>> = {
  number: { type: 'DOUBLE' },
  integer: { type: 'INT64' },
  time: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  category: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
}

/**
 * The bytes of the file, after each batch as many as there are by then. Snappy, and the units of the columns among the file's own notes, as
 * `unit:<column>`. @returns how many rows it has
 */
export async function* parquetOf(
  { fields, about }: AnswerSchema,
  batches: AsyncIterable<AnswerBatch>,
): AsyncGenerator<Uint8Array, number> {
  const units = fields.flatMap(({ name, unit }) =>
    unit === undefined ? [] : [{ key: `unit:${name}`, value: unit }],
  )
  const notes = Object.entries(about).map(([key, value]) => ({ key, value }))
  const columns = fields.map(
    ({ name, kind }) => ({ name, repetition_type: 'OPTIONAL', ...ELEMENTS[kind] }) as const,
  )
  const schema: Element[] = [{ name: 'root', num_children: fields.length }, ...columns]
  const bytes = new ByteWriter()
  let parts: Uint8Array[] = []
  // What it writes lies in memory that it writes over: it is copied.
  const flush = (): void => {
    parts.push(new Uint8Array(bytes.buffer, 0, bytes.index).slice())
    bytes.index = 0
  }
  const taken = (): readonly Uint8Array[] => {
    const written = parts.filter(({ length }) => length > 0)
    parts = []
    return written
  }
  const writer = Object.assign(bytes, { flush, finish: flush })
  const parquet = new ParquetWriter({ writer, schema, kvMetadata: [...notes, ...units], createdBy: 'asof' })
  let rows = 0
  for await (const { length, cells } of batches) {
    const columnData = fields.map((field, place) => ({
      name: field.name,
      data: dataOf(field, cells[place], length),
    }))
    if (length > 0) await parquet.write({ columnData, rowGroupSize: length })
    rows += length
    yield* taken()
  }
  await parquet.finish()
  yield* taken()
  return rows
}

export async function writeParquet(
  path: string,
  schema: AnswerSchema,
  batches: AsyncIterable<AnswerBatch>,
): Promise<Written> {
  const hash = createHash('sha256')
  const file = openSync(path, 'wx', 0o644)
  try {
    const parts = parquetOf(schema, batches)
    let size = 0
    for (;;) {
      const { value, done } = await parts.next()
      if (done === true) {
        fsyncSync(file)
        return { rows: value, bytes: size, sha256: hash.digest('hex') }
      }
      hash.update(value)
      for (let from = 0; from < value.length; ) from += writeSync(file, value, from)
      size += value.length
    }
  } finally {
    closeSync(file)
  }
}

function dataOf(field: AnswerField, cells: AnswerCells, length: number): (string | number | bigint | null)[] {
  const data = new Array<string | number | bigint | null>(length)
  for (let row = 0; row < length; row++) {
    const cell = cells[row]
    if (cell === null || typeof cell === 'string') data[row] = cell
    else if (Number.isNaN(cell)) data[row] = null
    else if (field.kind === 'category') data[row] = field.texts[cell]
    else data[row] = field.kind === 'number' ? cell : BigInt(cell)
  }
  return data
}
