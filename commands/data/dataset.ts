/**
 * A data set: declared once, then arrivals; the same source twice is one arrival. Until a row is accepted nothing is used up:
 * what was set apart as a whole may come again, and the declaration may be corrected.
 */
import type { ChunkRef } from '../../schemas/envelope.ts'
import type { Times } from '../../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived, RowsQuarantined } from '../../schemas/events/data.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** What a source brought, its rows already in the chunk store. */
export type Arrival = Readonly<{
  dataset: string
  source: string
  sourceHash: string
  rows: number
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

export type DatasetCommand =
  | Readonly<{ kind: 'declare'; spec: DatasetSpec }>
  | Readonly<{ kind: 'arrive'; arrival: Arrival }>

type State = Readonly<{
  specDigest: string | null
  /** Sources of which a row was accepted: one that was set apart as a whole may come again. */
  sources: ReadonlyMap<string, string>
  /** Whether a row rests on the declaration. */
  hasRows: boolean
}>

export const dataset: Decider<DatasetCommand, State> = {
  initial: () => ({ specDigest: null, sources: new Map(), hasRows: false }),

  evolve(state, event) {
    if (DatasetDeclared.is(event)) return { ...state, specDigest: digestOf(event.data) }
    if (RowsArrived.is(event)) {
      ;(state.sources as Map<string, string>).set(event.data.sourceHash, event.data.source)
      return { ...state, hasRows: state.hasRows || event.data.rows > 0 }
    }
    return state
  },

  decide(command, state, context) {
    if (command.kind === 'declare') return declare(command.spec, state, context.now)
    const { arrival } = command
    if (arrival.rows === 0 && arrival.quarantine !== null) {
      return accept(apartOf(arrival, arrival.quarantine, { eventTime: context.now, knownAt: context.now }))
    }
    if (state.specDigest === null) return reject('data.unknown-dataset', { dataset: arrival.dataset })
    const earlier = state.sources.get(arrival.sourceHash)
    if (earlier !== undefined) {
      return reject('data.duplicate-source', { source: arrival.source, earlier, dataset: arrival.dataset })
    }
    return accept(...arrived(arrival, context.now))
  },
}

function declare(spec: DatasetSpec, state: State, now: Micros) {
  if (state.specDigest === digestOf(spec)) return alreadySo
  if (state.hasRows) return reject('data.redeclared', { dataset: spec.dataset })
  return accept(DatasetDeclared.draft(spec, { eventTime: now, knownAt: now }))
}

function arrived(arrival: Arrival, now: Micros) {
  const { dataset, source, sourceHash, rows, chunks, knownFrom, knownTo, quarantine } = arrival
  const kept = RowsArrived.draft(
    { dataset, source, sourceHash, rows, rowsQuarantined: quarantine?.rows ?? 0, knownFrom, knownTo },
    { eventTime: rows === 0 ? now : arrival.eventTimeTo, knownAt: rows === 0 ? now : knownTo },
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
