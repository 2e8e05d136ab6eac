/** What is remembered of the data sets' latest arrivals: enough to learn what is usual of one when a rule comes to watch it. */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import type { DataOf, EventOf } from '../../schemas/event.ts'
import type { DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import type { AlertRuleSpec, Check, Finding } from '../../schemas/events/monitor.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import { MICROS_PER_SECOND, type Micros } from '../../schemas/kernel/time.ts'
import { joinRows, type Rows } from '../../schemas/rows.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { getRows } from '../log/tables.ts'
import { arrivalFigures, delay, type Figures, MOST_SESSIONS } from './arrival-figures.ts'
import { overdue, silence } from './freshness.ts'
import { type Learned, learn } from './unusual.ts'

/** As many as the longest history of a rule, and the one that is looked at. */
const MOST_ARRIVALS = 251

const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND

type Arrival = Readonly<{
  position: Position
  gap: number
  /** Minutes from its latest event until it was known. */
  minutes: number
  counts: DataOf<typeof RowsArrived>
  chunks: readonly ChunkRef[]
}>
type Feed = { latest: Position; knownAt: Micros; arrivals: Arrival[] }

/** Those that are told by the rows themselves, which are read for no other. */
const BY_ROWS: readonly Check[] = ['missing', 'range', 'duplicate']

export class Feeds {
  readonly #chunks: ChunkStore
  readonly #specOf: (dataset: string) => DatasetSpec | undefined
  readonly #feeds = new Map<string, Feed>()
  #now: Micros = Number.NEGATIVE_INFINITY

  constructor(chunks: ChunkStore, specOf: (dataset: string) => DatasetSpec | undefined) {
    this.#chunks = chunks
    this.#specOf = specOf
  }

  names = (): Iterable<string> => this.#feeds.keys()

  /** Time never goes back. */
  passes(now: Micros): void {
    this.#now = Math.max(this.#now, now)
  }

  /** @returns whether it is to be looked at: a back-fill says nothing of how a vendor usually writes */
  arrived({ data, position, eventTime, knownAt, chunks }: EventOf<typeof RowsArrived>): boolean {
    const { dataset } = data
    const feed = this.#feeds.get(dataset)
    const spec = this.#specOf(dataset)
    const isBackfill = data.sessions.length > MOST_SESSIONS
    const gap = feed === undefined || spec === undefined ? Number.NaN : silence(spec, feed.knownAt, knownAt)
    const known = Math.max(feed?.knownAt ?? knownAt, knownAt)
    // What arrives of an earlier time is no sign of life.
    const isNewer = feed === undefined || knownAt > feed.knownAt
    const minutes = (knownAt - eventTime) / MICROS_PER_MINUTE
    const arrival = { position, gap: isNewer ? gap : Number.NaN, minutes, counts: data, chunks }
    const arrivals = [...(feed?.arrivals ?? []), ...(isBackfill ? [] : [arrival])].slice(-MOST_ARRIVALS)
    this.#feeds.set(dataset, { latest: position, knownAt: known, arrivals })
    return !isBackfill
  }

  latestPosition = (dataset: string): Position => this.#feeds.get(dataset)?.latest ?? 0

  /** Positions of the latest arrivals, that tell how long it is silent. */
  positions = (dataset: string, history: number): readonly Position[] =>
    (this.#feeds.get(dataset)?.arrivals ?? []).slice(-history).map(({ position }) => position)

  overdue(dataset: string, history: number, now: Micros = this.#now): Finding | null {
    const feed = this.#feeds.get(dataset)
    const spec = this.#specOf(dataset)
    if (feed === undefined || spec === undefined) return null
    return overdue(spec, feed.arrivals.slice(-history), silence(spec, feed.knownAt, now))
  }

  /** The figures of the latest arrival; null where that is not the one at this position. */
  async latest(dataset: string, position: Position, rule: AlertRuleSpec): Promise<Figures | null> {
    const arrivals = this.#feeds.get(dataset)?.arrivals ?? []
    const [before = null, own] = arrivals.length < 2 ? [null, ...arrivals] : arrivals.slice(-2)
    return own?.position === position ? this.#figures(own, before, rule) : null
  }

  /** What is usual of each figure, told by the arrivals before the latest, of which nobody knows whether they were good. */
  async learned(dataset: string, rule: AlertRuleSpec): Promise<Map<string, Learned>> {
    const learned = new Map<string, Learned>()
    const { history } = rule
    const arrivals = this.#feeds.get(dataset)?.arrivals.slice(0, -1).slice(-history) ?? []
    for (const [at, arrival] of arrivals.entries()) {
      const figures = await this.#figures(arrival, arrivals[at - 1] ?? null, rule)
      // How late arrivals were is learned from the declaration on: earlier snapshots do not know it.
      const all = rule.checks.flatMap((check) => (check === 'latency' ? [] : (figures[check] ?? [])))
      for (const figure of all) learn(learned, figure, { history, position: arrival.position })
    }
    return learned
  }

  async #figures(arrival: Arrival, before: Arrival | null, rule: AlertRuleSpec): Promise<Figures> {
    const { counts, chunks, minutes } = arrival
    const isByRows = rule.checks.some((check) => BY_ROWS.includes(check))
    const isCompared = before !== null && rule.checks.includes('duplicate')
    const rows = isByRows ? await this.#rows(chunks) : null
    const others = isByRows && isCompared ? await this.#rows(before.chunks) : null
    return { latency: [delay(minutes)], ...arrivalFigures(counts, rows, others) }
  }

  async #rows(chunks: readonly ChunkRef[]): Promise<Rows | null> {
    const tables: Rows[] = []
    for (const ref of chunks) tables.push(await getRows(this.#chunks, ref))
    return tables.length === 0 ? null : joinRows(tables)
  }

  save = (): Memory => ({ now: this.#now, feeds: this.#feeds }) as unknown as Memory

  restore(memory: Memory): void {
    const { now, feeds } = memory as unknown as { now: Micros; feeds: ReadonlyMap<string, Feed> }
    this.#now = now
    for (const [dataset, feed] of feeds) this.#feeds.set(dataset, feed)
  }
}
