/** A data set: declared once, then arrivals; the same source twice is one arrival. */
import type { ChunkRef } from '../../schemas/envelope.ts'
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

type State = Readonly<{ specDigest: string | null; sources: ReadonlyMap<string, string> }>

export const dataset: Decider<DatasetCommand, State> = {
  initial: () => ({ specDigest: null, sources: new Map() }),

  evolve(state, event) {
    if (DatasetDeclared.is(event)) return { ...state, specDigest: digestOf(event.data) }
    if (RowsArrived.is(event) || RowsQuarantined.is(event)) {
      ;(state.sources as Map<string, string>).set(event.data.sourceHash, event.data.source)
    }
    return state
  },

  decide(command, state, context) {
    if (command.kind === 'declare') return declare(command.spec, state, context.now)
    const { arrival } = command
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
  if (state.specDigest !== null) return reject('data.redeclared', { dataset: spec.dataset })
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
  const apart = RowsQuarantined.draft(
    { dataset, source, sourceHash, rows: quarantine.rows, reasons: [...quarantine.reasons] },
    { eventTime: kept.eventTime, knownAt: kept.knownAt },
    [quarantine.chunk],
  )
  return [kept, apart]
}
