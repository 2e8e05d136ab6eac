/** What an engine keeps of the histories: which arrivals it can take with that, and what it lets go. */
import type { Memory } from '../../schemas/kernel/memory.ts'
import { firstAbove } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Rows, rowsWhere } from '../../schemas/rows.ts'
import { applyFacts } from './changes.ts'
import { type FactId, type Facts, NO_FACT } from './facts.ts'
import { rowNumbers } from './order.ts'
import type { Panel } from './panel.ts'
import type { Program } from './program.ts'
import type { TellingLog } from './retold.ts'
import type { IsGap } from './runs.ts'
import type { Series } from './series.ts'
import { firstRows, horizonOf, JOINED_TAIL_MICROS, type Tail } from './tail.ts'
import type { Timeline } from './timeline.ts'

type Parts = Readonly<{
  program: Program
  isGap: IsGap | null
  facts: Facts
  panel: Panel
  timeline: Timeline
  told: TellingLog
}>

type Saved = Readonly<{
  horizon: Micros
  isShut: boolean
  due: number
  droppedTo: Float64Array
  beganAt: Float64Array
}>

/** What an arrival's old rows are looked at with: facts of some event times. */
export type Around = Readonly<{ from: Micros; to: Micros; later: ReadonlySet<string> }>

export class Kept {
  readonly #parts: Parts
  /** Null where all is kept. */
  #tail: Tail | null = null
  /** All about event times from here on is at hand. All before it became known by the timeline's floor. */
  #horizon: Micros = Number.NEGATIVE_INFINITY
  /** Whether what was told at the very floor is not known any more. */
  #isShut = false
  /** How many facts there are when the horizon moves. */
  #due = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Keeps a tail alone from now on. */
  limit(tail: Tail): void {
    const isJoined = this.#parts.program.sources > 1
    this.#tail = isJoined ? { ...tail, micros: Math.max(tail.micros, JOINED_TAIL_MICROS) } : tail
    this.#due = Math.max(this.#due, tail.facts)
  }

  save(): Memory {
    const { series } = this.#parts.panel
    return {
      horizon: this.#horizon,
      isShut: this.#isShut,
      due: this.#due,
      droppedTo: Float64Array.from(series, (one) => one.droppedTo),
      beganAt: Float64Array.from(series, (one) => one.beganAt),
    }
  }

  restore(memory: Memory): void {
    const { horizon, isShut, due, droppedTo, beganAt } = memory as unknown as Saved
    this.#horizon = horizon
    this.#isShut = isShut
    this.#due = due
    for (const [place, series] of this.#parts.panel.series.entries()) {
      series.droppedTo = droppedTo[place]
      series.beganAt = beganAt[place]
    }
  }

  get horizon(): Micros {
    return this.#horizon
  }

