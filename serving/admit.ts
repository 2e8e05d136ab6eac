/** What a new arrival may say about the past: a row that contradicts what has arrived, or comes too late, is known from now on. */
import type { Arrival } from '../commands/data/dataset.ts'
import type { Session } from '../schemas/calendar.ts'
import type { DatasetSpec } from '../schemas/events/data.ts'
import { datasetsOf } from '../schemas/events/feature.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { type Column, cellOf, type Rows, rowsAt } from '../schemas/rows.ts'
import { datasetSessions } from '../streams/calendar/dataset-sessions.ts'
import { localDays } from '../streams/calendar/sessions.ts'
import type { Markets } from '../streams/inference/market.ts'
import type { LiveModels } from '../streams/inference/ports.ts'
import { getRows } from '../streams/log/tables.ts'
import type { Platform } from './platform.ts'

type Counts = Pick<
  Arrival,
  'rowsRevised' | 'rowsLate' | 'rowsRepeated' | 'rowsEmpty' | 'rowsWithdrawn' | 'sessions' | 'inexact'
>

type Cell = ReturnType<typeof cellOf>

/** What was known of an entity at an event time; null where it was taken back. */
type Known = { cells: readonly Cell[] | null; knownAt: Micros }

/** What tells the rows of an entity apart: their event time, and the declared key. */
type RowKey = number | string

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
  readonly #counts = { rowsRevised: 0, rowsLate: 0, rowsRepeated: 0, rowsEmpty: 0, rowsWithdrawn: 0 }
  readonly #sessions = new Set<Session>()
  readonly #inexact = new Set<string>()
  /** Rows of this arrival, where one may take another back: what each says of its key, the newest last. */
  readonly #own = new Map<string, Map<RowKey, Known>>()
  #rowsOffSession = 0

  /** @param now the moment of the arrival */
  constructor(platform: Parts, spec: DatasetSpec, now: Micros) {
    this.#platform = platform
    this.#spec = spec
    this.#now = now
  }

  get counts(): Counts {
    const sessions = [...this.#sessions].sort((a, b) => a - b)
    return { ...this.#counts, sessions, inexact: [...this.#inexact].sort() }
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
    const columns = columnsIn(rows, spec)
    const keyOf = keyIn(rows, spec)
    const { ahead } = spec.rows
    const latest = rows.withdrawn === undefined ? Number.NEGATIVE_INFINITY : this.#latestKnown()
    // Most arrivals are new: then nobody looks for what was there, nor makes the key to look by.
    const isNew = earlier.size === 0 && rows.withdrawn === undefined && this.#own.size === 0
    let [time, session, isOff]: [Micros, Session, boolean] = [Number.NaN, Number.NaN, false]
    for (let row = 0; row < rows.length; row++) {
      const entity = rows.entities[rows.entity[row]]
      const key = isNew ? '' : keyOf(row)
      const own = isNew ? undefined : this.#own.get(entity)?.get(key)
      const before = isNew ? undefined : (own ?? earlier.get(entity)?.get(key))
      const isTaken = rows.withdrawn?.[row] === 1
      const isSame = isTaken
        ? before?.cells === null
        : (before?.cells?.every((cell, c) => isSameCell(cell, columns[c], row)) ?? false)
      if (isSame && before !== undefined && knownAt[row] >= before.knownAt) {
        this.#counts.rowsRepeated++
        continue
      }
      // An empty cell of a wide file is no row, and so is an empty row of a long one; but it may take a value back.
      const isEmpty = isTaken || columns.every((column) => cellIn(column, row) === null)
      if (before === undefined && isEmpty) {
        this.#counts.rowsEmpty++
        continue
      }
      kept.push(row)
      if (rows.eventTime[row] !== time) {
        time = rows.eventTime[row]
        session = sessions.of(time)
        // What is decided in a session is traded in the next one: a calendar must reach that far.
        if (spec.prices !== null) sessions.next(session)
        this.#sessions.add(session)
        isOff = days !== null && days.of(time) !== session
      }
      if (isOff) this.#rowsOffSession++
      if (!ahead) knownAt[row] = Math.max(knownAt[row], rows.eventTime[row])
      const isBelieved =
        before === undefined ||
        before === own ||
        (spec.revisions === 'declared' && knownAt[row] > before.knownAt)
      if (isTaken) this.#counts.rowsWithdrawn++
      else if (before !== undefined && before !== own) this.#counts.rowsRevised++
      else if (knownAt[row] <= decidedTo) this.#counts.rowsLate++
      // A session is decided on what is known at its very moment, so that what comes after is known after it.
      if (!isBelieved || knownAt[row] <= decidedTo)
        knownAt[row] = Math.max(knownAt[row], this.#now, decidedTo + 1)
      // What was made of a row is not made again of what came between: it is gone after all that had become known.
      if (isTaken) knownAt[row] = Math.max(knownAt[row], latest)
      if (rows.withdrawn !== undefined) {
        const cells = isTaken ? null : columns.map((column) => cellIn(column, row))
        this.#own.set(entity, (this.#own.get(entity) ?? new Map()).set(key, { cells, knownAt: knownAt[row] }))
      }
    }
    const admitted = kept.length === rows.length ? { ...rows, knownAt } : rowsAt({ ...rows, knownAt }, kept)
    for (const { name, integers, values } of admitted.columns)
      if (integers?.some((integer, row) => BigInt(Number.isNaN(values[row]) ? 0 : values[row]) !== integer))
        this.#inexact.add(name)
    return admitted
  }

  /** When the data set's newest row became known. */
  #latestKnown(): Micros {
    const { datasets } = this.#platform.folds.datasets.state()
    return datasets[this.#spec.dataset]?.knownTo ?? Number.NEGATIVE_INFINITY
  }

  /** The latest decision that rested on the data set: on its prices, its dividends and splits, or features made of it. */
  #decidedTo(): Micros {
    const { folds, markets, models } = this.#platform
    const { dataset } = this.#spec
    const { sets } = folds.features.state()
    const isRead = (traded: string): boolean =>
      models
        .trading(traded)
        .map((one) => sets[`${one.featureSet}@${one.featureVersion}`]?.spec)
        .some((set) => set !== undefined && datasetsOf(set).includes(dataset))
    return Object.values(folds.datasets.state().datasets)
      .filter(
        ({ spec }) => spec.dataset === dataset || spec.prices?.actions === dataset || isRead(spec.dataset),
      )
      .map(({ spec }) => markets.of(spec.dataset)?.closed?.decideAt ?? Number.NEGATIVE_INFINITY)
      .reduce((latest, decideAt) => Math.max(latest, decideAt), Number.NEGATIVE_INFINITY)
  }
}

/** The rows that arrived before about what the given ones are about: the same entities, at the same event times, each as it was known last. */
async function earlierFacts(
  { arrived, chunks }: Pick<Platform, 'arrived' | 'chunks'>,
  spec: DatasetSpec,
  told: Rows,
): Promise<ReadonlyMap<string, ReadonlyMap<RowKey, Known>>> {
  const known = new Map<string, Map<RowKey, Known>>()
  const moments = Float64Array.from(new Set(told.eventTime)).sort()
  let wanted: ReadonlyMap<string, ReadonlySet<Micros>> | null = null
  for (const ref of arrived.about(spec.dataset, moments)) {
    // What comes by several ways at once is about the same times, and seldom about the same rows.
    wanted ??= timesByEntity(told)
    const rows = await getRows(chunks, ref)
    const columns = columnsIn(rows, spec)
    const keyOf = keyIn(rows, spec)
    const times = rows.entities.map((entity) => wanted?.get(entity))
    for (let row = 0; row < rows.length; row++) {
      if (times[rows.entity[row]]?.has(rows.eventTime[row]) !== true) continue
      const entity = rows.entities[rows.entity[row]]
      const own = known.get(entity) ?? new Map<RowKey, Known>()
      known.set(entity, own)
      const key = keyOf(row)
      if (rows.knownAt[row] < (own.get(key)?.knownAt ?? Number.NEGATIVE_INFINITY)) continue
      const cells = rows.withdrawn?.[row] === 1 ? null : columns.map((column) => cellIn(column, row))
      own.set(key, { cells, knownAt: rows.knownAt[row] })
    }
  }
  return known
}

function timesByEntity({
  length,
  entities,
  entity,
  eventTime,
}: Rows): ReadonlyMap<string, ReadonlySet<Micros>> {
  const times = entities.map(() => new Set<Micros>())
  for (let row = 0; row < length; row++) times[entity[row]].add(eventTime[row])
  return new Map(entities.map((name, code) => [name, times[code]]))
}

type Columns = readonly (Column | undefined)[]

const columnsIn = ({ columns }: Rows, spec: DatasetSpec): Columns =>
  spec.columns.map(({ name }) => columns.find((column) => column.name === name))

const cellIn = (column: Column | undefined, row: number): Cell =>
  column === undefined ? null : cellOf(column, row)

const isSameCell = (cell: Cell, column: Column | undefined, row: number): boolean =>
  Object.is(cell, cellIn(column, row))

function keyIn(rows: Rows, { rows: { key } }: DatasetSpec): (row: number) => RowKey {
  if (key.length === 0) return (row) => rows.eventTime[row]
  const columns = key.map((name) => rows.columns.find((column) => column.name === name))
  return (row) =>
    [rows.eventTime[row], ...columns.map((column) => String(cellIn(column, row)))].join('\u0000')
}
