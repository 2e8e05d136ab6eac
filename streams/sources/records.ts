/** Reads a file that is no table as the records that a source makes of it: each a line of cells by name. */
import { createHash } from 'node:crypto'
import { refuse } from '../../schemas/kernel/fault.ts'
import { cellsFor } from './cells.ts'
import { missingColumn, neededColumns, trimmed, valueColumns } from './columns.ts'
import { type Asked, type Staged, stagingFor, type Wanted } from './staged.ts'
import { unpacked } from './unpacked.ts'

/** A record: where it stands in the file, and its cells as texts; what is not among them is missing. */
export type SourceRecord = Readonly<{ line: number; cells: Readonly<Record<string, string>> }>

/** Makes records of a whole file; an Error that it throws says what is wrong with the file. */
export type SourceReader = Readonly<{
  /** The names that a record may have. */
  columns: readonly string[]
  records: (text: string, file: string) => readonly SourceRecord[]
}>

const MOST_BYTES = 64 << 20

/** @throws Refusal `source.*`, `dataset.*` */
export async function readRecords(asked: Asked, source: SourceReader): Promise<Staged> {
  const { file, spec } = asked
  const hash = createHash('sha256')
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of unpacked(asked.path, { hash, encoding: spec.format.encoding })) {
    bytes += part.length
    if (bytes > MOST_BYTES)
      throw refuse('source.unreadable', { file, why: `it has more than ${MOST_BYTES} bytes` })
    parts.push(part)
  }
  const needed = neededColumns(spec)
  const missing = needed.find((column) => !source.columns.includes(column))
  if (missing !== undefined) throw missingColumn(file, missing, source.columns)
  const records = recordsIn(source, Buffer.concat(parts), file)
  const rows = stagingFor(asked)
  const keys = valueColumns(spec)
  const cells = cellsFor(spec, rows.texts)
  for (const { line, cells: told } of records) {
    const text = (column: string): string => trimmed(told[column] ?? '')
    const at = rows.add(line, rows.names.codeOf(asked.entity ?? text(spec.entityColumn)), 0)
    rows.time[at] = rows.times.codeOf(text(spec.timeColumn))
    if (spec.knownAt.kind === 'declared') rows.known[at] = rows.knowns.codeOf(text(spec.knownAt.column))
    for (const [place, key] of keys.entries()) {
      const column = rows.values[place]
      column[at] = cells[place].of(told[key] ?? null)
    }
    rows.settle(at)
  }
  const byLine = new Map(records.map((record) => [record.line, record]))
  const textsOf = async (wanted: readonly Wanted[]) =>
    wanted.map(({ line }) => JSON.stringify(byLine.get(line)?.cells ?? {}))
  return { rows, sourceHash: hash.digest('hex'), blankLines: 0, skippedLines: 0, textsOf }
}

function recordsIn(source: SourceReader, bytes: Buffer, file: string): readonly SourceRecord[] {
  try {
    return source.records(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file)
  } catch (error) {
    throw refuse('source.unreadable', { file, why: error instanceof Error ? error.message : String(error) })
  }
}
