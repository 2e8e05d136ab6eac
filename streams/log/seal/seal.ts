/** One pass of the seal over a log: everything that is durable becomes part of a signed checkpoint. */
import type { LogReader } from '../port.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import type { Sealer } from './sealer.ts'
import { TILE_WIDTH } from './tiles.ts'

const LEAVES_PER_CHECKPOINT = 262_144

/**
 * Compares the last tile with the log again, takes in what is new, and signs. `asof verify` compares the rest.
 * @throws Refusal `seal.diverged`
 */
export async function sealLog(
  log: Pick<LogReader, 'leaves' | 'head'>,
  sealer: Sealer,
): Promise<SignedCheckpoint> {
  sealer.assertNotLonger((await log.head()).position)
  let from = Math.floor(Math.max(sealer.size - 1, 0) / TILE_WIDTH) * TILE_WIDTH + 1
  for await (const leaves of log.leaves(from)) {
    await sealer.advance(from, leaves)
    from += leaves.length
    if (sealer.size - (sealer.last?.size ?? 0) >= LEAVES_PER_CHECKPOINT) await sealer.checkpoint()
  }
  return sealer.checkpoint()
}
