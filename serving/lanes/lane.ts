/** A slow lane as the platform drives it, in this thread or in one of its own. */
import type { Position } from '../../schemas/envelope.ts'
import type { Expected } from '../../streams/processor.ts'

export interface Lane {
  /** All up to here has been taken in. */
  readonly position: Position
  /** Works until nothing new follows. After a failure every later call fails with it. */
  drain(): Promise<Position>
  /** Resolves when all up to a position has been taken in, and what follows stands in the log; rejects where it failed. */
  passed(position: Position): Promise<void>
  /** Tells of events that are likely to come, so that what takes long can begin. */
  expect(events: readonly Expected[]): void
  close(): Promise<void>
}
