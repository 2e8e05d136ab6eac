/**
 * A data set: declared once, then arrivals, and the sessions that are closed; the same source twice is one arrival. Until a
 * row is accepted nothing is used up: what was set apart as a whole may come again, and the declaration may be corrected.
 */
import { type Session, sessionDate } from '../../schemas/calendar.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import type { Times } from '../../schemas/event.ts'
import {
  DatasetDeclared,
  type DatasetSpec,
  RowsArrived,
  RowsQuarantined,
  SessionClosed,
} from '../../schemas/events/data.ts'
import { OffsetsMoved, OffsetsTaken } from '../../schemas/events/intake.ts'
import { addAscending } from '../../schemas/kernel/ascending.ts'
import { isSame } from '../../schemas/kernel/canonical.ts'
import { firstAtLeast } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, attempt, reject } from '../rejections.ts'
import {
  afterMoved,
  afterTaken,
  checkTaken,
  type Moved,
  movedData,
  type Taken,
  type Topics,
} from './offsets.ts'

/** What a source brought, its rows already in the chunk store. */
export type Arrival = Readonly<{
  dataset: string
  source: string
  sourceHash: string
  rows: number
  rowsRevised: number
  rowsLate: number
  rowsRepeated: number
  rowsEmpty: number
  rowsWithdrawn: number
  sessions: readonly Session[]
  /** Columns with an integer that no double is. */
  inexact: readonly string[]
  chunks: readonly ChunkRef[]
  /** The least and greatest moment at which a row became known; both 0 where there is no row. */
  knownFrom: Micros
  knownTo: Micros
  eventTimeTo: Micros
  quarantine: Readonly<{
    rows: number
    reasons: readonly { reason: string; rows: number }[]
    chunk: ChunkRef
  }> | null
}>

type DatasetCommand =
  | Readonly<{ kind: 'declare'; spec: DatasetSpec }>
  /** `taken`: the offsets of a topic that it consists of, by which it is told from any other. */
  | Readonly<{ kind: 'arrive'; arrival: Arrival; taken?: Taken }>
  | Readonly<{ kind: 'move'; dataset: string; moved: Moved }>
  | Readonly<{ kind: 'close'; dataset: string; session: Session }>

type State = Readonly<{
  spec: DatasetSpec | null
  /** Sources of which a row was accepted: one that was set apart as a whole may come again. */
  sources: ReadonlyMap<string, string>
  /** Whether a row rests on the declaration. */
  hasRows: boolean
  /** Sessions with rows, ascending, and the last one that was closed. */
  withRows: readonly Session[]
  closed: Session
  /** Where it stands in the topics that it comes from. */
  topics: Topics
}>

export const dataset: Decider<DatasetCommand, State> = {
  initial: () => ({
    spec: null,
    sources: new Map(),
    hasRows: false,
    withRows: [],
    closed: Number.NEGATIVE_INFINITY,
    topics: new Map(),
  }),

  evolve(state, event) {
    if (DatasetDeclared.is(event)) return { ...state, spec: event.data }
    if (SessionClosed.is(event)) return { ...state, closed: event.data.session }
    if (OffsetsTaken.is(event)) return { ...state, topics: afterTaken(state.topics, event.data) }
    if (OffsetsMoved.is(event)) return { ...state, topics: afterMoved(state.topics, event.data) }
    if (RowsArrived.is(event)) {
      for (const session of event.data.sessions) addAscending(state.withRows as Session[], session)
      ;(state.sources as Map<string, string>).set(event.data.sourceHash, event.data.source)
      return { ...state, hasRows: state.hasRows || event.data.rows > 0 }
    }
    return state
  },

  decide(command, state, context) {
    if (command.kind === 'declare') return declare(command.spec, state, context.now)
    if (command.kind === 'close') return close(command, state, context.now)
    if (command.kind === 'move') return move(command, state, context.now)
    if (command.taken !== undefined)
      return takeFromTopic(command.arrival, command.taken, { state, now: context.now })
    const { arrival } = command
    if (arrival.rows === 0 && arrival.rowsRepeated === 0 && arrival.quarantine !== null) {
      return accept(apartOf(arrival, arrival.quarantine, { eventTime: context.now, knownAt: context.now }))
    }
    if (state.spec === null) return reject('data.unknown-dataset', { dataset: arrival.dataset })
    const earlier = state.sources.get(arrival.sourceHash)
    if (earlier !== undefined) {
      const { source, sourceHash, dataset } = arrival
      return reject('data.duplicate-source', { source, sourceHash, earlier, dataset })
    }
    return accept(...arrived(arrival, context.now))
  },
}

