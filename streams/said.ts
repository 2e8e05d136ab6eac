/** What processors said, until it has come back from the log: an answer that stands there must be the one that follows. */
import type { CommandId, Draft, Position, Recorded } from '../schemas/envelope.ts'
import { Refusal, refuse } from '../schemas/kernel/fault.ts'
import { causeOf } from '../schemas/reaction.ts'
import { REGISTRY } from '../schemas/registry.ts'
import { difference } from './difference.ts'
import type { Reaction } from './processor.ts'

/** What was said, and how much of it has come back from the log; `repeated` where the log had an answer before. */
export type Said = Reaction & { back: number; repeated: boolean }

export class Saying {
  readonly #said = new Map<CommandId, Said>()

  get isOver(): boolean {
    return this.#said.size === 0
  }

  add(commandId: CommandId, reaction: Reaction): Said {
    const said = { ...reaction, back: 0, repeated: false }
    this.#said.set(commandId, said)
    return said
  }

  /** An answer comes back. @throws Refusal `pipeline.other-answer` */
  heard(event: Recorded): void {
    const { commandId, position } = event
    const said = this.#said.get(commandId)
    if (said === undefined) throw otherAnswer(commandId, `nothing leads to event ${position}`)
    const other = said.repeated ? difference(event, said.events[said.back], said.stream) : null
    if (other !== null) throw otherAnswer(commandId, `of event ${position}, ${other}`)
    said.back++
    if (said.back === said.events.length) this.#said.delete(commandId)
  }

  /** @throws Refusal `pipeline.other-answer` where an answer is not all there up to the head */
  assertOver(): void {
    for (const [commandId, { back, events }] of this.#said)
      throw otherAnswer(commandId, `it has ${back} of ${events.length} events`)
  }
}

export function otherAnswer(commandId: CommandId, detail: string): Refusal {
  const [processor] = commandId.split('/')
  const cause: Position = causeOf(commandId)
  return refuse('pipeline.other-answer', { processor, cause, detail })
}

/** @throws ZodError of what its definition does not allow */
export function assertValid(events: readonly Draft[]): void {
  for (const { type, data } of events) REGISTRY.get(type)?.data.parse(data)
}

export const isInvalid = (error: unknown): boolean =>
  error instanceof Refusal && error.fault.code === 'event.invalid'
