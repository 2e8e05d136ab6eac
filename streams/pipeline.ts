/** Drives processors along the log: each event is reacted to once, in order, and what follows is appended. */
import type {
  AppendBatch,
  Position,
  Provenance,
  Recorded,
  Revision,
  StreamName,
} from '../schemas/envelope.ts'
import { Refusal } from '../schemas/kernel/fault.ts'
import { settled } from '../schemas/kernel/settled.ts'
import { isAnswer, isForeign, isReactionOf, reactionId, speakerIn } from '../schemas/reaction.ts'
import { type Cursor, placeOf } from './cursor.ts'
import type { EventFilter, EventLog } from './log/port.ts'
import type { Expected, Processor, Reaction } from './processor.ts'
import { isPoison, Poisoned, type Quarantine } from './quarantine.ts'
import { assertValid, isInvalid, otherAnswer, type Said, Saying } from './said.ts'
import { type SnapshotStore, SnapshotTaker, startFrom } from './snapshot.ts'
import { type Raises, raisedBy, type Versions } from './versions.ts'

export type PipelineParts = Readonly<{
  log: Pick<EventLog, 'readAll' | 'head' | 'append'>
  cursor: Cursor
  /** Each event is shown to them in this order. */
  processors: readonly Processor[]
  /** Whether an answer of a processor in another pipeline is what follows. One that is not is passed over. */
  believes?: (event: Recorded) => boolean | Promise<boolean>
  /** All that these processors handle or say; every event unless it is given. */
  types?: readonly string[]
  /** Where it is kept what the processors know; nowhere unless it is given. */
  snapshots?: SnapshotStore | null
  /** What the log says of versions; of a log in which nobody can sign, nothing. */
  versions?: Versions | null
  /** Told before a processor takes in an event, and null once it has: for whoever watches it. */
  onTask?: (task: Readonly<{ processor: string; cause: Position; at: Position }> | null) => void
  /** Where answers are slow to make, each is appended before the next is begun. Else those of a page share a commit. */
  oneByOne?: boolean
}>

export class Pipeline {
  readonly #log: PipelineParts['log']
  readonly #cursor: Cursor
  readonly #processors: readonly Processor[]
  readonly #believes: NonNullable<PipelineParts['believes']>
  readonly #filter: EventFilter
  readonly #oneByOne: boolean
  readonly #onTask: NonNullable<PipelineParts['onTask']>
  readonly #snapshots: SnapshotStore | null
  readonly #versions: Versions | null
  #raises: Raises = new Map()
  readonly #taker: SnapshotTaker
  /** The last revision of each stream that was seen or written to. */
  readonly #revisions = new Map<StreamName, Revision>()
  readonly #said = new Saying()
  #position: Position = 0
  #reactFrom: Position | null = null
  #quarantine: Quarantine | null = null
  #confirmed: Position = 0
  /** Whether the latest drain came to its end: what it left behind is all that the log leads to. */
  #isIdle = false
  /** The first answer of another pipeline that is not what follows. */
  #disbelieved: Position = Number.POSITIVE_INFINITY
  /** The latest drain: the next one waits for it, and fails as it failed. */
  #drained: Promise<Position> = Promise.resolve(0)
  /** Those who wait for a position to be passed. */
  #waiting: { position: Position; resolve: () => void; reject: (error: unknown) => void }[] = []

  constructor(parts: PipelineParts) {
    this.#log = parts.log
    this.#cursor = parts.cursor
    this.#processors = parts.processors
    this.#believes = parts.believes ?? (() => true)
    this.#oneByOne = parts.oneByOne ?? false
    this.#onTask = parts.onTask ?? (() => undefined)
    this.#snapshots = parts.snapshots ?? null
    this.#versions = parts.versions ?? null
    this.#taker = new SnapshotTaker(parts.processors, this.#snapshots)
    this.#filter = parts.types === undefined ? {} : { types: parts.types }
  }

