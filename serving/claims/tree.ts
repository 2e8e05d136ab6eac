/** The log's Merkle tree in memory, over the leaves of its sealed part: for proofs that no published tile has yet. */
import type { LogReader } from '../../streams/log/port.ts'
import type { NodeAt } from '../../streams/log/seal/proof.ts'
import { nodeHash, rootOfLeaves } from '../../streams/log/seal/tree.ts'

export type Tree = Readonly<{
  size: number
  root: Uint8Array
  nodeAt: NodeAt
  leaf: (index: number) => Uint8Array
}>

/** 64 bytes an event. */
export async function treeOf(log: Pick<LogReader, 'leaves'>, size: number): Promise<Tree> {
  const leaves: Uint8Array[] = []
  if (size > 0) for await (const page of log.leaves(1, size)) leaves.push(...page)
  /** Perfect subtrees alone, by level. */
  const levels: Uint8Array[][] = [leaves]
  for (let level = 0; levels[level].length > 1; level++) {
    const [below, above]: [Uint8Array[], Uint8Array[]] = [levels[level], []]
    for (let i = 0; i + 1 < below.length; i += 2) above.push(nodeHash(below[i], below[i + 1]))
    levels.push(above)
  }
  return {
    size: leaves.length,
    root: rootOfLeaves(leaves),
    nodeAt: async (level, index) => levels[level][index],
    leaf: (index) => leaves[index],
  }
}
