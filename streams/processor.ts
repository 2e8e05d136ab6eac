/** A processor: events in, events out. What it says follows from what it was told, so a replay can say it again. */
import type { Draft, Recorded, StreamName } from '../schemas/envelope.ts'

/** What follows from one event: drafts for one stream. */
export type Reaction = Readonly<{ stream: StreamName; events: readonly Draft[] }>

/**
 * For each event that it handles, in log order, exactly one of the two is called: `react` where the consequences are
 * wanted, `absorb` where they stand in the log already. Both leave the same memory behind.
 */
export interface Processor {
  readonly name: string
  readonly handles: readonly string[]
  absorb(event: Recorded): Promise<void>
  react(event: Recorded): Promise<readonly Reaction[]>
}