/** The offsets say which arrival it is, whatever its bytes: they are recorded with it, and never taken again. */
function takeFromTopic(
  arrival: Arrival,
  taken: Taken,
  { state, now }: Readonly<{ state: State; now: Micros }>,
) {
  const { dataset, sourceHash } = arrival
  if (state.spec === null) return reject('data.unknown-dataset', { dataset })
  const checked = checkTaken(state.topics, taken)
  if (!checked.ok) return checked
  const data = { dataset, sourceHash, ...taken, partitions: [...taken.partitions] }
  return accept(...arrived(arrival, now), OffsetsTaken.draft(data, { eventTime: now, knownAt: now }))
}

function move(
  { dataset, moved }: Readonly<{ dataset: string; moved: Moved }>,
  { spec, topics }: State,
  now: Micros,
) {
  if (spec === null) return reject('data.unknown-dataset', { dataset })
  const data = movedData(topics, moved)
  if (data === null) return alreadySo
  return accept(OffsetsMoved.draft({ dataset, ...data }, { eventTime: now, knownAt: now }))
}

function declare(spec: DatasetSpec, state: State, now: Micros) {
  if (state.spec !== null && isSame(state.spec, spec)) return alreadySo
  if (state.hasRows)
    return reject('data.redeclared', { dataset: spec.dataset, keys: differing(state.spec, spec) })
  return accept(DatasetDeclared.draft(spec, { eventTime: now, knownAt: now }))
}

/** The keys of two declarations that differ, those of a part with the name of the part: `format.time`. */
function differing(one: unknown, other: unknown, part = ''): string {
  const keys = new Set([one, other].flatMap((spec) => Object.keys(spec ?? {})))
  const partOf = (spec: unknown, key: string): unknown => (isPart(spec) ? spec[key] : undefined)
  return [...keys]
    .filter((key) => !isSame(partOf(one, key) ?? null, partOf(other, key) ?? null))
    .map((key) => {
      const [mine, its] = [partOf(one, key), partOf(other, key)]
      return part === '' && isPart(mine) && isPart(its) ? differing(mine, its, `${key}.`) : `${part}${key}`
    })
    .join(', ')
}

const isPart = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Sessions are closed in order, when their decision moment has passed and their rows, or later ones, have arrived. */
function close({ dataset: name, session }: { dataset: string; session: Session }, state: State, now: Micros) {
  const { spec, closed, withRows } = state
  if (spec === null) return reject('data.unknown-dataset', { dataset: name })
  if (session === closed) return alreadySo
  const unsound = (why: string) =>
    reject('data.session-unsound', { dataset: name, session: sessionDate(session), why })
  if (spec.prices === null) return unsound('the data set declares no prices')
  if (session < closed) return unsound(`${sessionDate(closed)} was closed already`)
  const found = attempt(() => {
    const sessions = datasetSessions(spec)
    const spine = sessions.spine(session, withRows.at(-1) ?? session - 1, withRows)
    const earlier = withRows[firstAtLeast(withRows, session) - 1] ?? session - 1
    return {
      isNext: spine.at(0) === session,
      previous: spec.calendar === null ? earlier : sessions.previous(session),
      decideAt: sessions.decides(session),
      tradeAt: sessions.closes(sessions.next(session)),
      eventTime: sessions.closes(session),
    }
  })
  if (!found.ok) return found
  const { isNext, eventTime, ...times } = found.value
  if (!isNext) return unsound('nothing of it has arrived, or it is no session')
  if (times.decideAt > now) return unsound('its decision moment has not come yet')
  const data = { dataset: name, session, ...times, restates: true }
  return accept(SessionClosed.draft(data, { eventTime, knownAt: now }))
}

function arrived(arrival: Arrival, now: Micros) {
  const { chunks, eventTimeTo, quarantine, sessions, inexact, ...counted } = arrival
  const { rows, knownTo } = counted
  const kept = RowsArrived.draft(
    { ...counted, sessions: [...sessions], inexact: [...inexact], rowsQuarantined: quarantine?.rows ?? 0 },
    { eventTime: rows === 0 ? now : eventTimeTo, knownAt: rows === 0 ? now : knownTo },
    chunks,
  )
  if (quarantine === null) return [kept]
  return [kept, apartOf(arrival, quarantine, { eventTime: kept.eventTime, knownAt: kept.knownAt })]
}

const apartOf = (
  { dataset, source, sourceHash }: Arrival,
  { rows, reasons, chunk }: NonNullable<Arrival['quarantine']>,
  times: Times,
) => RowsQuarantined.draft({ dataset, source, sourceHash, rows, reasons: [...reasons] }, times, [chunk])
