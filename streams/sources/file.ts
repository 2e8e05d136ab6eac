/** A file as an arrival: its good rows in canonical order, and every bad one with its line and the reason. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { arrange } from './arrange.ts'
import { readArrow } from './arrow.ts'
import { readDelimited } from './delimited.ts'
import { readNdjson } from './ndjson.ts'
import { readParquet } from './parquet.ts'
import { REJECT_TEXT_LIMIT, type Reject, reasonOf } from './rejects.ts'
import { slicesOf } from './slices.ts'
import type { Staged, Wanted } from './staged.ts'
import type { Staging } from './staging.ts'

export type FileArrival = Readonly<{
  /** The file's base name. */
  source: string
  /** SHA-256 of the file's bytes as they lie on disk. */
  sourceHash: Digest
  /**
   * The good rows by (knownAt, eventTime, entity), in slices of at most `SLICE_ROWS`, made as they are asked for. The
   * same file gives the same slices, and it can be gone through more than once.
   */
  rows: Iterable<Rows>
  rowCount: number
  /** In order of the file. */
  rejects: readonly Reject[]
  /** Copies of a row that is kept: same entity, times and values. */
  duplicateRows: number
  /** Rows (kept ones) that stand behind a later event time of their entity: legal, and worth a look. */
  outOfOrderRows: number
  /** Lines with nothing on them. */
  blankLines: number
}>

const READERS: Readonly<Record<string, (path: string, spec: DatasetSpec) => Promise<Staged>>> = {
  '.csv': (path, spec) => readDelimited(path, spec, ','),
  '.csv.gz': (path, spec) => readDelimited(path, spec, ','),
  '.tsv': (path, spec) => readDelimited(path, spec, '\t'),
  '.tsv.gz': (path, spec) => readDelimited(path, spec, '\t'),
  '.ndjson': readNdjson,
  '.ndjson.gz': readNdjson,
  '.jsonl': readNdjson,
  '.jsonl.gz': readNdjson,
  '.parquet': readParquet,
  '.arrow': readArrow,
  '.feather': readArrow,
  '.ipc': readArrow,
}

/**
 * Reads a file as its data set was declared. Missing values are NaN in a long file and no row in a wide one.
 * @param options.receivedAt when it arrived; nothing in it can be about a later moment
 * @throws Refusal `source.unknown-format`, `source.unreadable`, `source.empty`, `source.missing-column`,
 * `source.duplicate-column`, `source.unnamed-column`, `source.line-too-long`, `source.changed`, `dataset.time-zone`,
 * `dataset.time-of-day`
 */
export async function readFile(
  path: string,
  spec: DatasetSpec,
  options: Readonly<{ receivedAt: Micros }>,
): Promise<FileArrival> {
  const source = basename(path)
  const extension = Object.keys(READERS).find((end) => source.toLowerCase().endsWith(end))
  const read = READERS[extension ?? '']
  if (read === undefined) {
    throw refuse('source.unknown-format', { file: source, formats: Object.keys(READERS).join(' ') })
  }
  const before = await stampOf(path)
  const staged = await read(path, spec)
  if (staged.rows.length === 0) throw refuse('source.empty', { file: source })
  const arranged = arrange(staged.rows, spec.knownAt, options.receivedAt)
  const rejects = await rejectsOf(staged, spec.layout === 'wide')
  if ((await stampOf(path)) !== before) throw refuse('source.changed', { file: source })
  return {
    source,
    sourceHash: staged.sourceHash,
    rows: { [Symbol.iterator]: () => slicesOf(staged.rows, arranged, spec.columns) },
    rowCount: arranged.order.length,
    rejects,
    duplicateRows: arranged.duplicateRows,
    outOfOrderRows: arranged.outOfOrderRows,
    blankLines: staged.blankLines,
  }
}

/** What changes when a file is written to: a file is gone through more than once, and must be the same each time. */
async function stampOf(path: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path).catch((error: Error) => {
    throw refuse('source.unreadable', { file: path, why: error.message })
  })
  return `${size} ${mtimeMs} ${ino}`
}

async function rejectsOf(staged: Staged, wide: boolean): Promise<readonly Reject[]> {
  const { rows } = staged
  const bad: number[] = []
  for (let at = 0; at < rows.length; at++) if (rows.fault[at] !== 0) bad.push(at)
  if (bad.length === 0) return []
  const texts = await staged.textsOf(bad.map((at) => wantedOf(rows, at, wide)))
  return bad.map((at, index) => ({
    line: rows.line[at] ?? 0,
    reason: reasonOf(rows.fault[at] ?? 0),
    text: (texts[index] ?? '').slice(0, REJECT_TEXT_LIMIT),
  }))
}

const wantedOf = (rows: Staging, at: number, wide: boolean): Wanted => ({
  line: rows.line[at] ?? 0,
  entity: wide ? (rows.entities[rows.entity[at] ?? 0] ?? null) : null,
})
