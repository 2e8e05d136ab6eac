/** What only the embedded log has: a disk, other processes, and a file that outlives them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { databasePath, openForWriting } from '../../streams/log/embedded/database.ts'
import { openEmbeddedLog, openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { EmbeddedStore } from '../../streams/log/embedded/store.ts'
import { logOver } from '../../streams/log/log.ts'
import {
  append,
  batchOf,
  chunkRef,
  collect,
  EARLIER_VOCABULARY,
  note,
  PriceSeenVersion1,
  price,
  TestClock,
  until,
  VOCABULARY,
} from '../contract/vocabulary.ts'

const folders = mkdtempSync(join(tmpdir(), 'asof-embedded-'))
afterAll(() => rmSync(folders, { recursive: true }))
const folderOf = (name: string) => join(folders, name)
const open = (name: string, registry = VOCABULARY) =>
  openEmbeddedLog({ folder: folderOf(name), registry, clock: new TestClock() })
const read = (name: string, registry = VOCABULARY) => openEmbeddedReader({ folder: folderOf(name), registry })

function start(role: 'write' | 'follow', name: string): Readonly<{ process: ChildProcess; lines: string[] }> {
  const script = join(import.meta.dirname, 'other-process.ts')
  const process = spawn(globalThis.process.execPath, [script, role, folderOf(name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: process.stdout }).on('line', (line) => lines.push(line))
  return { process, lines }
}

const ended = (process: ChildProcess) => new Promise((resolve) => process.once('close', resolve))

describe('other processes', () => {
  test('follow the log while it is written, and see everything in order', async () => {
    const log = open('followed')
    await append(log, batchOf('note-a', 0, [note('before')]))
    const { process, lines } = start('follow', 'followed')
    await until(() => lines.includes('ready'))
    for (let i = 1; i < 40; i++) await append(log, batchOf('note-a', i, [note(`${i}`)]))
    await until(() => lines.length === 41)
    expect(lines).toEqual(['ready', ...Array.from({ length: 40 }, (_, i) => String(i + 1))])
    process.kill()
    await ended(process)
    await log.close()
  })

  test('cannot write it a second time; and when the writer is killed, nothing acknowledged is lost', async () => {
    const { process, lines } = start('write', 'killed')
    await until(() => lines.length >= 25)
    expect(() => open('killed')).toThrow(
      expect.objectContaining({ fault: expect.objectContaining({ code: 'log.second-writer' }) }),
    )
    const reader = read('killed')
    expect((await reader.head()).position).toBeGreaterThanOrEqual(25)
    await reader.close()
    process.kill('SIGKILL')
    await ended(process)
    const left = read('killed')
    expect((await left.head()).position).toBeGreaterThanOrEqual(Number(lines.at(-1)))
    await left.close()
    const log = open('killed')
    const { position } = await log.head()
    expect(position).toBeGreaterThanOrEqual(Number(lines.at(-1)))
    const events = (await collect(log.readAll(1))).flat()
    expect(events.map((event) => event.data)).toMatchObject(
      Array.from({ length: position }, (_, i) => ({ text: `${i}` })),
    )
    expect((await append(log, batchOf('note-a', position, [note('goes on')]))).position).toBe(position + 1)
    await log.close()
  })
})

describe('the file', () => {
  test('has a second writer refused in the same process too, until the first has closed', async () => {
    const log = open('twice')
    expect(() => open('twice')).toThrow('has a writer already')
    await log.close()
    await open('twice').close()
  })

  test('keeps everything over a restart, also the clock', async () => {
    const first = open('restart')
    const batch = batchOf('note-a', 0, [note('kept', 7, [chunkRef('c', 5)]), price(2)])
    const answer = await append(first, batch)
    const before = await collect(first.readAll(1))
    await first.close()
    const clock = new TestClock()
    clock.now = 5
    const second = openEmbeddedLog({ folder: folderOf('restart'), registry: VOCABULARY, clock })
    expect(await collect(second.readAll(1))).toEqual(before)
    expect(await append(second, batch)).toEqual({ ...answer, repeated: true })
    expect(await append(second, batchOf('note-a', 2, [note('x')]))).toMatchObject({ recordedAt: 1_000_000 })
    await second.close()
  })

  test('refuses to change or remove a fact', async () => {
    const log = open('facts')
    await append(log, batchOf('note-a', 0, [note('a', 1, [chunkRef('c', 5)])]))
    const database = new DatabaseSync(databasePath(folderOf('facts')))
    for (const table of ['batch', 'event', 'chunk_ref']) {
      const column = table === 'batch' ? 'actor' : 'position'
      expect(() => database.exec(`UPDATE ${table} SET ${column} = ${column}`)).toThrow('refuses UPDATE')
      expect(() => database.exec(`DELETE FROM ${table}`)).toThrow('refuses DELETE')
      expect(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 1 })
    }
    expect({ ...database.prepare('SELECT * FROM log').get() }).toMatchObject({
      ...{ position: 1, stream: 'note-a', revision: 1, type: 'note.Written', actor: 'ann' },
      ...{ event_time: '1970-01-01T00:00:00.000000Z', recorded_at: '1970-01-01T00:00:01.000000Z' },
      chunks: chunkRef('c', 5).hash,
    })
    database.close()
    await log.close()
  })

  test('of a newer format is refused, by writer and reader', async () => {
    await open('newer').close()
    const database = new DatabaseSync(databasePath(folderOf('newer')))
    database.exec('UPDATE meta SET format_version = 2')
    database.close()
    const newer = expect.objectContaining({ fault: expect.objectContaining({ code: 'log.newer-version' }) })
    expect(() => open('newer')).toThrow(newer)
    expect(() => read('newer')).toThrow(newer)
    expect(() => read('never')).toThrow('There is no log in')
  })
})

describe('versions of an event', () => {
  test('an old one is brought up to date; one from the future is refused by name', async () => {
    const earlier = open('versions', EARLIER_VOCABULARY)
    const times = { eventTime: 0, knownAt: 0 }
    await append(earlier, batchOf('price-a', 0, [PriceSeenVersion1.draft({ price: 3 }, times)]))
    await earlier.close()
    const current = open('versions')
    await append(current, batchOf('price-a', 1, [price(4)]))
    expect((await collect(current.readStream('price-a'))).flat()).toMatchObject([
      { version: 2, data: { price: 3, currency: 'USD' } },
      { version: 2, data: { price: 4, currency: 'EUR' } },
    ])
    await current.close()
    const reader = read('versions', EARLIER_VOCABULARY)
    await expect(collect(reader.readAll(1))).rejects.toMatchObject({
      fault: { code: 'log.newer-version', detail: { thing: 'Event type price.Seen', found: 2, known: 1 } },
    })
    await reader.close()
  })
})

describe('a full disk', () => {
  test('is answered by a refusal, nothing more is acknowledged, and after a restart the command is repeated', async () => {
    const folder = folderOf('full')
    const database = openForWriting(folder)
    const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count)
    const store = new EmbeddedStore({ folder, database, release: () => undefined })
    const log = logOver(store, { registry: VOCABULARY, clock: new TestClock() })
    await append(log, batchOf('note-a', 0, [note('fits')]))
    database.exec(`PRAGMA max_page_count = ${pages + 4}`)
    const large = batchOf('note-a', 1, [note('x'.repeat(100_000))])
    const neighbour = batchOf('note-b', 0, [note('in the same group')])
    const full = { fault: { code: 'log.disk-full', detail: { folder } } }
    const refused = await Promise.allSettled([log.append(large), log.append(neighbour)])
    for (const answer of refused) expect(answer).toMatchObject({ status: 'rejected', reason: full })
    await expect(log.append(batchOf('note-c', 0, [note('small')]))).rejects.toMatchObject(full)
    expect(shape(await collect(log.readAll(1)))).toEqual([1])
    await log.close()
    const again = open('full')
    await append(again, large)
    await append(again, neighbour)
    expect(shape(await collect(again.readAll(1)))).toEqual([1, 1, 1])
    await again.close()
  })

  const shape = (batches: readonly (readonly unknown[])[]) => batches.map(({ length }) => length)
})
