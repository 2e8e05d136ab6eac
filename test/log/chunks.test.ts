/** The chunk stores: content is found by its hash, once, whole, and checked. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { overlay } from '../../serving/overlay.ts'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-chunks-'))
afterAll(() => rmSync(folder, { recursive: true }))
const text = (of: string) => new TextEncoder().encode(of)

describe.each([
  ['memory', openChunkMemory()],
  ['folder', openChunkFolder(join(folder, 'contract'))],
])('%s', (_, chunks) => {
  test('gives back what was put, under the hash of its bytes, and lists it once', async () => {
    const contents = Array.from({ length: 40 }, (_, i) => `content ${i}`)
    const hashes = await Promise.all([...contents, ...contents].map((of) => chunks.put(text(of), 'json')))
    expect(hashes.slice(0, 40)).toEqual(contents.map(sha256))
    expect(hashes.slice(40)).toEqual(hashes.slice(0, 40))
    for (const [i, hash] of hashes.entries()) {
      expect(Buffer.from(await chunks.get(hash)).toString()).toBe(contents[i % 40])
    }
    expect(await Promise.all(hashes.map((hash) => chunks.has(hash)))).not.toContain(false)
    const listed: string[] = []
    for await (const hash of chunks.list()) listed.push(hash)
    expect(listed).toEqual(hashes.slice(0, 40).sort())
  })

  test('names what is missing', async () => {
    const hash = sha256('never put')
    expect(await chunks.has(hash)).toBe(false)
    await expect(chunks.get(hash)).rejects.toMatchObject({
      fault: { code: 'chunk.missing', detail: { hash } },
    })
  })
})

test('over another store: nothing is written to it, and what it has is not kept twice', async () => {
  const under = openChunkMemory()
  const there = await under.put(text('there'), 'json')
  const reads: string[] = []
  const get = (hash: string) => {
    reads.push(hash)
    return under.get(hash)
  }
  const over = overlay({ ...under, get, put: () => Promise.reject(new Error('written')) })
  expect(await over.put(text('there'), 'json')).toBe(there)
  const own = await over.put(text('own'), 'json')
  expect(Buffer.from(await over.get(own)).toString()).toBe('own')
  expect(Buffer.from(await over.get(there)).toString()).toBe('there')
  expect(reads).toEqual([there])
  expect([await over.has(own), await over.has(there), await over.has(sha256('x'))]).toEqual([
    true,
    true,
    false,
  ])
})

describe('folder', () => {
  test('is laid out for a person, leaves no drafts, and another store finds it', async () => {
    const at = join(folder, 'layout')
    const hash = await openChunkFolder(at).put(text('{}'), 'json')
    expect(readFileSync(join(at, hash.slice(0, 2), `${hash.slice(2)}.json`), 'utf8')).toBe('{}')
    expect(readdirSync(at, { recursive: true })).toHaveLength(2)
    expect(Buffer.from(await openChunkFolder(at).get(hash)).toString()).toBe('{}')
  })

  test('refuses bytes that were changed', async () => {
    const at = join(folder, 'damage')
    const hash = await openChunkFolder(at).put(text('true'), 'json')
    const path = join(at, hash.slice(0, 2), `${hash.slice(2)}.json`)
    writeFileSync(path, 'tree')
    await expect(openChunkFolder(at).get(hash)).rejects.toMatchObject({
      fault: { code: 'chunk.damaged', detail: { hash, path } },
    })
  })

  test('a write that fails leaves nothing under the final name', async () => {
    const at = join(folder, 'in-the-way')
    writeFileSync(at, 'a file where the folder should be')
    await expect(openChunkFolder(at).put(text('x'), 'json')).rejects.toThrow()
    expect(readFileSync(at, 'utf8')).toBe('a file where the folder should be')
  })
})
