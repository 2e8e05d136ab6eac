/** Proofs: that a leaf is in a tree, and that a tree only grew. RFC 6962, 2.1.1 and 2.1.2; checked as in RFC 9162. */
import { assert } from '../../../schemas/kernel/assert.ts'
import { HASH_BYTES, nodeHash, rootOf, sameHash } from './tree.ts'

/** The root of the perfect subtree over the leaves `[index * 2^level, (index + 1) * 2^level)`. */
export type NodeAt = (level: number, index: number) => Promise<Uint8Array>
export type Proof = readonly Uint8Array[]
/** Sizes and indices up to 2^64 - 1. */
type Count = number | bigint

type Span = Readonly<{ from: number; to: number }>

/** Proves that the leaf at `index` (from 0) is in the tree of `size` leaves. */
export function inclusionProof(index: number, size: number, nodeAt: NodeAt): Promise<Proof> {
  assert(index >= 0 && index < size, 'the leaf is in the tree')
  const spans: Span[] = []
  for (let from = 0, to = size; to - from > 1; ) {
    const middle = from + split(to - from)
    const left = index < middle
    spans.push(left ? { from: middle, to } : { from, to: middle })
    if (left) to = middle
    else from = middle
  }
  return hashes(spans.reverse(), nodeAt)
}

/** Proves that the tree of `size1` leaves is the beginning of the tree of `size2`. */
export function consistencyProof(size1: number, size2: number, nodeAt: NodeAt): Promise<Proof> {
  assert(size1 > 0 && size1 <= size2, 'the first tree is not empty and not the larger one')
  const spans: Span[] = []
  let [from, to] = [0, size2]
  while (to !== size1) {
    const middle = from + split(to - from)
    const left = size1 <= middle
    spans.push(left ? { from: middle, to } : { from, to: middle })
    if (left) to = middle
    else from = middle
  }
  if (from > 0) spans.push({ from, to })
  return hashes(spans.reverse(), nodeAt)
}

/** RFC 9162, 2.1.3.2. */
export function verifyInclusion(
  claim: Readonly<{ index: Count; size: Count; leaf: Uint8Array; root: Uint8Array; proof: Proof }>,
): boolean {
  const { leaf, root, proof } = claim
  let [at, last] = [BigInt(claim.index), BigInt(claim.size) - 1n]
  if (at < 0n || at > last || ![leaf, root, ...proof].every(isHash)) return false
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0n) return false
    if (isOdd(at) || at === last) {
      hash = nodeHash(sibling, hash)
      while (!isOdd(at) && at !== 0n) [at, last] = [at >> 1n, last >> 1n]
    } else hash = nodeHash(hash, sibling)
    ;[at, last] = [at >> 1n, last >> 1n]
  }
  return last === 0n && sameHash(hash, root)
}

/** RFC 9162, 2.1.4.2. Nothing is consistent with an empty tree, since there is nothing to prove. */
export function verifyConsistency(
  claim: Readonly<{ size1: Count; size2: Count; root1: Uint8Array; root2: Uint8Array; proof: Proof }>,
): boolean {
  const { root1, root2, proof } = claim
  const [size1, size2] = [BigInt(claim.size1), BigInt(claim.size2)]
  if (size1 <= 0n || size2 < size1) return false
  if (size1 === size2) return proof.length === 0 && sameHash(root1, root2)
  if (![root1, root2, ...proof].every(isHash)) return false
  const isPerfect = (size1 & (size1 - 1n)) === 0n
  const [first, ...rest] = isPerfect ? [root1, ...proof] : proof
  if (first === undefined || proof.length === 0) return false
  let [at, last] = [size1 - 1n, size2 - 1n]
  while (isOdd(at)) [at, last] = [at >> 1n, last >> 1n]
  let [old, grown] = [first, first]
  for (const sibling of rest) {
    if (last === 0n) return false
    if (isOdd(at) || at === last) {
      old = nodeHash(sibling, old)
      grown = nodeHash(sibling, grown)
      while (!isOdd(at) && at !== 0n) [at, last] = [at >> 1n, last >> 1n]
    } else grown = nodeHash(grown, sibling)
    ;[at, last] = [at >> 1n, last >> 1n]
  }
  return last === 0n && sameHash(old, root1) && sameHash(grown, root2)
}

const isOdd = (value: bigint): boolean => (value & 1n) === 1n
const isHash = (hash: Uint8Array): boolean => hash.length === HASH_BYTES

/** The greatest power of two below `size`. */
function split(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

const hashes = (spans: readonly Span[], nodeAt: NodeAt): Promise<Proof> =>
  Promise.all(spans.map((span) => spanHash(span, nodeAt)))

/** A span of a proof starts at a multiple of a power of two that is not less than its length. */
async function spanHash({ from, to }: Span, nodeAt: NodeAt): Promise<Uint8Array> {
  const nodes: Promise<Uint8Array>[] = []
  for (let at = from; at < to; ) {
    let [level, width] = [0, 1]
    while (at % (2 * width) === 0 && at + 2 * width <= to) [level, width] = [level + 1, 2 * width]
    nodes.push(nodeAt(level, at / width))
    at += width
  }
  return rootOf(await Promise.all(nodes))
}
