/** Drives processors along the log: each event is reacted to once, in order, and what follows is appended. */
import type { Position, Recorded } from '../schemas/envelope.ts'
import { refuse } from '../schemas/kernel/fault.ts'
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
  #position: Position = 0
  #started = false

  /** @param parts.processors are shown each event in this order */
  constructor(parts: { log: EventLog; cursor: Cursor; processors: readonly Processor[] }) {
    this.#log = parts.log
    this.#cursor = parts.cursor
    this.#processors = parts.processors
  }

  /** Works until nothing new follows. Events up to the saved cursor are only absorbed, the first time. */
  async drain(onEvent: (event: Recorded) => void = () => {}): Promise<Position> {
    const reactFrom = this.#started ? 0 : this.#cursor.load()
    this.#started = true
    for (;;) {
      const before = this.#position
      for await (const batch of this.#log.readAll(this.#position + 1)) {
        for (const event of batch) {
          await this.#visit(event, event.position > reactFrom)
          this.#position = event.position
          onEvent(event)
        }
      }
      if (this.#position === before) break
    }
    this.#cursor.save(this.#position)
    return this.#position
  }

  async #visit(event: Recorded, react: boolean): Promise<void> {
    for (const processor of this.#processors) {
      if (!processor.handles.includes(event.type)) continue
      if (!react) {
        await processor.absorb(event)
        continue
      }
      const reactions = await processor.react(event)
      for (const [index, reaction] of reactions.entries()) {
        await this.#append(processor, event, reaction, index)
      }
    }
  }

  async #append(processor: Processor, cause: Recorded, reaction: Reaction, index: number): Promise<void> {
    const commandId = reactionId(processor.name, cause, index)
    for (;;) {
      const appended = await this.#log.append({
        stream: reaction.stream,
        expected: await this.#log.revisionOf(reaction.stream),
        commandId,
        actor: `asof:${processor.name}`,
        correlationId: cause.correlationId,
        causationId: cause.id,
        events: reaction.events,
      })
      if (appended.ok) return
      if (appended.error.expected === appended.error.actual) throw refuse(appended.error.fault.code)
    }
  }
}
