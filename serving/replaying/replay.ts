/** Replay: everything derived in a range is made again from what it was derived from, and its bytes compared. */
import { setImmediate } from 'node:timers/promises'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isForeign, reactionId, speakerIn, speakerOf } from '../../schemas/reaction.ts'
import { earliestCause } from '../../streams/cursor.ts'
import { difference } from '../../streams/difference.ts'
import type { LogReader } from '../../streams/log/port.ts'
import type { Processor, Reaction } from '../../streams/processor.ts'
import { Quarantine } from '../../streams/quarantine.ts'
import type { Raises } from '../../streams/versions.ts'

export type Difference = Readonly<{
  position: Position
  type: string
  stream: string
  /** `missing`: it should follow and does not stand in the log; `extra`: it stands there and does not follow. */
  kind: 'different' | 'missing' | 'extra'
  detail: string
}>

export type ReplayReport = Readonly<{
  from: Position
  to: Position
  compared: Readonly<Record<string, number>>
  equal: Readonly<Record<string, number>>
  /** Not compared: an older version of their processor said them, and they were confirmed when its version was raised. */
  saidByOlder: Readonly<Record<string, number>>
  /** The first that differs, in log order. */
  first: Difference | null
  differences: number
}>

type Range = Readonly<{
  from: Position
  to: Position
  /** What the log says of versions, as `raisesIn` reads it; every answer is compared unless it is given. */
  raises?: Raises
  /** Ends it between two events. */
  signal?: AbortSignal
}>
/** The whole of a log that is written meanwhile, up to a position that is told once it is known. */
type WholeRange = Omit<Range, 'from' | 'to'> & Readonly<{ from: 1; to: Promise<Position> }>

/** Whoever would end it is heard after so many events. */
const HEARS_EVERY = 16

/**
 * Runs fresh processors along the log. Before the range they only take in; in it what they say is compared
 * with what the log has under the same command id: type, times, chunk hashes and the Avro bytes of the data.
 * @throws Refusal `moment.beyond-head`, `replay.backwards`, and what its signal ends it with
 * @param processors newly made, writing to a chunk store of their own or to the same one: a chunk is its hash
 */
export async function replay(
  log: LogReader,
  processors: readonly Processor[],
  range: Range | WholeRange,
  onProgress: (position: Position) => void = () => {},
): Promise<ReplayReport> {
  const names = new Set(processors.map(({ name }) => name))
  // What one of these processors alone says is theirs, whoever wrote it.
  const derived = ({ type, commandId }: Recorded) =>
    names.has(speakerOf(type) ?? '') || names.has(speakerIn(commandId))
  const comparison = new Comparison()
  const isOlder = (processor: string, position: Position): boolean =>
    position < (range.raises?.get(processor)?.from ?? 0)
  const quarantine = await Quarantine.read(log, processors)
  const reactFrom = isWhole(range) ? 1 : await reactsFrom(log, range, derived)
  for await (const event of isWhole(range) ? eventsAsWritten(log, range.to) : eventsOf(log, 1, range.to)) {
    if (range.signal !== undefined && event.position % HEARS_EVERY === 0) {
      await setImmediate()
      range.signal.throwIfAborted()
    }
    const isCounted = event.position >= range.from
    const isBefore = !isForeign(event) && isOlder(speakerIn(event.commandId), event.position)
    if (derived(event) && isBefore) comparison.foundOlder(event, isCounted)
    else if (derived(event)) comparison.found(event, isCounted)
    if (isForeign(event)) continue
    for (const processor of processors) {
      const again = isCounted ? await processor.again?.(event) : null
      if (again != null) comparison.made(event, again)
      const taken = await quarantine.taken(processor, event)
      if (taken === null) continue
      if (event.position < reactFrom || isOlder(processor.name, event.position)) {
        await processor.take(taken, null)
        continue
      }
      let index = 0
      await processor.take(taken, (reaction) => {
        comparison.expect(reactionId(processor.name, taken.position, index++), reaction, event)
      })
    }
    if (event.position % 500 === 0) onProgress(event.position)
  }
  const to = await range.to
  // What a cause near the end of the range led to may stand beyond it.
  for await (const event of eventsOf(log, to + 1, Number.MAX_SAFE_INTEGER)) {
    if (!comparison.awaits()) break
    if (derived(event)) comparison.found(event, false)
  }
  return comparison.report({ from: range.from, to })
}

const isWhole = (range: Range | WholeRange): range is WholeRange => typeof range.to !== 'number'

/** Where what is in a range may have its first cause. */
async function reactsFrom(
  log: LogReader,
  { from, to }: Range,
  derived: (event: Recorded) => boolean,
): Promise<Position> {
  await assertReached(log, to)
  if (from > to) throw refuse('replay.backwards', { from, to })
  return Math.min(from, await earliestCause(log, { after: from - 1, to }, derived))
}

