/**
 * Brings data in: a file or a table becomes chunks and one arrival; what cannot be used is kept with its reasons. Sessions
 * that are due with it are closed.
 */
import type { Arrival } from '../commands/data/dataset.ts'
import type { ChunkRef } from '../schemas/envelope.ts'
import type { DatasetSpec } from '../schemas/events/data.ts'
import { canonicalJson, sha256 } from '../schemas/kernel/canonical.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Rows } from '../schemas/rows.ts'
import { encodeRows } from '../streams/log/arrow.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import type { Once } from '../streams/log/port.ts'
import { putDocument, putRows } from '../streams/log/tables.ts'
import { type FileArrival, readFile } from '../streams/sources/file.ts'
import { actId, arrive, declareDataset } from './actions.ts'
import { Admission } from './admit.ts'
import type { Platform } from './platform.ts'
import { closeDueSessions } from './sessions.ts'

export type Ingested = Readonly<{
  arrival: Arrival
  changed: boolean
  duplicateRows: number
  outOfOrderRows: number
  /** Rows of days that are no session of the declared calendar. */
  rowsOffSession: number
  /** Sessions that were decided and accounted with it. */
  sessionsClosed: number
}>

/**
 * Declares the data set if it is new and records the file as one arrival.
 * @param what.commandId the arrival's, unless it gets one of its own
 * @throws Refusal `data.duplicate-source` for a file that arrived before, and those of `readFile`
 */
export async function ingestFile(
  platform: Platform,
  what: Readonly<{ path: string; spec: DatasetSpec; actor: string; commandId?: string }>,
): Promise<Ingested> {
  const { path, spec, actor } = what
  const receivedAt = platform.moment.nowMicros()
  const read = await readFile(path, { spec, receivedAt }, async (file) => {
    // A file of which nothing can be used declares nothing: a corrected declaration must find the name free.
    const isKnown = platform.folds.datasets.state().datasets[spec.dataset] !== undefined
    if (file.rowCount > 0 || isKnown) {
      await declareDataset(platform, spec, { actor, commandId: await declarationId(platform, spec) })
    }
    const { source, sourceHash, duplicateRows, outOfOrderRows } = file
    const named = { dataset: spec.dataset, source, sourceHash }
    return { ...(await arrivalOf(platform, { named, spec }, file)), duplicateRows, outOfOrderRows }
  })
  const { arrival } = read
  // The same bytes are refused by the decider, so the id must be of this call: not the same act twice.
  const own = `ingest:${spec.dataset}:${arrival.sourceHash}:${(await platform.log.head()).position}`
  const { commandId = own } = what
  const { changed } = await arrive(platform, arrival, { actor, commandId, once: 'written' })
  const sessionsClosed = await closeDueSessions(platform, spec.dataset, { actor, once: 'written' })
  await platform.log.durable()
  return { ...read, changed, sessionsClosed }
}

/** A declaration that was corrected and corrected back is another act each time. */
export const declarationId = async (platform: Platform, spec: DatasetSpec): Promise<string> =>
  `${actId('declare', spec)}:${(await platform.log.head()).position}`

/** Records a table that was made or cut here as one arrival. The same table twice is one arrival. */
export async function ingestRows(
  platform: Platform,
  what: Readonly<{ dataset: string; source: string; rows: Rows; actor: string; once?: Once }>,
): Promise<void> {
  const { dataset, source, rows, actor, once = 'durable' } = what
  const spec = platform.folds.datasets.state().datasets[dataset]?.spec
  if (spec === undefined) throw refuse('data.unknown-dataset', { dataset })
  const sourceHash = sha256(encodeRows(rows))
  const named = { dataset, source, sourceHash }
  const whole = { rows: [rows], rejects: [], rejected: 0, reasons: [] }
  const { arrival } = await arrivalOf(platform, { named, spec }, whole)
  await arrive(platform, arrival, {
    actor,
    commandId: `ingest:${dataset}:${sourceHash}`,
    once: 'written',
  })
  await closeDueSessions(platform, dataset, { actor, once: 'written' })
  if (once === 'durable') await platform.log.durable()
}

export type Rejected = Pick<FileArrival, 'rejects' | 'rejected' | 'reasons'>

type Brought = Readonly<{
  named: Pick<Arrival, 'dataset' | 'source' | 'sourceHash'>
  spec: DatasetSpec
}>

/** The rows of a source as they are admitted, in chunks, and what was set apart of it. */
export async function arrivalOf(
  platform: Platform,
  { named, spec }: Brought,
  file: Rejected & Readonly<{ rows: AsyncIterable<Rows> | Iterable<Rows> }>,
): Promise<Readonly<{ arrival: Arrival; rowsOffSession: number }>> {
  const { chunks } = platform
  const admission = new Admission(platform, spec, platform.moment.nowMicros())
  const refs: ChunkRef[] = []
  let bounds = boundsOf([])
  for await (const table of file.rows) {
    const rows = await admission.admit(table)
    if (rows.length > 0) refs.push(await putRows(chunks, rows))
    bounds = merged(bounds, boundsOf([rows]))
  }
  const quarantine = await quarantineOf(chunks, file)
  const arrival = { ...named, ...bounds, ...admission.counts, chunks: refs, quarantine }
  return { arrival, rowsOffSession: admission.rowsOffSession }
}

type Bounds = Pick<Arrival, 'rows' | 'knownFrom' | 'knownTo' | 'eventTimeTo'>

function boundsOf(tables: readonly Rows[]): Bounds {
  let bounds: Bounds = { rows: 0, knownFrom: 0, knownTo: 0, eventTimeTo: 0 }
  for (const { length, knownAt, eventTime } of tables) {
    if (length === 0) continue
    let [knownFrom, knownTo, eventTimeTo] = [knownAt[0], knownAt[0], eventTime[0]]
    for (let row = 1; row < length; row++) {
      knownFrom = Math.min(knownFrom, knownAt[row])
      knownTo = Math.max(knownTo, knownAt[row])
      eventTimeTo = Math.max(eventTimeTo, eventTime[row])
    }
    bounds = merged(bounds, { rows: length, knownFrom, knownTo, eventTimeTo })
  }
  return bounds
}

const merged = (a: Bounds, b: Bounds): Bounds =>
  a.rows === 0
    ? b
    : {
        rows: a.rows + b.rows,
        knownFrom: Math.min(a.knownFrom, b.knownFrom),
        knownTo: Math.max(a.knownTo, b.knownTo),
        eventTimeTo: Math.max(a.eventTimeTo, b.eventTimeTo),
      }

/** The rejected rows that are kept in full as a document, one JSON object a line; all are counted. */
async function quarantineOf(
  chunks: ChunkStore,
  { rejects, rejected, reasons }: Rejected,
): Promise<Arrival['quarantine']> {
  if (rejected === 0) return null
  const lines = Buffer.concat(rejects.map((reject) => Buffer.from(`${canonicalJson(reject)}\n`)))
  return { rows: rejected, reasons, chunk: await putDocument(chunks, lines, 'json') }
}