  /**
   * Works until nothing new follows. Events up to the saved cursor are only taken in, the first time.
   *
   * Reactions are appended in the order of their causes, those of one page of the log together, so that they share a
   * commit. The log that comes of it is the same wherever a page ends, and however often the work was broken off.
   *
   * An answer that the log has already must be the one that follows: what was written in a processor's name stops the
   * pipeline before anything rests on it.
   *
   * After a failure every later call fails with it: processors may remember what the log does not have. A new pipeline
   * goes on where the cursor was saved last.
   */
  drain(onEvent: (event: Recorded) => void = () => {}): Promise<Position> {
    const drained = this.#drained.then(() => this.#drain(onEvent))
    drained.catch((error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    })
    this.#drained = drained
    return drained
  }

  /** Resolves when all up to a position has been seen; rejects as the drain that failed before. */
  async passed(position: Position): Promise<void> {
    if (this.#position >= position) return
    // What failed before says so at once.
    const failed = this.#drained.then(() => new Promise<never>(() => {}))
    const seen = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ position, resolve, reject })
    })
    await Promise.race([seen, failed])
  }

  /** All up to here has been taken in. */
  get position(): Position {
    return this.#position
  }

  /** Every answer up to here is what its processor says. */
  get confirmed(): Position {
    return this.#confirmed
  }

  async #drain(onEvent: (event: Recorded) => void): Promise<Position> {
    this.#isIdle = false
    if (this.#quarantine === null) await this.#begin()
    for (;;) {
      const { position: head } = await this.#log.head()
      if (this.#position === head) break
      const appends: Promise<void>[] = []
      try {
        await this.#readTo(head, { appends, onEvent })
      } finally {
        // Whoever begins anew finds in the log what was on its way there.
        await Promise.allSettled(appends)
      }
      await settled(appends)
      this.#passes(head)
    }
    this.#said.assertOver()
    await this.#confirm()
    await this.#rest()
    this.#isIdle = true
    return this.#position
  }

  /** Takes up what the newest snapshot that is of use says, and finds where to go on. */
  async #begin(): Promise<void> {
    this.#reactFrom = await placeOf(this.#cursor, this.#log, (event) => this.#isReaction(event))
    this.#raises = await raisedBy(this.#processors, this.#versions, this.#reactFrom)
    const parts = { log: this.#log, processors: this.#processors, snapshots: this.#snapshots }
    const { position, revisions, quarantine } = await startFrom(parts, this.#reactFrom)
    for (const [stream, revision] of revisions) this.#revisions.set(stream, revision)
    this.#taker.at = position
    this.#quarantine = quarantine
    this.#passes(position)
  }

  async #confirm(): Promise<void> {
    const confirmed = Math.min(this.#position, this.#disbelieved - 1)
    if (confirmed !== this.#confirmed) await this.#cursor.save(confirmed)
    this.#confirmed = confirmed
  }

  /** Takes a snapshot where one is due, unless an answer is on its way, or one of another lane was passed over. */
  async #rest(isStop = false): Promise<void> {
    const position = this.#position
    if (!this.#taker.isDue(position, isStop) || !this.#said.isOver || this.#disbelieved <= position) return
    if (position > (this.#reactFrom ?? 0)) await this.#confirm()
    await this.#cursor.flush?.()
    this.#taker.take({ position, revisions: this.#revisions, aside: this.#quarantine?.aside ?? new Set() })
  }

  /** A clean stop: of work that is under way nothing is kept. */
  async stop(): Promise<void> {
    if (this.#isIdle) await this.#rest(true)
    await this.#snapshots?.kept()
  }

  async #readTo(
    head: Position,
    { appends, onEvent }: { appends: Promise<void>[]; onEvent: (event: Recorded) => void },
  ): Promise<void> {
    const filter = { ...this.#filter, positionAtMost: head }
    for await (const batch of this.#log.readAll(this.#position + 1, filter)) {
      this.expect(batch.filter(({ position }) => position > (this.#reactFrom ?? 0)))
      for (const event of batch) {
        if (this.#isReaction(event)) await this.#hold(event, appends)
        this.#revisions.set(event.stream, Math.max(event.revision, this.#revisions.get(event.stream) ?? 0))
        if (await this.#isSound(event)) await this.#visit(event, appends)
        if (this.#oneByOne) await settled(appends.splice(0))
        if (this.#quarantine?.isNews(event)) this.#taker.cease()
        this.#passes(event.position)
        onEvent(event)
      }
      await this.#rest()
    }
  }

  /** Tells the processors of what is likely to come. */
  expect(events: readonly Expected[]): void {
    for (const { handles, expect } of this.#processors)
      if (expect !== undefined) for (const event of events) if (handles.includes(event.type)) expect(event)
  }

  #isReaction({ commandId }: Recorded): boolean {
    return this.#processors.some(({ name }) => isReactionOf(name, commandId))
  }

  /** What stands in a processor's name is shown to nobody before it is known to be what that processor says. */
  async #hold(event: Recorded, appends: Promise<void>[]): Promise<void> {
    if (appends.length > 0) await settled(appends.splice(0))
    if (!this.#isAnswered(speakerIn(event.commandId), event.position)) this.#said.heard(event)
  }

  /** Whether what a processor says of the events up to a position is known to stand in the log. */
  #isAnswered(processor: string, at: Position): boolean {
    return at <= (this.#reactFrom ?? 0) || at < (this.#raises.get(processor)?.from ?? 0)
  }

  #passes(position: Position): void {
    this.#position = position
    if (this.#waiting.length === 0) return
    for (const { resolve } of this.#waiting.filter((one) => one.position <= position)) resolve()
    this.#waiting = this.#waiting.filter((one) => one.position > position)
  }

  async #isSound(event: Recorded): Promise<boolean> {
    if (isForeign(event)) return false
    if (this.#isReaction(event) || !isAnswer(event)) return true
    const isBelieved = await this.#believes(event)
    if (!isBelieved) this.#disbelieved = Math.min(this.#disbelieved, event.position)
    return isBelieved
  }

  async #visit(event: Recorded, appends: Promise<void>[]): Promise<void> {
    if (!this.#taker.meets(event)) return
    for (const processor of this.#processors) {
      const taken = (await this.#quarantine?.taken(processor, event)) ?? null
      if (taken === null) continue
      for (const [index, reaction] of (await this.#reactions(processor, taken, event.position)).entries()) {
        const commandId = reactionId(processor.name, taken.position, index)
        const said = this.#said.add(commandId, reaction)
        const append = this.#append(said, {
          commandId,
          actor: `asof:${processor.name}`,
          correlationId: event.correlationId,
          causationId: event.id,
        }).catch((error) => {
          throw isInvalid(error)
            ? new Poisoned(processor.name, { event: taken, at: event.position }, error)
            : error
        })
        // It is awaited at the end of the page; until then a failure must not count as unhandled.
        append.catch(() => undefined)
        appends.push(append)
      }
    }
  }

  /** What a processor says of an event; one that fails midway has said nothing. */
  async #reactions(processor: Processor, taken: Recorded, at: Position): Promise<readonly Reaction[]> {
    const reactions: Reaction[] = []
    const isAnswered = this.#isAnswered(processor.name, at)
    this.#onTask({ processor: processor.name, cause: taken.position, at })
    try {
      await processor.take(taken, isAnswered ? null : (reaction) => reactions.push(reaction))
      // Of several, none is appended unless all can be.
      if (reactions.length > 1) for (const { events } of reactions) assertValid(events)
    } catch (error) {
      throw isPoison(error) ? new Poisoned(processor.name, { event: taken, at }, error) : error
    } finally {
      this.#onTask(null)
    }
    return reactions
  }

  async #append(said: Said, provenance: Provenance): Promise<void> {
    const { stream, events } = said
    let expected = this.#revisions.get(stream) ?? 0
    for (;;) {
      this.#revisions.set(stream, expected + events.length)
      const appended = await this.#appended({ stream, expected, events, ...provenance })
      if (appended.ok) {
        said.repeated = appended.value.repeated
        return
      }
      expected = appended.error.actual
    }
  }

  async #appended(batch: AppendBatch): ReturnType<EventLog['append']> {
    try {
      return await this.#log.append(batch, 'written')
    } catch (error) {
      const spent = error instanceof Refusal && error.fault.code === 'log.command-reused'
      throw spent ? otherAnswer(batch.commandId, error.message) : error
    }
  }
}
