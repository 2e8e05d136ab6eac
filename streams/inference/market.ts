/** The traded data sets, live: their sessions, and what each name earned in the session that was closed last. */
import type { Session } from '../../schemas/calendar.ts'
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived, SessionClosed } from '../../schemas/events/data.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { addAscending } from '../../schemas/kernel/ascending.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type DatasetSessions, datasetSessions } from '../calendar/dataset-sessions.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { getRows } from '../log/tables.ts'
import { Hindsight } from '../portfolio/hindsight.ts'
import { Marks, type SessionMarks } from '../portfolio/marks.ts'
import { priceFacts } from '../portfolio/price-rows.ts'
import type { Processor } from '../processor.ts'
import type { LiveModels } from './ports.ts'

/** A traded data set as far as its sessions were closed. */
export interface Market {
  readonly sessions: DatasetSessions
  /** The sessions with rows, ascending. */
  /** Ascending. */
  readonly withRows: readonly Session[]
  /** The last session with rows when its first model came into force: those after it are closed. Undefined before that. */
  readonly servedAfter: Session | undefined
  /** The last one closed; undefined before the first. */
  readonly closed: Readonly<{ session: Session; decideAt: Micros }> | undefined
  /** Entities by their places in `marks`. */
  readonly entities: readonly string[]
  readonly marks: SessionMarks | undefined
  /** The latest sessions with each price in its own, from the first one closed on. */
  readonly hindsight: Hindsight | undefined
  /** The place of an entity, a new one where it has none: it has features and never had a price. */
  placeOf(entity: string): number
}

export interface Markets {
  /** Undefined for a data set that declares no prices. */
  of(dataset: string): Market | undefined
}

type Waiting = { ref: ChunkRef; what: 'prices' | 'actions' }

type Saved = Readonly<{
  spec: DatasetSpec
  entities: readonly string[]
  marks: Memory
  arrived: Float64Array
  waiting: Waiting[]
  servedAfter: Session | null
  closed: LiveMarket['closed'] | null
  latest: SessionMarks | null
  hindsight: Memory
}>

class LiveMarket implements Market {
  readonly sessions: DatasetSessions
  readonly #spec: DatasetSpec
  readonly #marks: Marks
  /** Tables that no session has seen, of prices and of actions, in log order. */
  #waiting: Waiting[] = []
  readonly #withRows: Session[] = []
  servedAfter: Session | undefined
  closed: { session: Session; decideAt: Micros } | undefined
  marks: SessionMarks | undefined
  hindsight: Hindsight | undefined

  constructor(spec: DatasetSpec, rule: NonNullable<DatasetSpec['prices']>) {
    this.#spec = spec
    this.sessions = datasetSessions(spec)
    this.#marks = new Marks(rule)
  }

  save(): Memory {
    return {
      spec: this.#spec,
      entities: this.entities,
      marks: this.#marks.save(),
      arrived: Float64Array.from(this.#withRows),
      waiting: this.#waiting,
      servedAfter: this.servedAfter ?? null,
      closed: this.closed ?? null,
      latest: this.marks ?? null,
      hindsight: this.hindsight?.save() ?? null,
    }
  }

  restore(saved: Saved): void {
    for (const entity of saved.entities) this.placeOf(entity)
    this.#marks.restore(saved.marks)
    for (const session of saved.arrived) addAscending(this.#withRows, session)
    this.#waiting = saved.waiting
    this.servedAfter = saved.servedAfter ?? undefined
    this.closed = saved.closed ?? undefined
    this.marks = saved.latest ?? undefined
    if (saved.hindsight !== null) this.hindsight = Hindsight.from(saved.hindsight, this.#marks)
  }

  get withRows(): readonly Session[] {
    return this.#withRows
  }

  get entities(): readonly string[] {
    return this.#marks.entities
  }

  placeOf(entity: string): number {
    return this.#marks.placeOf(entity)
  }

  arrive(refs: readonly ChunkRef[], what: 'prices' | 'actions', sessions: readonly Session[]): void {
    this.#waiting.push(...refs.map((ref) => ({ ref, what })))
    if (what === 'actions') return
    for (const session of sessions) addAscending(this.#withRows, session)
  }

  /** Steps to a session. The first one goes through all sessions with rows before it, as a backtest does. */
  async close(session: Session, decideAt: Micros, chunks: ChunkStore): Promise<void> {
    const { prices } = this.#spec
    if (prices === null) return
    const sessionOf = this.sessions.find
    for (const { ref, what } of this.#waiting)
      for (const fact of priceFacts(await getRows(chunks, ref), prices, { what, sessionOf }))
        this.#marks.learn(fact)
    this.#waiting = []
    if (this.closed === undefined)
      for (const before of this.sessions.spine(this.withRows[0] ?? session, session - 1, this.withRows))
        this.#marks.step(before, this.sessions.decides(before))
    this.hindsight ??= new Hindsight(this.#marks, session - 1)
    const facts = this.#marks.take(session, decideAt)
    this.marks = this.#marks.advance(session, facts)
    const closedIn = (place: number): Session => this.#marks.closedIn(place)
    this.hindsight.close({ facts, marks: this.marks, closedIn })
    this.closed = { session, decideAt }
  }
}

/** Follows the traded data sets. It says nothing; it is shown each event before whoever reads from it. */
export function liveMarkets({
  chunks,
  models,
}: Readonly<{ chunks: ChunkStore; models: LiveModels }>): Processor & Markets {
  const markets = new Map<string, LiveMarket>()
  /** The traded data sets whose dividends and splits arrive in another. */
  const actionsOf = new Map<string, LiveMarket[]>()

  const open = (spec: DatasetSpec): LiveMarket | null => {
    const { dataset, prices } = spec
    if (prices === null || markets.has(dataset)) return null
    const market = new LiveMarket(spec, prices)
    markets.set(dataset, market)
    if (prices.actions !== '')
      actionsOf.set(prices.actions, [...(actionsOf.get(prices.actions) ?? []), market])
    return market
  }

  const see = async (event: Recorded): Promise<void> => {
    if (isEvent(DatasetDeclared, event)) open(event.data)
    if (isEvent(RowsArrived, event)) {
      const { dataset, sessions } = event.data
      markets.get(dataset)?.arrive(event.chunks, 'prices', sessions)
      for (const market of actionsOf.get(dataset) ?? []) market.arrive(event.chunks, 'actions', sessions)
    }
    if (isEvent(Promoted, event)) {
      const live = models.inForce(event.data.model)
      const market = live?.promotion === event.position ? markets.get(live.dataset) : undefined
      if (market !== undefined) market.servedAfter ??= market.withRows.at(-1) ?? Number.NEGATIVE_INFINITY
    }
    if (isEvent(SessionClosed, event)) {
      const { dataset, session, decideAt } = event.data
      await markets.get(dataset)?.close(session, decideAt, chunks)
    }
  }

  return {
    name: 'market',
    version: 1,
    save: () => [...markets.values()].map((market) => market.save()),
    restore(memory) {
      for (const saved of memory as unknown as readonly Saved[]) open(saved.spec)?.restore(saved)
    },
    handles: [DatasetDeclared.type, RowsArrived.type, Promoted.type, SessionClosed.type],
    take: see,
    of: (dataset) => markets.get(dataset),
  }
}
