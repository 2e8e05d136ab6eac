/** Events as the seal has them, byte for byte: their leaves, each with its length before it. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { openEmbeddedInspection } from '../../streams/log/embedded/inspect.ts'
import { leafBytes } from '../../streams/log/leaf.ts'
import { leafHashOf, sameHash } from '../../streams/log/seal/tree.ts'
import type { Folder } from '../folder.ts'
import type { Tree } from './tree.ts'

/** @param positions ascending @throws Refusal `log.damaged` for an event that is not the one that was sealed */
export async function leavesOf(
  folder: Folder,
  positions: readonly number[],
  tree: Tree,
): Promise<Uint8Array> {
  const inspection = openEmbeddedInspection(folder.log)
  const wanted = new Set(positions)
  const parts: Uint8Array[] = []
  try {
    for (const batch of inspection.batches()) {
      if (batch.firstPosition > tree.size) break
      for (const event of batch.events) {
        if (!wanted.has(event.position)) continue
        const leaf = leafBytes(batch, event)
        if (!sameHash(leafHashOf(leaf), tree.leaf(event.position - 1)))
          throw refuse('log.damaged', {
            position: event.position,
            problem: 'it is not the one that was sealed',
          })
        const length = Buffer.alloc(4)
        length.writeUInt32BE(leaf.length)
        parts.push(length, leaf)
      }
    }
  } finally {
    inspection.close()
  }
  return Buffer.concat(parts)
}
