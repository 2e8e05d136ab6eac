/** Drives processors along the log: each event is reacted to once, in order, and what follows is appended. */
import type {
  AppendBatch,
  CommandId,
  Draft,
  Position,
  Provenance,
  Recorded,
  Revision,
  StreamName,
} from '../schemas/envelope.ts'
import { Refusal, refuse } from '../schemas/kernel/fault.ts'
import { causeOf, isAnswer, isForeign, isReactionOf, reactionId } from '../schemas/reaction.ts'
import { REGISTRY } from '../schemas/registry.ts'
import { type Cursor, placeOf } from './cursor.ts'
import { difference } from './difference.ts'
import type { EventFilter, EventLog } from './log/port.ts'
import type { Processor, Reaction } from './processor.ts'
import { isPoison, Poisoned, Quarantine } from './quarantine.ts'

/** What was said, and how much of it has come back from the log; `repeated` where the log had an answer before. */
type Said = Reaction & { back: number; repeated: boolean }

export type PipelineParts = Readonly<{
  log: Pick<EventLog, 'readAll' | 'head' | 'append'>
  cursor: Cursor
  /** Each event is shown to them in this order. */
  processors: readonly Processor[]
  /** Whether an answer of a processor in another pipeline is what follows. One that is not is passed over. */
  believes?: (event: Recorded) => boolean | Promise<boolean>
  /** All that these processors handle or say; every event unless it is given. */
  types?: readonly string[]
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
  /** The last revision of each stream that was seen or written to. */
  readonly #revisions = new Map<StreamName, Revision>()
  /** What was said and has not all come back from the log, by command id. */
  readonly #said = new Map<CommandId, Said>()
  #position: Position = 0
  #reactFrom: Position | null = null
  #quarantine: Quarantine | null = null
  #confirmed: Position = 0
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
    this.#reactFrom ??= await placeOf(this.#cursor, this.#log, (event) => this.#isReaction(event))
    this.#quarantine ??= await Quarantine.read(this.#log)
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
    const [unanswered] = this.#said
    if (unanswered !== undefined)
      throw otherAnswer(
        unanswered[0],
        `it has ${unanswered[1].back} of ${unanswered[1].events.length} events`,
      )
    const confirmed = Math.min(this.#position, this.#disbelieved - 1)
    if (confirmed !== this.#confirmed) await this.#cursor.save(confirmed)
    this.#confirmed = confirmed
    return this.#position
  }

  async #readTo(
    head: Position,
    { appends, onEvent }: { appends: Promise<void>[]; onEvent: (event: Recorded) => void },
  ): Promise<void> {
    const filter = { ...this.#filter, positionAtMost: head }
    for await (const batch of this.#log.readAll(this.#position + 1, filter)) {
      for (const event of batch) {
        if (this.#isReaction(event)) await this.#hold(event, appends)
        this.#revisions.set(event.stream, Math.max(event.revision, this.#revisions.get(event.stream) ?? 0))
        if (await this.#isSound(event)) await this.#visit(event, appends)
        if (this.#oneByOne) await settled(appends.splice(0))
        this.#passes(event.position)
        onEvent(event)
      }
    }
  }

  #isReaction({ commandId }: Recorded): boolean {
    return this.#processors.some(({ name }) => isReactionOf(name, commandId))
  }

  /** What stands in a processor's name is shown to nobody before it is known to be what that processor says. */
  async #hold(event: Recorded, appends: Promise<void>[]): Promise<void> {
    if (appends.length > 0) await settled(appends.splice(0))
    const { commandId, position } = event
    if (position <= (this.#reactFrom ?? 0)) return
    const said = this.#said.get(commandId)
    if (said === undefined) throw otherAnswer(commandId, `nothing leads to event ${position}`)
    const other = said.repeated ? difference(event, said.events[said.back], said.stream) : null
    if (other !== null) throw otherAnswer(commandId, `of event ${position}, ${other}`)
    said.back++
    if (said.back === said.events.length) this.#said.delete(commandId)
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
    for (const processor of this.#processors) {
      const taken = (await this.#quarantine?.taken(processor, event)) ?? null
      if (taken === null) continue
      for (const [index, reaction] of (await this.#reactions(processor, taken, event.position)).entries()) {
        const commandId = reactionId(processor.name, taken.position, index)
        const said = { ...reaction, back: 0, repeated: false }
        this.#said.set(commandId, said)
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
    const isAnswered = at <= (this.#reactFrom ?? 0)
    try {
      await processor.take(taken, isAnswered ? null : (reaction) => reactions.push(reaction))
      // Of several, none is appended unless all can be.
      if (reactions.length > 1) for (const { events } of reactions) assertValid(events)
    } catch (error) {
      throw isPoison(error) ? new Poisoned(processor.name, { event: taken, at }, error) : error
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
      return await this.#log.append(batch)
    } catch (error) {
      const spent = error instanceof Refusal && error.fault.code === 'log.command-reused'
      throw spent ? otherAnswer(batch.commandId, error.message) : error
    }
  }
}

const isInvalid = (error: unknown): boolean =>
  error instanceof Refusal && error.fault.code === 'event.invalid'

function assertValid(events: readonly Draft[]): void {
  for (const { type, data } of events) REGISTRY.get(type)?.data.parse(data)
}

function otherAnswer(commandId: CommandId, detail: string): Refusal {
  const [processor] = commandId.split('/')
  return refuse('pipeline.other-answer', { processor, cause: causeOf(commandId), detail })
}

/** Waits for all of them, and then fails as the first that failed. */
async function settled(appends: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(appends)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