  /** Whether all that an arrival changes, and depends on, is kept. */
  reaches(rows: Rows): boolean {
    return rows.eventTime.every((time) => time >= this.#horizon) && this.isRecent(rows)
  }

  /** Whether the way back to when each row became known is kept. */
  isRecent({ knownAt }: Rows): boolean {
    const { floor } = this.#parts.timeline
    return knownAt.every((known) => known > floor || (known === floor && !this.#isShut))
  }

  /** The rows of an arrival that are about event times of which not all is at hand. */
  beyondHorizon(rows: Rows): Rows {
    return rowsWhere(rows, (row) => rows.eventTime[row] < this.#horizon)
  }

  withinHorizon(rows: Rows): Rows {
    return rowsWhere(rows, (row) => rows.eventTime[row] >= this.#horizon)
  }

  /** The usual time from the first row that is kept to the horizon. */
  get width(): Micros {
    const first = this.#parts.panel
      .of(0)
      .flatMap(({ length, time }) => (length > 0 && time[0] < this.#horizon ? [this.#horizon - time[0]] : []))
    return Float64Array.from(first).sort()[first.length >>> 1] ?? 0
  }

  /** Whether facts around an event time can be enough to say what changes there: windows are counted in rows of one data set alone. */
  get isLocal(): boolean {
    const { sources, lookbackMicros } = this.#parts.program
    return sources === 1 && lookbackMicros === 0
  }

  /**
   * Whether these facts, all there are from one event time to another, are all that the rows change or depend on.
   * @param of what an engine keeps that was told of every arrival
   * @param later the entities of which the arrival has more rows than these, later ones
   */
  isEnoughFor(rows: Rows, { from, to, of, later }: Around & Readonly<{ of: Kept }>): boolean {
    const { panel, program } = this.#parts
    const told = lastTimes(rows)
    const earliest = rows.eventTime.reduce((a, b) => Math.min(a, b))
    const isWhole = ({ name }: Series): boolean => (of.#parts.panel.find(name)?.beganAt ?? from) >= from
    const isOver = (name: string): boolean => {
      const own = of.#parts.panel.find(name)
      return !later.has(name) && (own === undefined || Math.max(own.lastTime, own.droppedTo) < to)
    }
    const needed = firstRows(panel, { ...this.#parts, horizon: earliest })
    for (const [series, row] of needed.rows) {
      const isRead = told.has(series.name) || series.lastTime >= needed.from
      if (row === 0 && isRead && !isWhole(series)) return false
    }
    for (const name of told.keys())
      if (panel.find(name) === undefined && (of.#parts.panel.find(name) !== undefined || later.has(name)))
        return false
    let changedTo = Number.NEGATIVE_INFINITY
    for (let step = 0; step <= program.crossesWithin; step++) {
      let reach = changedTo
      for (const series of panel.series) {
        const time = step === 0 ? told.get(series.name) : changedTo
        if (time === undefined) continue
        const last = firstAbove(series.time, time, series.length) + program.lookbackRows
        if (last < series.length) reach = Math.max(reach, series.time[last])
        else if (isOver(series.name)) reach = Math.max(reach, time, series.lastTime)
        else return false
      }
      changedTo = reach
    }
    return true
  }

  /**
   * Whether what is kept is enough after an arrival that it does not reach. It is not where a row comes between what was let go and
   * what was kept: a window may now hold both.
   */
  canAbsorb(rows: Rows): boolean {
    const { panel, program } = this.#parts
    if (program.sources > 1) return false
    const isEnough = (series: Series | undefined, time: Micros): boolean => {
      if (time >= this.#horizon || time <= (series?.droppedTo ?? Number.NEGATIVE_INFINITY)) return true
      if (program.crossesWithin > 0) return series !== undefined && series.rowAt(time) >= 0
      if (series === undefined || series.droppedTo === Number.NEGATIVE_INFINITY) return true
      return series.length > 0 && time >= series.time[0]
    }
    const own = rows.entities.map((name) => panel.find(name))
    for (let row = 0; row < rows.length; row++)
      if (!isEnough(own[rows.entity[row]], rows.eventTime[row])) return false
    return true
  }

  /** Has the newest of these facts, and of what was known, show. The way back to what was known before them is given up. */
  absorb(from: FactId): void {
    const { facts, panel, timeline, told } = this.#parts
    const floor = facts.knownAt
      .subarray(from, facts.length)
      .reduce((a, b) => Math.max(a, b), timeline.lastKnown)
    const newest = new Map<Series, Map<Micros, FactId>>()
    for (const id of rowNumbers(from, facts.length)) {
      const series = facts.seriesOf(id)
      const time = facts.time[id]
      if (time <= series.droppedTo) continue
      const own = newest.get(series) ?? new Map<Micros, FactId>()
      newest.set(series, own)
      const shown = own.get(time) ?? factAt(series, time)
      if (shown === NO_FACT || facts.knownAt[shown] <= facts.knownAt[id]) own.set(time, id)
    }
    const ids = [...newest.values()].flatMap((own) => [...own.values()])
    applyFacts(ids, { facts, panel, firstNew: Number.POSITIVE_INFINITY })
    const first = ids.reduce((least, id) => Math.min(least, facts.time[id]), Number.POSITIVE_INFINITY)
    panel.forgetFrom(first, panel.series)
    timeline.forgetBefore(floor)
    told.forgetBefore(floor)
    this.#isShut = true
  }

  /** Moves the horizon where that is due, and lets go what lies behind it. Between two arrivals. */
  letGo(): void {
    const { facts, panel } = this.#parts
    if (this.#tail === null || facts.length < this.#due) return
    const horizon = Math.max(this.#horizon, horizonOf(panel, this.#tail))
    if (horizon > Number.NEGATIVE_INFINITY) this.#moveTo(horizon)
    this.#due = facts.length + Math.max(this.#tail.facts, facts.length >>> 3)
  }

  #moveTo(horizon: Micros): void {
    const { facts, panel, timeline, told } = this.#parts
    let { floor } = timeline
    for (const series of panel.series) {
      const end = series.lowerBound(horizon)
      for (let row = 0; row < end; row++) floor = Math.max(floor, facts.knownAt[series.fact[row]])
    }
    for (const [series, row] of firstRows(panel, { ...this.#parts, horizon }).rows) series.dropFirst(row)
    this.#horizon = horizon
    this.#isShut &&= floor === timeline.floor
    timeline.forgetBefore(floor)
    told.forgetBefore(floor)
    const place = facts.keep(this.#reachable(floor))
    timeline.renumber(place)
    for (const { fact, length } of panel.series)
      for (let row = 0; row < length; row++) fact[row] = place[fact[row]]
  }

  /** The facts that a row shows, or showed since the floor. */
  #reachable(floor: Micros): Uint8Array {
    const { facts, panel } = this.#parts
    const isKept = new Uint8Array(facts.length)
    for (const { fact, length } of panel.series)
      for (let row = 0; row < length; row++) {
        let id = fact[row]
        for (; id !== NO_FACT && facts.knownAt[id] > floor; id = facts.superseded[id]) isKept[id] = 1
        if (id === NO_FACT) continue
        isKept[id] = 1
        facts.superseded[id] = NO_FACT
      }
    return isKept
  }
}

/** The last event time that is told of each entity. */
function lastTimes({ entities, entity, eventTime, length }: Rows): ReadonlyMap<string, Micros> {
  const last = new Map<string, Micros>()
  for (let row = 0; row < length; row++) {
    const name = entities[entity[row]]
    last.set(name, Math.max(eventTime[row], last.get(name) ?? Number.NEGATIVE_INFINITY))
  }
  return last
}

function factAt(series: Series, time: Micros): FactId {
  const row = series.rowAt(time)
  return row < 0 ? NO_FACT : series.fact[row]
}
