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
import { assertFile, type Extension, extensionOf } from './file-kind.ts'
import { entityOf } from './file-name.ts'
import { identified } from './identified.ts'
import { readNdjson } from './ndjson.ts'
import { readParquet } from './parquet.ts'
import { REJECT_TEXT_LIMIT, type Reason, type Reject, reasonOf } from './rejects.ts'
import { LIMITS, type Limits, roomFor } from './room.ts'
import { slicesOf } from './slices.ts'
import type { Asked, Staged, Wanted } from './staged.ts'
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
  /** In order of the file; the first ones in full, as many as `LIMITS.rejectsKept`. */
  rejects: readonly Reject[]
  /** How many rows or cells were rejected in all, and how many for each reason, in order of the reasons' names. */
  rejected: number
  reasons: readonly Readonly<{ reason: Reason; rows: number }>[]
  /** Copies of a row that is kept: same entity, times and values. */
  duplicateRows: number
  /** Rows (kept ones) that stand behind a later event time of their entity: legal, and worth a look. */
  outOfOrderRows: number
  /** Lines with nothing on them. */
  blankLines: number
  /** Lines before the header and behind the rows, as declared. */
  skippedLines: number
}>

const comma = (asked: Asked) => readDelimited(asked, ',')
const tab = (asked: Asked) => readDelimited(asked, '\t')

const READERS: Readonly<Record<Extension, (asked: Asked) => Promise<Staged>>> = {
  '.csv': comma,
  '.csv.gz': comma,
  '.txt': comma,
  '.txt.gz': comma,
  '.zip': comma,
  '.tsv': tab,
  '.tsv.gz': tab,
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
 * @param options.limits what one file may take
 * @throws Refusal `source.unknown-format`, `source.unreadable`, `source.empty`, `source.missing-column`,
 * `source.duplicate-column`, `source.unnamed-column`, `source.line-too-long`, `source.too-large`, `source.changed`,
 * `source.file-name`, `dataset.time-zone`, `dataset.time-of-day`, `dataset.format`
 */
export async function readFile(
  path: string,
  spec: DatasetSpec,
  options: Readonly<{ receivedAt: Micros; limits?: Partial<Limits> }>,
): Promise<FileArrival> {
  const source = basename(path)
  const read = READERS[extensionOf(source)]
  const before = await stampOf(path)
  const limits = { ...LIMITS, ...options.limits }
  const { receivedAt } = options
  const entity = entityOf(source, spec.format.entityFromFile)
  const staged = await read({
    path,
    file: source,
    spec,
    receivedAt,
    entity,
    limits,
    room: roomFor(source, limits),
  })
  const { rows } = staged
  if (rows.length === 0 && rows.passedOver.every((count) => count === 0))
    throw refuse('source.empty', { file: source })
  const arranged = arrange(rows, { knownAt: spec.knownAt, receivedAt, identified: identified(rows, spec) })
  const { rejects, rejected, reasons } = await rejectsOf(staged, { wide: spec.layout === 'wide', limits })
  if ((await stampOf(path)) !== before) throw refuse('source.changed', { file: source })
  return {
    source,
    sourceHash: staged.sourceHash,
    rows: { [Symbol.iterator]: () => slicesOf(rows, arranged, spec.columns) },
    rowCount: arranged.order.length,
    rejects,
    rejected,
    reasons,
    duplicateRows: arranged.duplicateRows,
    outOfOrderRows: arranged.outOfOrderRows,
    blankLines: staged.blankLines,
    skippedLines: staged.skippedLines,
  }
}

/** What changes when a file is written to: a file is gone through more than once, and must be the same each time. */
async function stampOf(path: string): Promise<string> {
  assertFile(path)
  const { size, mtimeMs, ino } = await stat(path).catch((error: Error) => {
    throw refuse('source.unreadable', { file: path, why: error.message })
  })
  return `${size} ${mtimeMs} ${ino}`
}

async function rejectsOf(
  staged: Staged,
  { wide, limits }: Readonly<{ wide: boolean; limits: Limits }>,
): Promise<Pick<FileArrival, 'rejects' | 'rejected' | 'reasons'>> {
  const { rows } = staged
  const counts = Float64Array.from(rows.passedOver)
  const bad: number[] = []
  for (let at = 0; at < rows.length; at++) {
    const fault = rows.fault[at]
    if (fault === 0) continue
    counts[fault]++
    if (bad.length < limits.rejectsKept) bad.push(at)
  }
  const texts = bad.length === 0 ? [] : await staged.textsOf(bad.map((at) => wantedOf(rows, at, wide)))
  const rejects = bad.map((at, index): Reject => {
    const why = rows.names.whys[rows.entity[at]] ?? ''
    const text = (texts[index] ?? '').slice(0, REJECT_TEXT_LIMIT)
    return { line: rows.line[at], reason: reasonOf(rows.fault[at]), text, ...(why === '' ? {} : { why }) }
  })
  const reasons = Array.from(counts, (count, fault) => ({ reason: reasonOf(fault), rows: count }))
    .filter((one) => one.rows > 0)
    .sort((a, b) => (a.reason < b.reason ? -1 : 1))
  return { rejects, rejected: reasons.reduce((sum, one) => sum + one.rows, 0), reasons }
}

const wantedOf = (rows: Staging, at: number, wide: boolean): Wanted => ({
  line: rows.line[at],
  entity: wide ? (rows.names.texts[rows.entity[at]] ?? null) : null,
})