/** What lanes came to, each by itself, as one report. */
export function joined(reports: readonly ReplayReport[]): ReplayReport {
  const sums = (of: (report: ReplayReport) => Readonly<Record<string, number>>) => {
    const sum: Record<string, number> = {}
    for (const report of reports)
      for (const [type, count] of Object.entries(of(report))) sum[type] = (sum[type] ?? 0) + count
    return sum
  }
  const [{ from, to }] = reports
  const [first = null] = reports
    .flatMap((report) => (report.first === null ? [] : [report.first]))
    .sort((a, b) => a.position - b.position)
  const differences = reports.reduce((sum, report) => sum + report.differences, 0)
  return {
    from,
    to,
    compared: sums((one) => one.compared),
    equal: sums((one) => one.equal),
    saidByOlder: sums((one) => one.saidByOlder),
    first,
    differences,
  }
}

/** How far all that stands in the log is what follows from what stands before it. */
export async function derivedUpTo(
  log: LogReader,
  processors: readonly Processor[],
  raises: Raises,
): Promise<Position> {
  const { position: to } = await log.head()
  if (to === 0) return 0
  const { first } = await replay(log, processors, { from: 1, to, raises })
  return first === null ? to : first.position - 1
}

/** A range with nothing in it would come out equal, and be taken for a proof. @throws Refusal `moment.beyond-head` */
async function assertReached(log: LogReader, to: Position): Promise<void> {
  const { position: head } = await log.head()
  if (to > head) throw refuse('moment.beyond-head', { position: to, head })
}

async function* eventsOf(log: LogReader, from: Position, to: Position): AsyncIterable<Recorded> {
  for await (const batch of log.readAll(from)) {
    for (const event of batch) {
      if (event.position > to) return
      yield event
    }
  }
}

async function* eventsAsWritten(log: LogReader, to: Promise<Position>): AsyncIterable<Recorded> {
  let last = Number.POSITIVE_INFINITY
  const known = to.then(async (position) => {
    await assertReached(log, position)
    last = position
  })
  // It is told to whoever waits for the next event.
  known.catch(() => undefined)
  const batches = log.subscribe(1)[Symbol.asyncIterator]()
  try {
    for (let position = 0; position < last; ) {
      const next = batches.next()
      // Once the end is known, whatever stands before it comes.
      await Promise.race([next, known])
      if (position >= last) return
      const { value, done } = await next
      if (done === true) throw refuse('log.closed')
      for (const event of value) {
        if (event.position > last) return
        yield event
        ;({ position } = event)
      }
    }
  } finally {
    await batches.return?.()
  }
}

type Expected = Readonly<{ reaction: Reaction; cause: Recorded }>

class Comparison {
  readonly #expected = new Map<string, Expected>()
  /** How many events of each batch have been met. */
  readonly #met = new Map<string, number>()
  readonly #compared: Record<string, number> = {}
  readonly #equal: Record<string, number> = {}
  readonly #saidByOlder: Record<string, number> = {}
  readonly #differences: Difference[] = []

  expect(commandId: string, reaction: Reaction, cause: Recorded): void {
    this.#expected.set(commandId, { reaction, cause })
  }

  awaits(): boolean {
    return [...this.#expected.keys()].some((commandId) => !this.#met.has(commandId))
  }

  foundOlder({ type }: Recorded, isCounted: boolean): void {
    if (isCounted) this.#saidByOlder[type] = (this.#saidByOlder[type] ?? 0) + 1
  }

  found(event: Recorded, compare: boolean): void {
    const place = this.#met.get(event.commandId) ?? 0
    this.#met.set(event.commandId, place + 1)
    if (!compare) return
    this.#compared[event.type] = (this.#compared[event.type] ?? 0) + 1
    const expected = this.#expected.get(event.commandId)?.reaction
    const again = expected?.events[place]
    const { position, type, stream } = event
    if (expected === undefined || again === undefined) {
      this.#differences.push({
        position,
        type,
        stream,
        kind: 'extra',
        detail: 'nothing in the log leads to it',
      })
      return
    }
    const detail = difference(event, again, expected.stream)
    if (detail === null) this.#equal[type] = (this.#equal[type] ?? 0) + 1
    else this.#differences.push({ position, type, stream, kind: 'different', detail })
  }

  /** What an event says that somebody else said, made again. */
  made(event: Recorded, { stream, events: [again] }: Reaction): void {
    const { type, position } = event
    this.#compared[type] = (this.#compared[type] ?? 0) + 1
    const detail = difference(event, again, stream)
    if (detail === null) this.#equal[type] = (this.#equal[type] ?? 0) + 1
    else this.#differences.push({ position, type, stream: event.stream, kind: 'different', detail })
  }

  report({ from, to }: Pick<Range, 'from' | 'to'>): ReplayReport {
    for (const [commandId, { reaction, cause }] of this.#expected) {
      if ((this.#met.get(commandId) ?? 0) >= reaction.events.length || cause.position < from) continue
      const { position } = cause
      const [{ type }] = reaction.events
      const detail = `event ${position} (${cause.type}) leads to it`
      this.#differences.push({ position, type, stream: reaction.stream, kind: 'missing', detail })
    }
    const inOrder = this.#differences.sort((a, b) => a.position - b.position)
    const [first = null] = inOrder
    const [compared, equal, saidByOlder] = [this.#compared, this.#equal, this.#saidByOlder]
    return { from, to, compared, equal, saidByOlder, first, differences: inOrder.length }
  }
}
