/** What a new arrival may say about the past: a row that contradicts what has arrived, or comes too late, is known from now on. */
import type { Arrival } from '../commands/data/dataset.ts'
import type { Session } from '../schemas/calendar.ts'
import type { DatasetSpec } from '../schemas/events/data.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../schemas/rows.ts'
import { datasetSessions } from '../streams/calendar/dataset-sessions.ts'
import { localDays } from '../streams/calendar/sessions.ts'
import type { Markets } from '../streams/inference/market.ts'
import type { LiveModels } from '../streams/inference/ports.ts'
import { getRows } from '../streams/log/tables.ts'
import type { Platform } from './platform.ts'

type Counts = Pick<Arrival, 'rowsRevised' | 'rowsLate' | 'rowsRepeated' | 'rowsEmpty' | 'sessions'>

/** What was known of an entity at an event time. */
type Known = { values: readonly number[]; knownAt: Micros }

type Parts = Pick<Platform, 'folds' | 'chunks' | 'arrived'> &
  Readonly<{ markets: Pick<Markets, 'of'>; models: Pick<LiveModels, 'trading'> }>

/**
 * Admits the tables of one arrival, one by one. A row that says what had arrived, or nothing at all, is left out. One that contradicts it is known
 * from the arrival on, or from when the vendor declares, where the data set believes that and it is later than what it
 * contradicts. Nothing becomes known earlier than its own event, nor, in a data set that models trade or have features of, by
 * the decision moment of a session that was closed.
 */
export class Admission {
  readonly #platform: Parts
  readonly #spec: DatasetSpec
  readonly #now: Micros
  readonly #counts = { rowsRevised: 0, rowsLate: 0, rowsRepeated: 0, rowsEmpty: 0 }
  readonly #sessions = new Set<Session>()
  #rowsOffSession = 0

  /** @param now the moment of the arrival */
  constructor(platform: Parts, spec: DatasetSpec, now: Micros) {
    this.#platform = platform
    this.#spec = spec
    this.#now = now
  }

  get counts(): Counts {
    return { ...this.#counts, sessions: [...this.#sessions].sort((a, b) => a - b) }
  }

  /** Rows that were taken though their local day is no session of the calendar: they are of the next one. */
  get rowsOffSession(): number {
    return this.#rowsOffSession
  }

  /** @throws Refusal `calendar.outside` for a table with a row that its calendar does not cover */
  async admit(rows: Rows): Promise<Rows> {
    const spec = this.#spec
    const decidedTo = this.#decidedTo()
    const earlier = await earlierFacts(this.#platform, spec, rows)
    const sessions = datasetSessions(spec)
    const days = spec.calendar === null ? null : localDays(spec.calendar.zone)
    const knownAt = Float64Array.from(rows.knownAt)
    const kept: number[] = []
    const columns = spec.columns.map(({ name }) => columnOf(rows, name))
    for (let row = 0; row < rows.length; row++) {
      const before = earlier.get(rows.entities[rows.entity[row]])?.get(rows.eventTime[row])
      const isSame =
        before?.values.every((value, c) => Object.is(value, columns[c]?.[row] ?? Number.NaN)) ?? false
      if (isSame && before !== undefined && knownAt[row] >= before.knownAt) {
        this.#counts.rowsRepeated++
        continue
      }
      // An empty cell of a wide file is no row, and so is an empty row of a long one; but it may take a value back.
      if (before === undefined && columns.every((column) => Number.isNaN(column?.[row] ?? Number.NaN))) {
        this.#counts.rowsEmpty++
        continue
      }
      kept.push(row)
      const session = sessions.of(rows.eventTime[row])
      // What is decided in a session is traded in the next one: a calendar must reach that far.
      if (spec.prices !== null) sessions.next(session)
      this.#sessions.add(session)
      if (days !== null && days.of(rows.eventTime[row]) !== session) this.#rowsOffSession++
      knownAt[row] = Math.max(knownAt[row], rows.eventTime[row])
      const isBelieved =
        before === undefined || (spec.revisions === 'declared' && knownAt[row] > before.knownAt)
      if (before !== undefined) this.#counts.rowsRevised++
      else if (knownAt[row] <= decidedTo) this.#counts.rowsLate++
      // A session is decided on what is known at its very moment, so that what comes after is known after it.
      if (!isBelieved || knownAt[row] <= decidedTo)
        knownAt[row] = Math.max(knownAt[row], this.#now, decidedTo + 1)
    }
    return taken({ ...rows, knownAt }, kept)
  }

  /** The latest decision that rested on the data set: on its prices, its dividends and splits, or features made of it. */
  #decidedTo(): Micros {
    const { folds, markets, models } = this.#platform
    const { dataset } = this.#spec
    const { sets } = folds.features.state()
    const isRead = (traded: string): boolean =>
      models
        .trading(traded)
        .some((one) => sets[`${one.featureSet}@${one.featureVersion}`]?.spec.dataset === dataset)
    return Object.values(folds.datasets.state().datasets)
      .filter(
        ({ spec }) => spec.dataset === dataset || spec.prices?.actions === dataset || isRead(spec.dataset),
      )
      .map(({ spec }) => markets.of(spec.dataset)?.closed?.decideAt ?? Number.NEGATIVE_INFINITY)
      .reduce((latest, decideAt) => Math.max(latest, decideAt), Number.NEGATIVE_INFINITY)
  }
}

/** The rows that arrived before about the same event times, each as it was known last. */
async function earlierFacts(
  { arrived, chunks }: Pick<Platform, 'arrived' | 'chunks'>,
  { dataset, columns }: DatasetSpec,
  { eventTime }: Rows,
): Promise<ReadonlyMap<string, ReadonlyMap<Micros, Known>>> {
  const known = new Map<string, Map<Micros, Known>>()
  const wanted = new Set(eventTime)
  const times = Float64Array.from(wanted).sort()
  for (const ref of arrived.about(dataset, times)) {
    const rows = await getRows(chunks, ref)
    const values = columns.map(({ name }) => columnOf(rows, name))
    for (let row = 0; row < rows.length; row++) {
      const at = rows.eventTime[row]
      if (!wanted.has(at)) continue
      const entity = rows.entities[rows.entity[row]]
      const own = known.get(entity) ?? new Map<Micros, Known>()
      known.set(entity, own)
      if (rows.knownAt[row] < (own.get(at)?.knownAt ?? Number.NEGATIVE_INFINITY)) continue
      own.set(at, {
        values: values.map((column) => column?.[row] ?? Number.NaN),
        knownAt: rows.knownAt[row],
      })
    }
  }
  return known
}

/** Some rows of a table; the table itself where they are all of them. */
function taken(rows: Rows, which: readonly number[]): Rows {
  if (which.length === rows.length) return rows
  const pick = (values: Float64Array) => Float64Array.from(which, (row) => values[row])
  return {
    length: which.length,
    entities: rows.entities,
    entity: Uint32Array.from(which, (row) => rows.entity[row]),
    eventTime: pick(rows.eventTime),
    knownAt: pick(rows.knownAt),
    columns: rows.columns.map(({ name, values }) => ({ name, values: pick(values) })),
  }
}
