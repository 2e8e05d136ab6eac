/** What a question of lineage is answered from: the projection at a moment, and the events and chunks behind it. */
import { type LineageState, lineage } from '../../projections/lineage/lineage.ts'
import { Places } from '../../projections/lineage/places.ts'
import { foldTo, type Moment } from '../../projections/runner.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared } from '../../schemas/events/data.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { Rows } from '../../schemas/rows.ts'
import { type DatasetSessions, datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { getRows } from '../../streams/log/tables.ts'
import type { Archive } from '../archive.ts'
import { identityIn } from '../sealing.ts'

export type Readable = Pick<Archive, 'log' | 'chunks' | 'states' | 'confirmed' | 'folder'>

export type Ground = Readonly<{
  places: Places
  state: LineageState
  /** Up to where the log was read, and the digest of the projection there. */
  position: Position
  digest: Digest
  /** What is asked as of. */
  moment: Moment
  /** Null for a log without a seal. */
  identity: Digest | null
  event: (position: Position) => Promise<Recorded>
  /** RFC 6962 leaf hash of an event, in hexadecimal digits: what the seal holds of it. */
  leaf: (position: Position) => Promise<string>
  /** The tables of an event that may hold an event time. */
  tables: (position: Position, at?: number) => Promise<readonly Readonly<{ hash: Digest; rows: Rows }>[]>
  sessionsOf: (dataset: string) => Promise<DatasetSessions | null>
  /** All events of some types, up to the moment. */
  ofType: (types: readonly string[]) => AsyncIterable<Recorded>
}>

type Folded = Readonly<{ state: LineageState; position: Position; digest: Digest; places: Places }>

/** By store, the projection as it was asked for last: what is asked next is mostly asked of the same moment. What asks no store shares nothing with what does. */
const LATEST = new WeakMap<
  Readable['states'],
  Readonly<{ log: Readable['log']; cut: string; folded: Folded }>
>()

async function foldedAt(
  log: Readable['log'],
  states: Readable['states'],
  { knownAt, position, confirmed = Number.POSITIVE_INFINITY }: Moment,
): Promise<Folded> {
  const head = (await log.head()).position
  const end = Math.min(position ?? head, head)
  // The log only grows, so that these say all that the fold depends on.
  const cut = [end, Math.min(confirmed, end), knownAt ?? 'all'].join(' ')
  const latest = LATEST.get(states)
  if (latest?.log === log && latest.cut === cut) return latest.folded
  const { state, digest, ...at } = await foldTo(log, states, lineage, {
    ...{ position: end, confirmed },
    ...(knownAt !== undefined && { knownAt }),
  })
  const folded = { state, digest, position: at.position, places: new Places(state) }
  LATEST.set(states, { log, cut, folded })
  return folded
}

export async function groundAt(archive: Readable, asked: Moment): Promise<Ground> {
  const { log, chunks, states, folder } = archive
  const moment = { ...asked, confirmed: await archive.confirmed() }
  const { state, position, digest, places } = await foldedAt(log, states, moment)
  const events = new Map<Position, Recorded>()

  const event = async (at: Position): Promise<Recorded> => {
    const known = events.get(at)
    if (known !== undefined) return known
    for await (const [found] of log.readAll(at, { positionAtMost: at }))
      if (found !== undefined) {
        events.set(at, found)
        return found
      }
    throw new Error(`event ${at} is in the projection and not in the log`)
  }

  return {
    ...{ places, state, position, digest, moment, event },
    identity: identityIn(folder),
    async leaf(at) {
      for await (const [leaf] of log.leaves(at, at)) return Buffer.from(leaf ?? []).toString('hex')
      return ''
    },
    async tables(at, time) {
      const { chunks: refs } = await event(at)
      const wanted = refs.filter(
        (ref) => time === undefined || (ref.eventTimeFrom <= time && ref.eventTimeTo >= time),
      )
      return Promise.all(wanted.map(async (ref) => ({ hash: ref.hash, rows: await getRows(chunks, ref) })))
    },
    async sessionsOf(dataset) {
      const [declared] = places.series(`${DatasetDeclared.type} ${dataset}`).position
      const found = declared === undefined ? null : await event(declared)
      return found !== null && isEvent(DatasetDeclared, found) ? datasetSessions(found.data) : null
    },
    async *ofType(types) {
      for await (const batch of log.readAll(1, { types, positionAtMost: position }))
        for (const found of batch) if (places.at(found.position) !== null) yield found
    },
  }
}
