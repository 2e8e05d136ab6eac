/** The head of a file as a table of texts, for a declaration to be proposed from it. */
import { createHash } from 'node:crypto'
import { PLAIN_FORMAT } from '../../../schemas/events/data.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { COLUMNS_LIMIT } from '../delimited.ts'
import { Fields } from '../fields.ts'
import { noTable } from '../file-kind.ts'
import { REJECT_TEXT_LIMIT } from '../rejects.ts'
import type { Asked } from '../staged.ts'
import { unpacked } from '../unpacked.ts'

export type Sample = Readonly<{
  names: readonly string[]
  rows: readonly (readonly string[])[]
  /** Columns that are stored as times, and need no pattern. */
  timeColumns: readonly string[]
  /** Of delimited text alone. */
  text: Readonly<{ encoding: string; separator: string; skipLines: number; hasHeader: boolean }> | null
}>

const HEAD_BYTES = 1 << 18
export const SAMPLE_ROWS = 200
const SEPARATORS = [',', ';', '\t', '|'] as const

/** In this process: only the reading process calls it. @throws Refusal `source.unreadable`, `source.empty` */
export async function sampleOf(asked: Pick<Asked, 'path' | 'file' | 'limits' | 'room'>): Promise<Sample> {
  const { path, file } = asked
  if (/\.parquet$/i.test(file)) {
    const { sampleParquet } = await import('../parquet.ts')
    return shortened(await sampleParquet(asked, SAMPLE_ROWS))
  }
  if (/\.(arrow|feather|ipc)$/i.test(file)) {
    const { sampleArrow } = await import('../arrow.ts')
    return shortened(sampleArrow(asked, SAMPLE_ROWS))
  }
  if (/\.xml(\.gz)?$/i.test(file)) throw noTable(file)
  const { encoding, lines } = await headOf(path)
  if (lines.every((line) => line.trim() === '')) throw refuse('source.empty', { file })
  return /\.(ndjson|jsonl)(\.gz)?$/i.test(file) ? recordsIn(lines) : tableIn(lines, encoding)
}

/** Of a table: no text of it that could be a time, a number or a name is as long. */
const shortened = ({ names, rows, timeColumns }: Omit<Sample, 'text'>): Sample => ({
  names,
  rows: rows.map((row) => row.map((cell) => cell.slice(0, REJECT_TEXT_LIMIT))),
  timeColumns,
  text: null,
})

async function headOf(path: string): Promise<Readonly<{ encoding: string; lines: readonly string[] }>> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const bytes of unpacked(path, { hash: createHash('sha256'), encoding: 'utf-8' })) {
    parts.push(bytes)
    length += bytes.length
    if (length >= HEAD_BYTES) break
  }
  const bytes = Buffer.concat(parts).subarray(0, HEAD_BYTES)
  const encoding = encodingOf(bytes)
  const lines = new TextDecoder(encoding).decode(bytes).split(/\r?\n/)
  // The last line may be cut where the head ends.
  return { encoding, lines: length >= HEAD_BYTES ? lines.slice(0, -1) : lines }
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(
      bytes.subarray(0, bytes.lastIndexOf(10) + 1 || bytes.length),
    )
    return PLAIN_FORMAT.encoding
  } catch {
    return 'windows-1252'
  }
}

function recordsIn(lines: readonly string[]): Sample {
  const records = lines.slice(0, SAMPLE_ROWS).flatMap((line): Readonly<Record<string, unknown>>[] => {
    try {
      const value: unknown = JSON.parse(line)
      return typeof value === 'object' && value !== null ? [value as Readonly<Record<string, unknown>>] : []
    } catch {
      return []
    }
  })
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))]
  const textOf = (value: unknown): string =>
    value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  return {
    names,
    rows: records.map((record) => names.map((name) => textOf(record[name]))),
    timeColumns: [],
    text: null,
  }
}

/** The separator, and the first line from which on most lines have one number of fields: the table. */
function tableIn(lines: readonly string[], encoding: string): Sample {
  const tried = SEPARATORS.map((separator) => {
    const split = lines.map((line) => fieldsOf(line, separator))
    const widths = split.filter((fields) => fields.length > 1).map((fields) => fields.length)
    const width = mostFrequent(widths)
    return { separator, split, width, fits: widths.filter((one) => one === width).length }
  })
  const [best] = tried.toSorted((a, b) => b.fits * Math.min(b.width, 8) - a.fits * Math.min(a.width, 8))
  const { separator = ',', split = [], width = 1 } = best ?? {}
  const first = Math.max(
    0,
    split.findIndex((fields, at) => fields.length === width && isBody(split, at, width)),
  )
  const head = split[first] ?? []
  const hasHeader = !head.some((cell) => /^[-+]?\d[\d.,:/ -]*$/.test(cell))
  const rows = split.slice(hasHeader ? first + 1 : first).filter((fields) => fields.length === width)
  const names = hasHeader ? head : head.map((_, at) => `column${at + 1}`)
  const skipLines = first
  return {
    names,
    rows: rows.slice(0, SAMPLE_ROWS),
    timeColumns: [],
    text: { encoding, separator, skipLines, hasHeader },
  }
}

/** Whether a line and the one behind it, blank ones aside, are of the table. */
function isBody(split: readonly (readonly string[])[], at: number, width: number): boolean {
  const next = split.slice(at + 1).find((fields) => fields.length > 1 || fields[0] !== '')
  return next === undefined || next.length === width
}

function fieldsOf(line: string, separator: string): readonly string[] {
  const bytes = Buffer.from(line.replace(/^\ufeff/, ''))
  const fields = new Fields(separator, COLUMNS_LIMIT)
  const count = Math.min(fields.split(bytes, 0, bytes.length), COLUMNS_LIMIT)
  return Array.from({ length: Math.max(0, count) }, (_, field) => fields.text(field))
}

function mostFrequent(numbers: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const one of numbers) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 1
}
