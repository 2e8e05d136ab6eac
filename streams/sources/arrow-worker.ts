/** Parses Arrow files in a process that can be ended: what it hears are tasks, one after the other, what it says are columns. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { zstdDecompressSync } from 'node:zlib'
import { CompressionType, compressionRegistry, type RecordBatch, RecordBatchReader } from 'apache-arrow'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { checkColumn } from './arrow-check.ts'
import { cellAt, columnIn, namesOf, storedAs, timesOf, valuesOf } from './arrow-columns.ts'
import type { ArrowBatch, ArrowSaid, ArrowTask } from './arrow-said.ts'
import { verifyArrow } from './arrow-verify.ts'
import { type Plan, planColumns, trimmed } from './columns.ts'
import { unpackLz4 } from './lz4.ts'
import { numbersFor } from './number-text.ts'
import type { Wanted } from './staged.ts'

/** Times that differ do not compress to less; a batch of nulls alone could be said to have any number of rows. */
const MOST_ROWS_A_BYTE = 64
const LEAST_ROWS = 1_000_000

const say = (said: ArrowSaid): void => {
  process.send?.(said)
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

function read({ path, file, spec, wanted, unpackedBytes }: ArrowTask): void {
  unpackWithin(unpackedBytes)
  const bytes = readFileSync(path)
  verifyArrow(bytes)
  const reader = RecordBatchReader.from(bytes).open()
  const { fields } = reader.schema
  if (typeof wanted === 'number') {
    const timeColumns = fields.filter((field) => storedAs(field) !== 'text').map(({ name }) => name)
    say({
      kind: 'sample',
      names: fields.map(({ name }) => name),
      rows: firstRows(reader, wanted),
      timeColumns,
    })
    return
  }
  if (wanted !== null || spec === null) {
    say({ kind: 'texts', texts: readTexts(reader, wanted ?? []) })
    return
  }
  const names = fields.map((field) => field.name)
  const plan = planColumns(file, names, spec)
  const stored = (column: number) => (column < 0 ? 'text' : storedAs(fields[column]))
  say({ kind: 'opened', time: stored(plan.time), known: stored(plan.known), entities: plan.entities })
  const numbers = plan.values.map((_, at) =>
    numbersFor(spec.format, spec.columns[spec.layout === 'wide' ? 0 : at]?.name ?? ''),
  )
  for (const batch of reader) {
    if (batch.numRows > Math.max(LEAST_ROWS, bytes.length * MOST_ROWS_A_BYTE)) {
      throw new Error(`it says that a batch has ${batch.numRows} rows, more than its bytes can hold`)
    }
    check(batch, plan)
    const said: ArrowBatch = {
      kind: 'batch',
      rows: batch.numRows,
      time: timesOf(batch, plan.time, plan.clock),
      known: plan.known < 0 ? null : timesOf(batch, plan.known),
      entity: plan.entity < 0 ? null : namesOf(batch, plan.entity),
      values: plan.values.map((column, at) => valuesOf(batch, column, numbers[at])),
    }
    say(said)
  }
  say({ kind: 'end', sourceHash: createHash('sha256').update(bytes).digest('hex') })
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

function readTexts(reader: RecordBatchReader, wanted: readonly Wanted[]): readonly string[] {
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

process.on('message', (task) => {
  try {
    read(task as ArrowTask)
  } catch (error) {
    if (error instanceof Refusal) say({ kind: 'refused', fault: error.fault })
    else say({ kind: 'failed', why: error instanceof Error ? error.message : String(error) })
  }
  say({ kind: 'done' })
})
