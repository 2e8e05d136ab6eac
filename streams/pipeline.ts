/** Drives processors along the log: each event is reacted to once, in order, and what follows is appended. */
import type { AppendBatch, CommandId, Position, Recorded, Revision, StreamName } from '../schemas/envelope.ts'
import { Refusal, refuse } from '../schemas/kernel/fault.ts'
import { causeOf, isForeign, isReactionOf, reactionId } from '../schemas/reaction.ts'
import { difference } from './difference.ts'
import { eventIdOf } from './log/event-id.ts'
import type { Appended, EventLog } from './log/port.ts'
import type { Processor, Reaction } from './processor.ts'

/** Where the pipeline has got to. Losing it costs time, never facts: a reaction that is made again writes nothing. */
export interface Cursor {
  load(): Position
  save(position: Position): void
}

type NumberedReaction = Reaction & { index: number }

export class Pipeline {
  readonly #log: EventLog
  readonly #cursor: Cursor
  readonly #processors: readonly Processor[]
  /** The last revision of each stream that was seen or written to. */
  readonly #revisions = new Map<StreamName, Revision>()
  /** The command ids of what was said and has not come back from the log. */
  readonly #said = new Set<CommandId>()
  #position: Position = 0
  #reactFrom: Position | null = null
  /** The latest drain: the next one waits for it, and fails as it failed. */
  #drained: Promise<Position> = Promise.resolve(0)

  /** @param parts.processors are shown each event in this order */
  constructor(parts: { log: EventLog; cursor: Cursor; processors: readonly Processor[] }) {
    this.#log = parts.log
    this.#cursor = parts.cursor
    this.#processors = parts.processors
  }

  /**
   * Works until nothing new follows. Events up to the saved cursor are only absorbed, the first time.
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
    this.#drained = this.#drained.then(() => this.#drain(onEvent))
    return this.#drained
  }

  async #drain(onEvent: (event: Recorded) => void): Promise<Position> {
    this.#reactFrom ??= await this.#saved()
    for (;;) {
      const before = this.#position
      const appends: Promise<void>[] = []
      for await (const batch of this.#log.readAll(this.#position + 1)) {
        for (const event of batch) {
          if (this.#isReaction(event)) await this.#own(event, appends)
          this.#revisions.set(event.stream, Math.max(event.revision, this.#revisions.get(event.stream) ?? 0))
          appends.push(...(await this.#visit(event)))
          this.#position = event.position
          onEvent(event)
        }
      }
      await settled(appends)
      if (this.#position === before) break
    }
    this.#cursor.save(this.#position)
    return this.#position
  }

  /** The saved cursor. One beyond the head is of another log, or of one that was restored: everything is reacted to. */
  async #saved(): Promise<Position> {
    const saved = this.#cursor.load()
    return saved <= (await this.#log.head()).position ? saved : 0
  }

  #isReaction({ commandId }: Recorded): boolean {
    return this.#processors.some(({ name }) => isReactionOf(name, commandId))
  }

  /** What stands in a processor's name is shown to nobody before it is known to be what that processor says. */
  async #own({ commandId, position, id }: Recorded, appends: Promise<void>[]): Promise<void> {
    if (appends.length > 0) await settled(appends.splice(0))
    if (position <= (this.#reactFrom ?? 0)) return
    if (id === eventIdOf(commandId, 0) && !this.#said.delete(commandId)) {
      const [processor] = commandId.split('/')
      throw otherAnswer(processor, causeOf(commandId), `nothing leads to event ${position}`)
    }
  }

  async #visit(event: Recorded): Promise<Promise<void>[]> {
    const appends: Promise<void>[] = []
    if (isForeign(event)) return appends
    for (const processor of this.#processors) {
      if (!processor.handles.includes(event.type)) continue
      if (event.position <= (this.#reactFrom ?? 0)) {
        await processor.absorb(event)
        continue
      }
      const reactions = await processor.react(event)
      for (const [index, reaction] of reactions.entries()) {
        this.#said.add(reactionId(processor.name, event.position, index))
        const append = this.#append(processor, event, { ...reaction, index })
        // It is awaited at the end of the page; until then a failure must not count as unhandled.
        append.catch(() => undefined)
        appends.push(append)
      }
    }
    return appends
  }

  async #append(processor: Processor, cause: Recorded, reaction: NumberedReaction): Promise<void> {
    const { stream, events, index } = reaction
    let expected = this.#revisions.get(stream) ?? 0
    for (;;) {
      this.#revisions.set(stream, expected + events.length)
      const appended = await this.#appended({
        stream,
        expected,
        commandId: reactionId(processor.name, cause.position, index),
        actor: `asof:${processor.name}`,
        correlationId: cause.correlationId,
        causationId: cause.id,
        events,
      })
      if (appended.ok) {
        if (appended.value.repeated) await this.#compare(processor, cause, reaction, appended.value)
        return
      }
      expected = appended.error.actual
    }
  }

  async #appended(batch: AppendBatch): ReturnType<EventLog['append']> {
    try {
      return await this.#log.append(batch)
    } catch (error) {
      if (!(error instanceof Refusal) || error.fault.code !== 'log.command-reused') throw error
      const [processor] = batch.commandId.split('/')
      throw otherAnswer(processor, causeOf(batch.commandId), error.message)
    }
  }

  /** The log has an answer already: this one, from before a restart, or one that was written in the processor's name. */
  async #compare(
    processor: Processor,
    cause: Recorded,
    { stream, events, index }: NumberedReaction,
    { revision }: Appended,
  ): Promise<void> {
    const commandId = reactionId(processor.name, cause.position, index)
    const found: Recorded[] = []
    for await (const batch of this.#log.readStream(stream, Math.max(1, revision - events.length + 1)))
      found.push(...batch.filter((event) => event.revision <= revision))
    for (const [i, again] of events.entries()) {
      const event = found[i]
      const its = event?.id === eventIdOf(commandId, i)
      const detail = its ? difference(event, again, stream) : `${events.length} events follow`
      if (detail !== null) throw otherAnswer(processor.name, cause.position, detail)
    }
  }
}

const otherAnswer = (processor: string, cause: Position, detail: string): Refusal =>
  refuse('pipeline.other-answer', { processor, cause, detail })

/** Waits for all of them, and then fails as the first that failed. */
async function settled(appends: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(appends)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
