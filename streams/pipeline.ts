/** Drives processors along the log: each event is reacted to once, in order, and what follows is appended. */
import type { Position, Recorded, Revision, StreamName } from '../schemas/envelope.ts'
import type { EventLog } from './log/port.ts'
import { type Processor, type Reaction, reactionId } from './processor.ts'

/** Where the pipeline has got to. Losing it costs time, never facts: a reaction that is made again writes nothing. */
export interface Cursor {
  load(): Position
  save(position: Position): void
}

export class Pipeline {
  readonly #log: EventLog
  readonly #cursor: Cursor
  readonly #processors: readonly Processor[]
  /** The last revision of each stream that was seen or written to. */
  readonly #revisions = new Map<StreamName, Revision>()
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
          this.#revisions.set(event.stream, Math.max(event.revision, this.#revisions.get(event.stream) ?? 0))
          appends.push(...(await this.#visit(event)))
          this.#position = event.position
          onEvent(event)
        }
      }
      const outcomes = await Promise.allSettled(appends)
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
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

  async #visit(event: Recorded): Promise<Promise<void>[]> {
    const appends: Promise<void>[] = []
    for (const processor of this.#processors) {
      if (!processor.handles.includes(event.type)) continue
      if (event.position <= (this.#reactFrom ?? 0)) {
        await processor.absorb(event)
        continue
      }
      const reactions = await processor.react(event)
      for (const [index, reaction] of reactions.entries()) {
        const append = this.#append(processor, event, { ...reaction, index })
        // It is awaited at the end of the page; until then a failure must not count as unhandled.
        append.catch(() => undefined)
        appends.push(append)
      }
    }
    return appends
  }

  async #append(
    processor: Processor,
    cause: Recorded,
    reaction: Reaction & { index: number },
  ): Promise<void> {
    const { stream, events, index } = reaction
    let expected = this.#revisions.get(stream) ?? 0
    for (;;) {
      this.#revisions.set(stream, expected + events.length)
      const appended = await this.#log.append({
        stream,
        expected,
        commandId: reactionId(processor.name, cause, index),
        actor: `asof:${processor.name}`,
        correlationId: cause.correlationId,
        causationId: cause.id,
        events,
      })
      if (appended.ok) return
      expected = appended.error.actual
    }
  }
}
