/** What stands in the log already, for commands that are given again. */
import type { Position, Recorded, StreamName } from '../../schemas/envelope.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { LogReader } from '../../streams/log/port.ts'

/** The event at a position; null beyond the head. */
export async function eventAt(log: LogReader, position: Position): Promise<Recorded | null> {
  if (position < 1) return null
  for await (const [event] of log.readAll(position, { positionAtMost: position })) return event ?? null
  return null
}

/** The last event of a stream that is wanted; null where none is. */
export async function lastIn<E extends Recorded>(
  log: LogReader,
  stream: StreamName,
  isWanted: (event: Recorded) => event is E,
): Promise<E | null> {
  let last: E | null = null
  for await (const batch of log.readStream(stream)) last = batch.findLast(isWanted) ?? last
  return last
}

export const headOf = async (log: LogReader): Promise<Position> => (await log.head()).position

/** Whether what an event says holds all that was asked for. */
export const says = (data: object, asked: object): boolean =>
  canonicalJson({ ...data, ...asked }) === canonicalJson(data)

/**
 * That an id which changed nothing was not spent on something else in the stream.
 * @throws Refusal `command.id-reused`
 */
export async function assertSame(
  log: LogReader,
  { stream, commandId, command }: Readonly<{ stream: StreamName; commandId: string; command: string }>,
  isSame: (event: Recorded) => boolean,
): Promise<void> {
  const spent = await lastIn(log, stream, (event): event is Recorded => event.commandId === commandId)
  if (spent !== null && !isSame(spent)) throw refuse('command.id-reused', { id: commandId, command })
}
