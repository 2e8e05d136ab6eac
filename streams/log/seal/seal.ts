/** The seal and its log: whether the log still is what was sealed, and one pass that seals everything durable. */
import type { LogReader } from '../port.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import type { Sealer } from './sealer.ts'
import { TILE_WIDTH } from './tiles.ts'

const LEAVES_PER_CHECKPOINT = 262_144

/**
 * Whether the log has as many events as were sealed, and the last of them is the one that was: what was cut off its end is
 * seen before anything rests on the rest. One leaf is read; `asof verify` compares the others.
 * @throws Refusal `seal.diverged`
 */
export async function assertSealed(log: Pick<LogReader, 'leaves' | 'head'>, sealer: Sealer): Promise<void> {
  sealer.assertNotLonger((await log.head()).position)
  if (sealer.size === 0) return
  for await (const leaves of log.leaves(sealer.size)) return sealer.advance(sealer.size, leaves.slice(0, 1))
}

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
