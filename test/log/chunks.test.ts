/** The chunk stores: content is found by its hash, once, whole, and checked. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { overlay } from '../../serving/overlay.ts'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { chunkStoreContract } from '../contract/chunks.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-chunks-'))
afterAll(() => rmSync(folder, { recursive: true }))
const text = (of: string) => new TextEncoder().encode(of)

let stores = 0
const nextFolder = () => join(folder, `contract-${stores++}`)
chunkStoreContract('memory', openChunkMemory)
chunkStoreContract(
  'folder',
  () => openChunkFolder(nextFolder()),
  () => openChunkFolder(join(folder, `contract-${stores - 1}`)),
)

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

  test('that was moved while it was open takes nothing more, and is not begun anew where it was', async () => {
    const [at, moved] = [join(folder, 'before'), join(folder, 'moved')]
    const store = openChunkFolder(at)
    const hash = await store.put(text('before'), 'json')
    await store.sync()
    renameSync(at, moved)
    await expect(store.put(text('after'), 'json')).rejects.toMatchObject({ fault: { code: 'folder.gone' } })
    expect(existsSync(at)).toBe(false)
    mkdirSync(at)
    await expect(store.put(text('after'), 'json'), 'nor another in its place').rejects.toMatchObject({
      fault: { code: 'folder.gone' },
    })
    expect(await openChunkFolder(moved).has(hash)).toBe(true)
  })

  test('a write that fails leaves nothing under the final name', async () => {
    const at = join(folder, 'in-the-way')
    writeFileSync(at, 'a file where the folder should be')
    await expect(openChunkFolder(at).put(text('x'), 'json')).rejects.toThrow()
    expect(readFileSync(at, 'utf8')).toBe('a file where the folder should be')
  })
})
