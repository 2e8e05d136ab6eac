/** Turns arrivals of facts into feature values, each with the moment at which it became known. */
import { assert } from '../../schemas/kernel/assert.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { Sessions } from '../calendar/sessions.ts'
import { appendFirst } from './appending.ts'
import { applyFacts, dirtyRows, rowsOfFacts, rowsOfSource } from './changes.ts'
import type { CompiledSet } from './definition.ts'
import { computeRows, type Ways, waysOf } from './demand.ts'
import { type FactId, Facts } from './facts.ts'
import { type Around, Kept } from './kept.ts'
import { byMoment, isAllAbove, orderedBy, rowNumbers } from './order.ts'
import { Panel } from './panel.ts'
import { besideRemoved, lastRowsOf, type Removed } from './removed.ts'
import { retoldRows, TellingLog } from './retold.ts'
import { gapRule } from './runs.ts'
import type { Series } from './series.ts'
import { NO_SPANS, type Spans, union } from './spans.ts'
import type { Tail } from './tail.ts'
import { Telling } from './telling.ts'
import { Timeline } from './timeline.ts'

/** An arrival on its way through the engine. */
type Passage = Readonly<{
  firstNew: FactId
  /** Whether facts that became known later had arrived before. */
  late: boolean
  /** Whether a row is taken back on the way; and which are gone, where later moments are gone through again. */
  takesBack: boolean
  lost: Removed[]
  /** Takes the values; null where only the state is wanted. */
  telling: Telling | null
  /** Rows that were appended and not yet computed, from a row of their series on. */
  appended: Map<Series, number>
}>

/**
 * The engine of one feature set. What it knows is a function of the arrivals alone, and a value a function of the facts in
 * its window as they were known: streamed, back-filled, rebuilt or shuffled, it has the same bits.
 *
 * It keeps every fact, or a tail of them: see `keepTail`.
 */
export class FeatureEngine {
  readonly #set: CompiledSet
  readonly #facts: Facts
  readonly #panel: Panel
  readonly #timeline: Timeline
  readonly #log = new TellingLog()
  readonly #kept: Kept
  readonly #ways: Ways

