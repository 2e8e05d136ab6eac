/** The moments at which the sessions of traded data sets are decided: what is read of the past again and again is read as of these. */
import type { Recorded } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../schemas/events/data.ts'
import { addAscending } from '../schemas/kernel/ascending.ts'
import { Refusal } from '../schemas/kernel/fault.ts'
import type { Memory } from '../schemas/kernel/memory.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { datasetSessions } from '../streams/calendar/dataset-sessions.ts'

type Saved = Readonly<{ traded: ReadonlyMap<string, DatasetSpec>; moments: Float64Array }>

export class DecisionMoments {
  static readonly handles = [DatasetDeclared.type, RowsArrived.type]
  readonly #keptMicros: Micros
  #traded = new Map<string, DatasetSpec>()
  #moments: number[] = []

  /** @param keptMicros how far back from the latest they are remembered */
  constructor(keptMicros: Micros) {
    this.#keptMicros = keptMicros
  }

  /** Ascending. */
  get all(): readonly Micros[] {
    return this.#moments
  }

  save(): Memory {
    return { traded: this.#traded, moments: Float64Array.from(this.#moments) }
  }

  restore(memory: Memory): void {
    const { traded, moments } = memory as unknown as Saved
    this.#traded = new Map(traded)
    this.#moments = [...moments]
  }

  see(event: Recorded): void {
    if (isEvent(DatasetDeclared, event) && event.data.prices !== null)
      this.#traded.set(event.data.dataset, event.data)
    if (!isEvent(RowsArrived, event)) return
    const spec = this.#traded.get(event.data.dataset)
    if (spec === undefined) return
    for (const session of event.data.sessions) this.#add(spec, session)
    const from = (this.#moments.at(-1) ?? 0) - this.#keptMicros
    const old = this.#moments.findIndex((moment) => moment >= from)
    if (old > 0) this.#moments.splice(0, old)
  }

  #add(spec: DatasetSpec, session: number): void {
    try {
      addAscending(this.#moments, datasetSessions(spec).decides(session))
    } catch (error) {
      // Of a session at the end of a calendar nobody knows the next one: what is asked about it is read from chunks.
      if (!(error instanceof Refusal)) throw error
    }
  }
}
