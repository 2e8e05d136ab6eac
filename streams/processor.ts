/** A processor: events in, events out. What it says follows from what it was told, so a replay can say it again. */
import type { Draft, Recorded, StreamName } from '../schemas/envelope.ts'
import type { Memory } from '../schemas/kernel/memory.ts'

/** What follows from one event: drafts for one stream. */
export type Reaction = Readonly<{ stream: StreamName; events: readonly Draft[] }>

/** What an event will say, if it comes. */
export type Expected = Pick<Draft, 'type' | 'data'>

/** Hears what follows from an event, in the order in which it is said. */
export type Say = (reaction: Reaction) => void

/** What a processor has that remembers nothing: all that it reads, others remember. */
export const KNOWS_NOTHING = { save: (): Memory => null, restore: (): void => undefined } as const

/** A deterministic state machine over the log. */
export interface Processor {
  readonly name: string
  readonly handles: readonly string[]
  /**
   * Takes in one event; it is called for each that it handles, in log order.
   * @param say hears what follows; null where that stands in the log already. The memory left behind is the same.
   */
  take(event: Recorded, say: Say | null): Promise<void>
  /**
   * Makes again what can be made again of an event that somebody else said, before anybody takes it in, whether the processor
   * handles it or not. A replay compares it. Null for an event of which nothing can.
   */
  again?(event: Recorded): Promise<Reaction | null>
  /**
   * Told of an event that it is likely to be shown soon, so that work which takes long can begin. Its memory is left as it is, and what it says does not
   * depend on whether it was told.
   */
  expect?(event: Expected): void
  /**
   * Raised when its answers change, or what it remembers. The lane of a processor that cannot tell what it knows takes no
   * snapshots.
   */
  readonly version?: number
  /** What it knows, where all that it said stands in the log. What it can read again from chunks need not be in it. */
  save?(): Memory
  /** Takes over what the same version saved, before it is told of anything. */
  restore?(memory: Memory): void
}