  /** @param sessions those of the set's data: they say how far apart two rows are */
  constructor(set: CompiledSet, sessions: Pick<Sessions, 'find' | 'count'>) {
    const { program } = set
    const isGap = gapRule(set.maxGapSessions, sessions)
    this.#set = set
    this.#panel = new Panel({ ...program, columns: program.reads.length, isGap })
    this.#facts = new Facts(set, this.#panel)
    this.#ways = waysOf(program)
    this.#timeline = new Timeline(this.#facts, this.#panel)
    const parts = { facts: this.#facts, panel: this.#panel, timeline: this.#timeline, told: this.#log }
    this.#kept = new Kept({ ...parts, program, isGap })
  }

  /**
   * Takes an arrival, its rows in log order, and returns every value that is new or changed by it, in the order
   * (knownAt, eventTime, entity). `knownAt` has the set's lag added. An engine that keeps a tail must reach the arrival.
   * @param source which data set the arrival is of: 0 for the set's own, then those that are joined
   * @throws Refusal `feature.column-missing`
   */
  arrive(rows: Rows, source = 0): Rows {
    assert(this.reaches(rows), 'an arrival is in reach of what is kept')
    const telling = new Telling(this.#set, this.#facts, this.#panel)
    this.#take(rows, source, telling)
    this.#kept.letGo()
    return telling.rows()
  }

  /**
   * The same change of state without computing a value. Absorb each arrival by itself, in log order. An engine that keeps a tail
   * must be able to.
   */
  absorb(rows: Rows, source = 0): void {
    if (this.reaches(rows)) this.#take(rows, source, null)
    else this.#takeInPart(rows, null)
    this.#kept.letGo()
  }

  /** Absorbs an arrival that is not in reach, and returns what follows from the part of it that is. */
  arriveInPart(rows: Rows): Rows {
    const telling = new Telling(this.#set, this.#facts, this.#panel)
    this.#takeInPart(rows, telling)
    this.#kept.letGo()
    return telling.rows()
  }

  #takeInPart(rows: Rows, telling: Telling | null): void {
    assert(this.canAbsorb(rows), 'after an arrival, what is kept is enough')
    const isRecent = this.isRecent(rows)
    const near = isRecent ? this.#kept.withinHorizon(rows) : null
    if (near !== null && near.length > 0) this.#take(near, 0, telling)
    const from = this.#facts.length
    this.#facts.add(isRecent ? this.beyondHorizon(rows) : rows)
    this.#kept.absorb(from)
  }

  /**
   * Keeps from now on what the longest window needs after a horizon that follows the rows, and what became known of it lately. An
   * arrival beyond that is not in reach: an engine that absorbed all arrivals before it says what follows.
   */
  keepTail(tail: Tail): void {
    this.#kept.limit(tail)
    this.#kept.letGo()
  }

  /** Whether what is kept is enough to say what follows from an arrival. */
  reaches(rows: Rows): boolean {
    return this.#kept.reaches(rows)
  }

  /** Whether the way back to when each row of an arrival became known is kept. */
  isRecent(rows: Rows): boolean {
    return this.#kept.isRecent(rows)
  }

  /** The rows of an arrival that are about event times before the horizon. */
  beyondHorizon(rows: Rows): Rows {
    return this.#kept.beyondHorizon(rows)
  }

  /** Whether facts around an event time can be enough to say what changes there. */
  get isLocal(): boolean {
    return this.#kept.isLocal
  }

  /** Whether values of one entity depend on others. */
  get crosses(): boolean {
    return this.#set.program.crosses
  }

  /** Whether all that it knows lies before an arrival: in event time, and in when it became known. */
  isBefore(rows: Rows): boolean {
    const [{ lastKnown }, { lastTime }] = [this.#timeline, this.#panel]
    return rows.knownAt.every((known) => known > lastKnown) && rows.eventTime.every((time) => time > lastTime)
  }

  /** How many values it computes for a row, those of sub-expressions and the columns themselves among them. */
  get slots(): number {
    return this.#set.program.slots
  }

  get horizon(): Micros {
    return this.#kept.horizon
  }

  /** How far back from the horizon it usually keeps rows. */
  get width(): Micros {
    return this.#kept.width
  }

  /** Whether it was told of all that these rows change or depend on, having been told of the event times `from` to `to` alone. */
  isEnoughFor(rows: Rows, span: Around & Readonly<{ of: FeatureEngine }>): boolean {
    return this.#kept.isEnoughFor(rows, { ...span, of: span.of.#kept })
  }

  /** Whether what is kept is enough to go on after an arrival; if not, an engine must be made from all arrivals. */
  canAbsorb(rows: Rows): boolean {
    return this.reaches(rows) || this.#kept.canAbsorb(rows)
  }

  /** The facts that are kept and what they show. Computed values are none of it: they are computed again where they are needed. */
  save(): Memory {
    const [panel, facts, kept] = [this.#panel.save(), this.#facts.save(), this.#kept.save()]
    return { panel, facts, kept, timeline: this.#timeline.save(), told: this.#log.save() }
  }

  restore(memory: Memory): void {
    const { panel, facts, kept, timeline, told } = memory as { readonly [part: string]: Memory }
    // Memories of before there were tails bear the same version: whoever has one folds the log instead.
    assert(kept !== undefined, 'a memory says what was kept')
    this.#panel.restore(panel)
    this.#facts.restore(facts)
    this.#facts.restoreRows(panel)
    this.#timeline.restore(timeline)
    this.#log.restore(told, this.#panel)
    this.#kept.restore(kept)
  }

  #take(rows: Rows, source: number, telling: Telling | null): void {
    const firstNew = this.#facts.length
    this.#facts.add(rows, source)
    const arrived = orderedBy(this.#facts.knownAt, this.#unknown(firstNew))
    if (arrived.length === 0) return
    const undone = this.#timeline.rewind(this.#facts.knownAt[arrived[0]])
    const { withdrawn } = this.#facts
    const takesBack = undone.some((id) => withdrawn[id] === 1) || arrived.some((id) => withdrawn[id] === 1)
    const passage = { firstNew, late: undone.length > 0, takesBack, lost: [], telling, appended: new Map() }
    const first = undone.length > 0 ? 0 : this.#append(arrived, passage)
    const rest = arrived.subarray(first)
    for (const moment of byMoment(this.#facts.knownAt, undone, rest)) this.#reach(moment, passage)
    this.#tellAppended(passage)
    for (const id of arrived) this.#facts.fresh[id] = 0
  }

  /**
   * The new facts that may matter. Of those for one cell and moment the last counts; it may repeat what was known
   * already. Only a moment that was reached before can hold such repetitions from outside the arrival.
   */
  #unknown(firstNew: FactId): Uint32Array {
    const [facts, { lastKnown }] = [this.#facts, this.#timeline]
    const { time, knownAt } = facts
    const ids = rowNumbers(firstNew, facts.length)
    if (isAllAbove(knownAt.subarray(firstNew, facts.length), lastKnown)) return ids
    const seen = new Set<string>()
    const matters = (id: FactId): boolean => {
      if (knownAt[id] > lastKnown) return true
      const cell = `${facts.seriesOf(id).id} ${time[id]} ${knownAt[id]}`
      if (seen.has(cell)) return false
      seen.add(cell)
      return !facts.isRepeated(id)
    }
    return ids.reverse().filter(matters).reverse()
  }

  /** Reaches the moment at which these facts became known. */
  #reach(ids: readonly FactId[], passage: Passage): void {
    const { firstNew, late, lost } = passage
    const moment = this.#facts.knownAt[ids[0]]
    const isToldAgain = lost.length > 0 || (late && this.#log.has(moment))
    if (!isToldAgain && this.#append(Uint32Array.from(ids), passage) > 0) return
    this.#tellAppended(passage)
    const changes = applyFacts(ids, { facts: this.#facts, panel: this.#panel, firstNew })
    this.#timeline.push(changes.applied)
    const { program } = this.#set
    if (late && passage.takesBack) passage.lost.push(...changes.absent)
    const gone = late ? passage.lost.filter(({ series, time }) => series.rowAt(time) < 0) : changes.removed
    const inserted = union([changes.inserted, besideRemoved(gone, this.#panel, this.#set)])
    const dirty = union([dirtyRows({ ...changes, inserted }, program, this.#panel), lastRowsOf(gone)])
    this.#forget(ids)
    for (const { series, time } of gone) {
      if (series.source > 0) continue
      this.#log.recordGone(series, time, moment)
      passage.telling?.withdraw(series, time, moment)
    }
    if (late) {
      const old = ids.filter((id) => id < firstNew)
      const before = rowsOfSource(rowsOfFacts(old, this.#facts), 0)
      const told = union([dirty, before, this.#log.at(moment)])
      this.#tell(this.#retold(told, changes.settled, passage), moment, passage)
    } else this.#tell(dirty, moment, passage)
  }

  /**
   * The usual case: rows that come after all others. No row that is there changes, so the values of a whole run of such moments are
   * computed at once.
   * @returns how many facts were appended: those of the first moments
   */
  #append(ids: Uint32Array, { appended, firstNew }: Passage): number {
    const [{ crosses }, facts] = [this.#set.program, this.#facts]
    const { length, rows } = appendFirst(ids, { facts, panel: this.#panel, crosses })
    for (const [series, from] of rows) if (!appended.has(series)) appended.set(series, from)
    for (let at = 0; at < length; at++) facts.fresh[ids[at]] = ids[at] >= firstNew ? 1 : 0
    this.#timeline.push(ids.subarray(0, length))
    return length
  }

  #tellAppended(passage: Passage): void {
    const rows = new Map<Series, readonly number[]>()
    for (const [series, from] of passage.appended) rows.set(series, [from, series.length])
    passage.appended.clear()
    if (rows.size === 0) return
    this.#tell(passage.late ? this.#retold(rows, NO_SPANS, passage) : rows, null, passage)
  }

  /** What rests on a row that is gone is not to be seen any more: all is told again then. */
  #retold(rows: Spans, settled: Spans, { takesBack }: Passage): Spans {
    if (takesBack) return rows
    return retoldRows(rows, settled, { facts: this.#facts, panel: this.#panel, program: this.#set.program })
  }

  #tell(rows: Spans, moment: Micros | null, { telling }: Passage): void {
    if (rows.size === 0) return
    if (moment !== null) this.#log.record(rows, moment)
    if (telling === null) return
    const [{ program }, panel, ways] = [this.#set, this.#panel, this.#ways]
    telling.reserve(rows)
    computeRows(rows, { panel, program, ways, each: (part) => telling.add(part, moment) })
  }

  /** Computed values that may hold one of these facts are forgotten. */
  #forget(ids: readonly FactId[]): void {
    const facts = this.#facts
    const { time } = facts
    const first = ids.reduce((least, id) => Math.min(least, time[id]), Number.POSITIVE_INFINITY)
    const isAll = this.#set.program.crosses || this.#set.program.sources > 1
    const touched = isAll ? this.#panel.series : new Set(ids.map((id) => facts.seriesOf(id)))
    this.#panel.forgetFrom(first, touched)
  }
}
