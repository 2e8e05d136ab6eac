/** Where a pipeline has got to, and where it goes on. */
import type { Position, Recorded } from '../schemas/envelope.ts'
import { causeOf } from '../schemas/reaction.ts'
import type { LogReader } from './log/port.ts'

/**
 * Where the pipeline has got to. Losing it costs time, never facts: a reaction that is made again writes nothing. It must come
 * out as it stands in the log, though: without its place, changed code does not go on from what other code derived. What is
 * loaded is believed: whoever keeps it sees to it that nobody else can raise it.
 */
export interface Cursor {
  load(): Position | Promise<Position>
  save(position: Position): void | Promise<void>
  /** Keeps what was saved last, where that was put off. */
  flush?(): void | Promise<void>
}

type Log = Pick<LogReader, 'readAll' | 'head'>
type IsReaction = (event: Recorded) => boolean

/**
 * The place that was saved. One beyond the head is of another log, or of one that was restored: everything is reacted to. One that
 * lies between a cause and its answer goes back to before the cause, so that the answer can be compared.
 */
export async function placeOf(cursor: Cursor, log: Log, isReaction: IsReaction): Promise<Position> {
  const { position: head } = await log.head()
  const saved = await cursor.load()
  let from = saved <= head ? saved : 0
  for (let to = head; from > 0; ) {
    const earliest = await earliestCause(log, { after: from, to }, isReaction)
    if (earliest > from) break
    to = from
    from = Math.max(earliest - 1, 0)
  }
  return from
}

/** The earliest event that an answer in `(after, to]` says it follows from. */
export async function earliestCause(
  log: Pick<LogReader, 'readAll'>,
  { after, to }: { after: Position; to: Position },
  isReaction: IsReaction,
): Promise<Position> {
  let earliest = Number.POSITIVE_INFINITY
  for await (const batch of log.readAll(after + 1, { positionAtMost: to })) {
    for (const event of batch) {
      const cause = isReaction(event) ? causeOf(event.commandId) : Number.NaN
      if (cause < earliest) earliest = cause
    }
  }
  return earliest
}
