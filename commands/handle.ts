/** Handles a command: load the stream, decide, append at the revision that was read, and try again on a conflict. */
import type { EventId, Position, Revision, StreamName } from '../schemas/envelope.ts'
import { type Fault, fault } from '../schemas/kernel/fault.ts'
import { err, ok, type Result } from '../schemas/kernel/result.ts'
import { isForeign } from '../schemas/reaction.ts'
import type { EventLog } from '../streams/log/port.ts'
import type { Context, Decider } from './decider.ts'

const ATTEMPTS = 5

export type Handled = Readonly<{
  position: Position
  /** False where the command changed nothing: it was done before, or already so. */
  changed: boolean
}>

export type Handling<C> = Readonly<{
  stream: StreamName
  command: C
  commandId: string
  context: Context
  correlationId?: string
  causationId?: EventId
}>

/**
 * What deciders remember of streams, so that a long stream is read once and then only its new events. Losing it costs
 * time alone.
 */
export class Memory {
  readonly #streams = new Map<StreamName, Loaded<unknown>>()

  /** Of a stream to which hardly anything more is said: what it held is read again where it is. */
  forget(stream: StreamName): void {
    this.#streams.delete(stream)
  }

  async of<C, S>(
    log: Pick<EventLog, 'readStream'>,
    decider: Decider<C, S>,
    stream: StreamName,
  ): Promise<Loaded<S>> {
    const loaded = (this.#streams.get(stream) as Loaded<S> | undefined) ?? blank(decider)
    this.#streams.set(stream, loaded)
    for await (const batch of log.readStream(stream, loaded.revision + 1)) {
      for (const event of batch) {
        // Two commands at once read the same events; each is evolved once.
        if (event.revision <= loaded.revision) continue
        if (!isForeign(event)) loaded.state = decider.evolve(loaded.state, event)
        loaded.revision = event.revision
        loaded.position = event.position
        loaded.done.set(event.commandId, event.position)
      }
    }
    return loaded
  }
}

type Loaded<S> = { state: S; revision: Revision; position: Position; done: Map<string, Position> }

const blank = <C, S>(decider: Decider<C, S>): Loaded<S> => ({
  state: decider.initial(),
  revision: 0,
  position: 0,
  done: new Map(),
})

/** Decides a command and appends what it comes to. It is durable once `log.durable` has answered. */
export async function handle<C, S>(
  parts: Readonly<{ log: EventLog; memory: Memory }>,
  decider: Decider<C, S>,
  handling: Handling<C>,
): Promise<Result<Handled, Fault>> {
  const { log, memory } = parts
  const { stream, command, commandId, context } = handling
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { state, revision, position, done } = await memory.of(log, decider, stream)
    const before = done.get(commandId)
    if (before !== undefined) return ok({ position: before, changed: false })
    const decided = decider.decide(command, state, context)
    if (!decided.ok) return decided
    if (decided.value.length === 0) return ok({ position, changed: false })
    const batch = {
      ...{ stream, expected: revision, commandId, actor: context.actor },
      correlationId: handling.correlationId ?? commandId,
      causationId: handling.causationId ?? null,
      events: decided.value,
    }
    const appended = await log.append(batch, 'written')
    if (appended.ok) return ok({ position: appended.value.position, changed: !appended.value.repeated })
  }
  return err(fault('command.contended', { stream, attempts: ATTEMPTS }))
}
