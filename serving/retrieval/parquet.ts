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

/** Snappy, and the units of the columns among the file's own notes, as `unit:<column>`. */
export async function writeParquet(
  path: string,
  { fields, about }: AnswerSchema,
  batches: AsyncIterable<AnswerBatch>,
): Promise<Written> {
  const units = fields.flatMap(({ name, unit }) =>
    unit === undefined ? [] : [{ key: `unit:${name}`, value: unit }],
  )
  const notes = Object.entries(about).map(([key, value]) => ({ key, value }))
  const columns = fields.map(
    ({ name, kind }) => ({ name, repetition_type: 'OPTIONAL', ...ELEMENTS[kind] }) as const,
  )
  const schema: Element[] = [{ name: 'root', num_children: fields.length }, ...columns]
  const hash = createHash('sha256')
  const file = openSync(path, 'wx', 0o644)
  try {
    const bytes = new ByteWriter()
    const flush = (): void => {
      const part = new Uint8Array(bytes.buffer, 0, bytes.index)
      hash.update(part)
      for (let from = 0; from < part.length; ) from += writeSync(file, part, from)
      bytes.index = 0
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
    }
    await parquet.finish()
    fsyncSync(file)
    return { rows, bytes: bytes.offset, sha256: hash.digest('hex') }
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
