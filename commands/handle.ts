/** Handles a command: load the stream, decide, append at the revision that was read, and try again on a conflict. */
import type { EventId, Position, Revision, StreamName } from '../schemas/envelope.ts'
import { type Fault, fault } from '../schemas/kernel/fault.ts'
import { err, ok, type Result } from '../schemas/kernel/result.ts'
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

export async function handle<C, S>(
  log: EventLog,
  decider: Decider<C, S>,
  handling: Handling<C>,
): Promise<Result<Handled, Fault>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const loaded = await load(log, decider, handling)
    if (loaded.done !== null) return ok({ position: loaded.done, changed: false })
    const decided = decider.decide(handling.command, loaded.state, handling.context)
    if (!decided.ok) return decided
    if (decided.value.length === 0) return ok({ position: loaded.position, changed: false })
    const appended = await log.append({
      stream: handling.stream,
      expected: loaded.revision,
      commandId: handling.commandId,
      actor: handling.context.actor,
      correlationId: handling.correlationId ?? handling.commandId,
      causationId: handling.causationId ?? null,
      events: decided.value,
    })
    if (appended.ok) return ok({ position: appended.value.position, changed: !appended.value.repeated })
  }
  return err(fault('command.contended', { stream: handling.stream, attempts: ATTEMPTS }))
}

type Loaded<S> = Readonly<{ state: S; revision: Revision; position: Position; done: Position | null }>

async function load<C, S>(log: EventLog, decider: Decider<C, S>, handling: Handling<C>): Promise<Loaded<S>> {
  let state = decider.initial
  let revision: Revision = 0
  let position: Position = 0
  let done: Position | null = null
  for await (const batch of log.readStream(handling.stream)) {
    for (const event of batch) {
      state = decider.evolve(state, event)
      revision = event.revision
      position = event.position
      if (event.commandId === handling.commandId) done = event.position
    }
  }
  return { state, revision, position, done }
}
