/** Feature sets computed again from the arrivals alone, one pass in log order: no tail, no snapshot, and nothing that was told of them. */
import { PointInTime } from '../../projections/feature/point-in-time.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { datasetsOf, type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { joinRows, type Rows } from '../../schemas/rows.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { localDays } from '../../streams/calendar/sessions.ts'
import { compileSet } from '../../streams/features/definition.ts'
import { FeatureEngine } from '../../streams/features/engine.ts'
import { shownRows } from '../../streams/features/shown-rows.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { getRows } from '../../streams/log/tables.ts'

export type Recomputed = Readonly<{
  spec: FeatureSetSpec
  /** Of what was computed again, and of what was told: both as far as the log told values. */
  again: PointInTime
  told: PointInTime
}>

type Own = Recomputed & Readonly<{ engine: FeatureEngine; waiting: Map<Position, readonly Rows[]> }>

/** What arrived of a data set, before a set over it was defined. */
type Arrival = Readonly<{ position: Position; dataset: string; rows: Rows }>

export class Recomputing {
  readonly #chunks: ChunkStore
  readonly #wanted: (set: string) => boolean
  readonly #sets = new Map<string, Own>()
  readonly #declared = new Map<string, DatasetSpec>()
  readonly #arrived: Arrival[] = []

  static readonly handles = [DatasetDeclared.type, SetDefined.type, RowsArrived.type, ValuesComputed.type]

  /** @param wanted says of a set, `name@version`, whether it is computed */
  constructor(chunks: ChunkStore, wanted: (set: string) => boolean) {
    this.#chunks = chunks
    this.#wanted = wanted
  }

  get sets(): ReadonlyMap<string, Recomputed> {
    return this.#sets
  }

  /** @param event in log order */
  async take(event: Recorded): Promise<void> {
    if (isEvent(DatasetDeclared, event)) this.#declared.set(event.data.dataset, event.data)
    if (isEvent(SetDefined, event)) this.#define(event.data, event.position)
    if (isEvent(RowsArrived, event) && event.chunks.length > 0) await this.#arrive(event)
    if (isEvent(ValuesComputed, event)) await this.#tell(event)
  }

  #define(spec: FeatureSetSpec, position: Position): void {
    const key = `${spec.set}@${spec.version}`
    if (!this.#wanted(key)) return
    const of = { features: spec.features.map(({ name }) => name), stalenessMicros: spec.stalenessMicros }
    const declared = this.#declared.get(spec.dataset)
    const sessions = declared === undefined ? localDays('UTC') : datasetSessions(declared)
    const own: Own = {
      ...{ spec, again: new PointInTime(of), told: new PointInTime(of), waiting: new Map() },
      engine: new FeatureEngine(compileSet(spec), sessions),
    }
    this.#sets.set(key, own)
    own.waiting.set(
      position,
      this.#arrived.flatMap((arrival) => valuesOf(own, arrival)),
    )
  }

  async #arrive({ position, data, chunks: refs }: Recorded & { data: { dataset: string } }): Promise<void> {
    const { dataset } = data
    const tables: Rows[] = []
    for (const ref of refs) tables.push(await getRows(this.#chunks, ref))
    const rows = shownRows(joinRows(tables), this.#declared.get(dataset))
    const arrival = { position, dataset, rows }
    this.#arrived.push(arrival)
    for (const own of this.#sets.values()) {
      const values = valuesOf(own, arrival)
      if (values.length > 0) own.waiting.set(position, values)
    }
  }

  /** What was computed counts from where the log told it. */
  async #tell({
    position,
    data,
    chunks,
  }: Recorded & { data: { set: string; version: number; cause: Position } }) {
    const own = this.#sets.get(`${data.set}@${data.version}`)
    if (own === undefined) return
    for (const rows of own.waiting.get(data.cause) ?? []) own.again.add(rows, position)
    own.waiting.delete(data.cause)
    for (const ref of chunks) own.told.add(await getRows(this.#chunks, ref), position)
  }
}

/** A data set that is joined twice is taken twice. */
const valuesOf = ({ spec, engine }: Own, { dataset, rows }: Arrival): readonly Rows[] =>
  datasetsOf(spec).flatMap((name, source) => (name === dataset ? [engine.arrive(rows, source)] : []))
