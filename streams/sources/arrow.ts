/** Reads Arrow IPC, as a file or a stream. The parser is not trusted: what it reads is held to its bounds before, and what it made behind. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { zstdDecompressSync } from 'node:zlib'
import { CompressionType, compressionRegistry, type RecordBatch, RecordBatchReader } from 'apache-arrow'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { checkColumn } from '../log/arrow-check.ts'
import { verifyArrow } from '../log/arrow-verify.ts'
import { cellAt, columnIn, storedAs } from './arrow-columns.ts'
import { arrowFiller } from './arrow-fill.ts'
import { type Plan, planColumns, trimmed } from './columns.ts'
import { unpackLz4 } from './lz4.ts'
import { type Asked, type Staged, stagingFor, type Wanted } from './staged.ts'

/** Times that differ do not compress to less; a batch of nulls alone could be said to have any number of rows. */
const MOST_ROWS_A_BYTE = 64
const LEAST_ROWS = 1_000_000

type File = Pick<Asked, 'path' | 'limits' | 'room'>

/** @throws Refusal `source.*`, `dataset.*`. The line of a reject is a row of the file, from 1. */
export const readArrow = async (asked: Asked): Promise<Staged> =>
  parsed(asked, (reader, bytes) => {
    const { file, spec } = asked
    const { fields } = reader.schema
    const plan = planColumns(
      file,
      fields.map(({ name }) => name),
      spec,
    )
    const stored = (column: number) => (column < 0 ? 'text' : storedAs(fields[column]))
    const rows = stagingFor(asked, { time: stored(plan.time), known: stored(plan.known) })
    const fill = arrowFiller(rows, asked, plan)
    for (const batch of reader) {
      if (batch.numRows > Math.max(LEAST_ROWS, bytes.length * MOST_ROWS_A_BYTE))
        throw new Error(`it says that a batch has ${batch.numRows} rows, more than its bytes can hold`)
      check(batch, plan)
      fill(batch)
    }
    return {
      rows,
      sourceHash: createHash('sha256').update(bytes).digest('hex'),
      blankLines: 0,
      skippedLines: 0,
      textsOf: async (wanted) => parsed(asked, (again) => textsIn(again, wanted)),
    }
  })

/** The first rows as texts, and the columns that are stored as times. @throws Refusal `source.unreadable` */
export const sampleArrow = (asked: File, most: number) =>
  parsed(asked, (reader) => {
    const { fields } = reader.schema
    const rows = firstRows(reader, most)
    const timeColumns = fields.filter((field) => storedAs(field) !== 'text').map(({ name }) => name)
    return { names: fields.map(({ name }) => name), rows, timeColumns }
  })

/** Whatever the parser throws is the file's fault. */
function parsed<T>(
  { path, limits, room }: File,
  work: (reader: RecordBatchReader, bytes: Uint8Array) => T,
): T {
  try {
    room.unpacked(statSync(path).size)
    unpackWithin(limits.stagedBytes)
    const bytes = readFileSync(path)
    verifyArrow(bytes)
    return work(RecordBatchReader.from(bytes).open(), bytes)
  } catch (error) {
    if (error instanceof Refusal) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw refuse('source.unreadable', { file: path, why })
  }
}

/** What has been unpacked counts together, so that many small buffers cannot do what one may not. */
function unpackWithin(limit: number): void {
  let left = limit
  const counted = (unpack: (bytes: Uint8Array, limit: number) => Uint8Array) => ({
    decode(bytes: Uint8Array): Uint8Array {
      const out = unpack(bytes, left)
      left -= out.length
      return out
    },
  })
  compressionRegistry.set(CompressionType.LZ4_FRAME, counted(unpackLz4))
  const unpackZstd = (bytes: Uint8Array, maxOutputLength: number) =>
    zstdDecompressSync(bytes, { maxOutputLength })
  compressionRegistry.set(CompressionType.ZSTD, counted(unpackZstd))
}

function check(batch: RecordBatch, plan: Plan): void {
  for (const column of [plan.time, plan.clock, plan.known, plan.entity, ...plan.values]) {
    for (const data of column < 0 ? [] : columnIn(batch, column).data) checkColumn(data, batch.numRows)
  }
}

function firstRows(reader: RecordBatchReader, most: number): readonly (readonly string[])[] {
  const rows: string[][] = []
  for (const batch of reader) {
    for (let row = 0; row < batch.numRows && rows.length < most; row++) {
      rows.push(batch.schema.fields.map((_, column) => cellAt(batch, column, row)))
    }
    if (rows.length >= most) break
  }
  return rows
}

function textsIn(reader: RecordBatchReader, wanted: readonly Wanted[]): readonly string[] {
  const texts: string[] = []
  let line = 1
  for (const batch of reader) {
    const names = batch.schema.fields.map((field) => field.name)
    const cell = (column: number, row: number): string => (column < 0 ? '' : cellAt(batch, column, row))
    let want = wanted[texts.length]
    while (want !== undefined && want.line < line + batch.numRows) {
      const row = want.line - line
      const { entity } = want
      texts.push(
        entity === null
          ? names.map((_, column) => cell(column, row)).join(',')
          : cell(
              names.findIndex((name) => trimmed(name) === entity),
              row,
            ),
      )
      want = wanted[texts.length]
    }
    line += batch.numRows
  }
  return texts
}
