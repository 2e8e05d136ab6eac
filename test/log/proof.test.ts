/** The Merkle tree and its proofs, against the constants and cases of others, and by their laws. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  consistencyProof,
  inclusionProof,
  type NodeAt,
  verifyConsistency,
  verifyInclusion,
} from '../../streams/log/seal/proof.ts'
import { EMPTY_ROOT, leafHashOf, nodeHash, rootOfLeaves } from '../../streams/log/seal/tree.ts'
import { readVector } from '../support/vectors.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const leaves = Array.from({ length: 80 }, (_, i) => leafHashOf(Buffer.from(`leaf ${i}`)))
const nodeAt: NodeAt = async (level, index) =>
  rootOfLeaves(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))

test('constants of rfc6962/rfc6962_test.go in transparency-dev/merkle', () => {
  expect(hex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(hex(leafHashOf(Buffer.from('')))).toBe(
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  )
  expect(hex(leafHashOf(Buffer.from('L123456')))).toBe(
    '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
  )
})

describe('cases of transparency-dev/merkle', () => {
  const hash = z.base64().transform((text) => Buffer.from(text, 'base64'))
  const proof = z
    .array(hash)
    .nullable()
    .transform((hashes) => hashes ?? [])
  const size = z.string().transform(BigInt)
  const inclusion = z.object({
    leafIdx: size,
    treeSize: size,
    root: hash,
    leafHash: hash,
    proof,
    wantErr: z.boolean(),
  })
  const consistency = z.object({
    size1: size,
    size2: size,
    root1: hash,
    root2: hash,
    proof,
    wantErr: z.boolean(),
  })
  /** Sizes go up to 2^64 - 1, which JSON.parse would round: they are read as text. */
  const read = <S extends z.ZodType>(name: string, schema: S) => {
    const line = z.object({ file: z.string(), case: schema })
    const quoted = readVector(`rfc6962-${name}.jsonl`)
      .trim()
      .split('\n')
      .map((text) => text.replaceAll(/: (\d+)/g, ': "$1"'))
    return quoted.map((text) => line.parse(JSON.parse(text)))
  }

  test.each(read('inclusion', inclusion))('$file', ({ case: of }) => {
    const { leafIdx: index, treeSize: size, root, leafHash: leaf, proof, wantErr } = of
    expect(verifyInclusion({ index, size, leaf, root, proof })).toBe(!wantErr)
  })

  test.each(read('consistency', consistency))('$file', ({ case: of }) => {
    expect(verifyConsistency(of)).toBe(!of.wantErr)
  })
})

describe('laws', () => {
  const flipped = (hash: Uint8Array, bit: number): Uint8Array => {
    const copy = Uint8Array.from(hash)
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return copy
  }
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 80 }),
    fc.integer({ min: 1, max: 80 }),
    fc.nat(255),
    fc.nat(99),
  )

  test('the root is that of the recursive definition', () => {
    const naive = (of: readonly Uint8Array[]): Uint8Array => {
      const [first] = of
      if (first !== undefined && of.length === 1) return first
      const split = 2 ** Math.ceil(Math.log2(of.length) - 1)
      return nodeHash(naive(of.slice(0, split)), naive(of.slice(split)))
    }
    for (let size = 1; size <= 80; size++) {
      expect(rootOfLeaves(leaves.slice(0, size))).toEqual(naive(leaves.slice(0, size)))
    }
  })

  test('each leaf of each tree is proven, and with any bit changed it is not', async () => {
    const law = fc.asyncProperty(sizes, async ([a, b, bit, which]) => {
      const [index, size] = [Math.min(a, b) - 1, Math.max(a, b)]
      const proof = await inclusionProof(index, size, nodeAt)
      const claim = {
        index,
        size,
        leaf: leaves[index] ?? EMPTY_ROOT,
        root: rootOfLeaves(leaves.slice(0, size)),
        proof,
      }
      expect(verifyInclusion(claim)).toBe(true)
      expect(verifyInclusion({ ...claim, leaf: flipped(claim.leaf, bit) })).toBe(false)
      expect(verifyInclusion({ ...claim, root: flipped(claim.root, bit) })).toBe(false)
      const changed = proof.map((hash, at) => (at === which % proof.length ? flipped(hash, bit) : hash))
      if (proof.length > 0) expect(verifyInclusion({ ...claim, proof: changed })).toBe(false)
      expect(verifyInclusion({ ...claim, proof: [...proof, EMPTY_ROOT] })).toBe(false)
    })
    await fc.assert(law, { numRuns: 300 })
  })

  test('each tree is proven to be the beginning of each larger one, and with any bit changed it is not', async () => {
    const law = fc.asyncProperty(sizes, async ([a, b, bit, which]) => {
      const [size1, size2] = [Math.min(a, b), Math.max(a, b)]
      const proof = await consistencyProof(size1, size2, nodeAt)
      const [root1, root2] = [rootOfLeaves(leaves.slice(0, size1)), rootOfLeaves(leaves.slice(0, size2))]
      const claim = { size1, size2, root1, root2, proof }
      expect(verifyConsistency(claim)).toBe(true)
      expect(verifyConsistency({ ...claim, root1: flipped(root1, bit) })).toBe(false)
      expect(verifyConsistency({ ...claim, root2: flipped(root2, bit) })).toBe(false)
      const changed = proof.map((hash, at) => (at === which % proof.length ? flipped(hash, bit) : hash))
      if (proof.length > 0) expect(verifyConsistency({ ...claim, proof: changed })).toBe(false)
    })
    await fc.assert(law, { numRuns: 300 })
  })
})
