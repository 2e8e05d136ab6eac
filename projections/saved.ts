/** What is kept of projections' states, and the port that keeps it. */
import type { Position } from '../schemas/envelope.ts'
import type { Pieces } from './pieces.ts'
import type { Changes } from './tracked.ts'

export type Saved = Readonly<{
  position: Position
  /** Leaf hash of the event at the position, in hexadecimal digits: the state is of a log that has it there. */
  leaf: string
  pieces: Pieces
}>
export type Key = Readonly<{ name: string; version: number }>

export type Entry = Key &
  Omit<Saved, 'pieces'> &
  Readonly<{
    /** Whether it is kept for time travel. */
    snapshot: boolean
    /** Whether what is stored under its name is of no use, or nothing is. */
    whole: boolean
    /** What changed since it was saved last; all of it where the store asks for that, having lost what it had. */
    changes: (whole: boolean) => Changes
  }>

export interface ProjectionStore {
  /** What is not sound is not there: a state whose digest does not hold, or that cannot be read. */
  latest(key: Key): Saved | undefined
  /** The snapshot nearest at or before a position. */
  before(key: Key, position: Position): Saved | undefined
  /** Position, digest and changed pieces of several projections in one atomic write. */
  save(entries: readonly Entry[]): void
  clear(): void
  close(): void
}
