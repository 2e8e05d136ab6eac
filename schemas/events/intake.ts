/** Where a data set stands in a topic: which offsets an arrival took, and where somebody said to go on. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

const offset = z.int().nonnegative()

const taken = z.strictObject({
  partition: z.int().nonnegative(),
  /** From the first offset (inclusive) to the one after the last (exclusive). The next arrival begins at `to`. */
  from: offset,
  to: offset,
  /** Fewer than the offsets where a transaction or a compacted topic leaves gaps. */
  messages: z.int().nonnegative(),
  /** The last message: its offset and the SHA-256 of its bytes, by which a topic that was made anew is told from this one. */
  last: offset,
  lastHash: z.string(),
})
export type TakenOffsets = z.infer<typeof taken>

/** The messages of a topic that one arrival consists of. It is recorded together with the rows, or not at all. */
export const OffsetsTaken = defineEvent({
  type: 'data.OffsetsTaken',
  version: 1,
  data: z.strictObject({
    dataset: name,
    topic: z.string(),
    /** The id that the cluster of brokers gives itself. */
    cluster: z.string(),
    /** Of the arrival. */
    sourceHash: z.string(),
    /** Ascending. */
    partitions: z.array(taken).min(1),
  }),
})

/** Somebody decided where reading goes on: behind messages that are gone, in a topic made anew, or once more from an earlier one. */
export const OffsetsMoved = defineEvent({
  type: 'data.OffsetsMoved',
  version: 1,
  data: z.strictObject({
    dataset: name,
    topic: z.string(),
    cluster: z.string(),
    /** `from`: where it stood; null for a partition of which nothing was read. */
    partitions: z
      .array(z.strictObject({ partition: z.int().nonnegative(), from: z.nullable(offset), to: offset }))
      .min(1),
    reason: z.string().min(1),
  }),
})
