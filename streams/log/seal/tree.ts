/** The Merkle tree of RFC 6962, section 2.1, held as the roots of its perfect subtrees. */
import { hash } from 'node:crypto'

export const HASH_BYTES = 32
const LEAF_PREFIX = Buffer.of(0x00)
const NODE_PREFIX = 0x01

/** The root of a tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = hash('sha256', '', 'buffer')

export const leafHashOf = (leaf: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([LEAF_PREFIX, leaf]), 'buffer')

/** One buffer for all nodes: it is filled and hashed before anything else can run. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX)

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1)
  node.set(right, 1 + HASH_BYTES)
  return hash('sha256', node, 'buffer')
}

/** A tree that only grows: the roots of its perfect subtrees, from the left, one for each bit of its size. */
export class Range {
  readonly nodes: Uint8Array[] = []
  size = 0

  push(leaf: Uint8Array): void {
    let top = leaf
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.nodes.pop()
      if (left !== undefined) top = nodeHash(left, top)
    }
    this.nodes.push(top)
    this.size++
  }
}

/** The root over perfect subtrees that stand side by side. */
export const rootOf = (nodes: readonly Uint8Array[]): Uint8Array =>
  nodes.length === 0 ? EMPTY_ROOT : nodes.reduceRight((right, left) => nodeHash(left, right))

export function rootOfLeaves(leaves: readonly Uint8Array[]): Uint8Array {
  const range = new Range()
  for (const leaf of leaves) range.push(leaf)
  return rootOf(range.nodes)
}

export const sameHash = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0
