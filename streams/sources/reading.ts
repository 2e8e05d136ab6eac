/** The whole of reading a file: staged by the reader of its format, judged, put in order, its bad rows told with their texts. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Arranged, arrange } from './arrange.ts'
import { assertFile, type Extension, extensionOf, noTable } from './file-kind.ts'
import { entityOf } from './file-name.ts'
import { identified } from './identified.ts'
import { REJECT_TEXT_LIMIT, type Reason, type Reject, reasonOf } from './rejects.ts'
import { type Limits, roomFor } from './room.ts'
import type { Asked, Staged, Wanted } from './staged.ts'
import type { Staging } from './staging.ts'

/** What is told of a file beside its rows. */
export type FileFacts = Readonly<{
  /** The file's base name. */
  source: string
  /** SHA-256 of the file's bytes as they lie on disk. */
  sourceHash: Digest
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

/** A file by its absolute path, and what it may take. */
export type FileToAskFor = Readonly<{ path: string; limits: Limits }>

export type FileToRead = FileToAskFor &
  Readonly<{
    spec: DatasetSpec
    receivedAt: Micros
    /** A part of a stream: what no row of it has is missing in each, and no mistake in the whole. */
    isPart?: boolean
  }>

/** A file that was read: what is told of it, and its rows for slices to be cut from them. */
export type Reading = Readonly<{ facts: FileFacts; rows: Staging; arranged: Arranged }>

type Read = (asked: Asked) => Promise<Staged>

// What a format needs is loaded with its first file.
const comma: Read = async (asked) => (await import('./delimited.ts')).readDelimited(asked, ',')
const tab: Read = async (asked) => (await import('./delimited.ts')).readDelimited(asked, '\t')
const ndjson: Read = async (asked) => (await import('./ndjson.ts')).readNdjson(asked)
const parquet: Read = async (asked) => (await import('./parquet.ts')).readParquet(asked)
const arrow: Read = async (asked) => (await import('./arrow.ts')).readArrow(asked)

const secOwnership: Read = async (asked) =>
  (await import('./records.ts')).readRecords(asked, (await import('./sec-ownership.ts')).secOwnership)
const leanFactors: Read = async (asked) =>
  (await import('./records.ts')).readRecords(asked, (await import('./lean-factors.ts')).leanFactors)
const leanMaps: Read = async (asked) =>
  (await import('./records.ts')).readRecords(asked, (await import('./lean-maps.ts')).leanMaps)
const undeclared: Read = async ({ file }) => {
  throw noTable(file)
}

/** What is no table is read as it is declared, whatever its extension. */
const SOURCES: Readonly<Record<DatasetSpec['rows']['reads'], Read | null>> = {
  table: null,
  'sec-ownership': secOwnership,
  'lean-factors': leanFactors,
  'lean-maps': leanMaps,
}

const READERS: Readonly<Record<Extension, Read>> = {
  '.csv': comma,
  '.csv.gz': comma,
  '.txt': comma,
  '.txt.gz': comma,
  '.zip': comma,
  '.tsv': tab,
  '.tsv.gz': tab,
  '.ndjson': ndjson,
  '.ndjson.gz': ndjson,
  '.jsonl': ndjson,
  '.jsonl.gz': ndjson,
  '.parquet': parquet,
  '.arrow': arrow,
  '.feather': arrow,
  '.ipc': arrow,
  '.xml': undeclared,
  '.xml.gz': undeclared,
}

/**
 * Reads a file as its data set was declared, in this process: only the reading process calls it.
 * @param alive is called again and again while the work goes on
 * @throws Refusal as `readFile` does
 */
export async function readWhole(
  { path, spec, receivedAt, limits, isPart = false }: FileToRead,
  alive: () => void,
): Promise<Reading> {
  const source = basename(path)
  const read = SOURCES[spec.rows.reads] ?? READERS[extensionOf(source)]
  const before = await stampOf(path)
  const entity = entityOf(source, spec.format.entityFromFile)
  const room = roomFor(source, limits, alive)
  const staged = await read({ path, file: source, spec, receivedAt, entity, limits, room, isPart })
  const { rows } = staged
  if (rows.length === 0 && rows.passedOver.every((count) => count === 0))
    throw refuse('source.empty', { file: source })
  const arranged = arrange(rows, { spec, receivedAt, identified: identified(rows, spec) })
  const rejects = await rejectsOf(staged, { wide: spec.layout === 'wide', limits })
  if ((await stampOf(path)) !== before) throw refuse('source.changed', { file: source })
  const facts = {
    source,
    sourceHash: staged.sourceHash,
    rowCount: arranged.order.length,
    ...rejects,
    duplicateRows: arranged.duplicateRows,
    outOfOrderRows: arranged.outOfOrderRows,
    blankLines: staged.blankLines,
    skippedLines: staged.skippedLines,
  }
  return { facts, rows, arranged }
}

/**
 * What changes when a file is written to: a file is gone through more than once, and must be the same each time. A copy may set
 * when it was modified, and nobody when it was changed.
 */
async function stampOf(path: string): Promise<string> {
  assertFile(path)
  const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true }).catch((error: Error) => {
    throw refuse('source.unreadable', { file: path, why: error.message })
  })
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`
}

async function rejectsOf(
  staged: Staged,
  { wide, limits }: Readonly<{ wide: boolean; limits: Limits }>,
): Promise<Pick<FileFacts, 'rejects' | 'rejected' | 'reasons'>> {
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
