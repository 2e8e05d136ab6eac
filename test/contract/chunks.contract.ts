/** What every chunk store keeps: content is found by its hash, once, whole, and checked. */
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'

export const textBytes = (of: string): Uint8Array => new TextEncoder().encode(of)

/** @param open an empty store @param again the same store for somebody else, where it outlives its process */
export function chunkStoreContract(name: string, open: () => ChunkStore, again?: () => ChunkStore): void {
  describe(name, () => {
    test('gives back what was put, under the hash of its bytes, and lists it once', async () => {
      const chunks = open()
      const contents = Array.from({ length: 40 }, (_, i) => `content ${i}`)
      const hashes = await Promise.all(
        [...contents, ...contents].map((of) => chunks.put(textBytes(of), 'json')),
      )
      expect(hashes.slice(0, 40)).toEqual(contents.map(sha256))
      expect(hashes.slice(40)).toEqual(hashes.slice(0, 40))
      for (const [i, hash] of hashes.entries())
        expect(Buffer.from(await chunks.get(hash)).toString()).toBe(contents[i % 40])
      expect(await Promise.all(hashes.map((hash) => chunks.has(hash)))).not.toContain(false)
      await chunks.sync()
      const listed: string[] = []
      for await (const hash of chunks.list()) listed.push(hash)
      expect(listed).toEqual(hashes.slice(0, 40).sort())
    })

    test('names what is missing', async () => {
      const chunks = open()
      const hash = sha256('never put')
      expect(await chunks.has(hash)).toBe(false)
      await expect(chunks.get(hash)).rejects.toMatchObject({
        fault: { code: 'chunk.missing', detail: { hash } },
      })
    })

    test('keeps every format, no bytes at all, and bytes whose memory is used again', async () => {
      const chunks = open()
      const formats = ['arrow', 'onnx', 'json', 'html', 'file'] as const
      const memory = new Uint8Array(1000)
      const hashes: string[] = []
      for (const [i, format] of formats.entries()) {
        memory.fill(i + 1)
        hashes.push(await chunks.put(memory, format))
      }
      hashes.push(await chunks.put(new Uint8Array(), 'file'))
      await chunks.sync()
      for (const store of [chunks, again?.() ?? chunks])
        expect(
          (await Promise.all(hashes.map((hash) => store.get(hash)))).map((bytes) => [bytes.length, bytes[0]]),
        ).toEqual([...formats.map((_, i) => [1000, i + 1]), [0, undefined]])
    })
  })
}
