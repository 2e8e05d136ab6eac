/** Databases that are programs, or have no end: a folder may come from anybody, and what opens or verifies it ends within bounds. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REGISTRY } from '../../schemas/registry.ts'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { verifyFolder } from '../../serving/sealing.ts'
import { openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { declare, workplace } from './tools.ts'

const { path, copyOf, drop, remove } = workplace('databases')
const scene = path('scene')
beforeAll(() => declare(scene, ['a', 'b', 'c', 'd']))
afterAll(remove)

const logOf = (folder: string): string => join(folderAt(folder).log, 'log.db')

/** A copy whose database is another one, in one file. */
function changed(change: (database: DatabaseSync) => void, of: (folder: string) => string = logOf): string {
  const copy = copyOf(scene)
  const database = new DatabaseSync(of(copy))
  database.exec('PRAGMA journal_mode = DELETE')
  change(database)
  database.exec('PRAGMA journal_mode = WAL')
  database.close()
  return copy
}

const ENDLESS =
  '(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n < 0)'

const PROGRAMS: Readonly<Record<string, (database: DatabaseSync) => void>> = {
  'a view in the place of the version': (database) =>
    database.exec(`ALTER TABLE meta RENAME TO other;
      CREATE VIEW meta AS SELECT 1 AS only, ${ENDLESS} AS format_version`),
  'a view in the place of a table': (database) =>
    database.exec(`DROP VIEW log; ALTER TABLE batch RENAME TO other;
      CREATE VIEW batch AS SELECT * FROM other WHERE events > coalesce(${ENDLESS}, 0)`),
  'a column that is computed': (database) =>
    database.exec(`DROP VIEW log; DROP INDEX event_by_type; ALTER TABLE event RENAME TO other;
      CREATE TABLE event (position INTEGER PRIMARY KEY, id TEXT, type TEXT, version INTEGER, event_time INTEGER,
        known_at INTEGER, data BLOB AS (zeroblob(900000000)), leaf BLOB);
      INSERT INTO event (position, id, type, version, event_time, known_at, leaf)
        SELECT position, id, type, version, event_time, known_at, leaf FROM other`),
  'an index with a pattern that takes for ever': (database) =>
    database.exec(`CREATE INDEX slow ON event (type) WHERE '${'a'.repeat(30)}' LIKE '${'%a'.repeat(5)}b'`),
  'a trigger that never ends': (database) =>
    database.exec(`CREATE TRIGGER slow BEFORE INSERT ON batch BEGIN SELECT ${ENDLESS}; END`),
}

describe('a database that is a program', () => {
  it.each(Object.keys(PROGRAMS))(
    '%s is not opened, to read or to write, and verify says why',
    async (name) => {
      const copy = changed(PROGRAMS[name])
      const { damages } = await verifyFolder(copy, {})
      expect(damages[0]).toMatchObject({ kind: 'storage', place: 'the database file' })
      expect(damages[0].problem).toMatch(/the database's (view|table|index|trigger) \w+: /)
      const unreadable = { fault: { code: 'log.unreadable' } }
      expect(() => openEmbeddedReader({ folder: folderAt(copy).log, registry: REGISTRY })).toThrow(
        /the database's \w+ \w+: /,
      )
      await expect(openPlatform({ path: copy })).rejects.toMatchObject(unreadable)
      drop(copy)
    },
  )

  it('a view in the place of the stored views costs a fold', async () => {
    const copy = changed(
      (database) =>
        database.exec(`ALTER TABLE latest RENAME TO other;
          CREATE VIEW latest AS SELECT * FROM other WHERE position > coalesce(${ENDLESS}, 0)`),
      (folder) => folderAt(folder).projections,
    )
    await (await openPlatform({ path: copy })).close()
    expect((await verifyFolder(copy, {})).damages).toEqual([])
    drop(copy)
  })
})

/** Puts a tree without end in the place of a table: each page of it leads 300 times to the one below, 8 deep. */
function withoutEnd(table: 'event' | 'batch' | 'chunk_ref'): string {
  let [root, size] = [0, 0]
  const copy = changed((database) => {
    root = Number(database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table)?.rootpage)
    size = Number(database.prepare('PRAGMA page_size').get()?.page_size)
  })
  const before = readFileSync(logOf(copy))
  const pages = [Buffer.from(before.subarray((root - 1) * size, root * size))]
  const firstNew = before.length / size + 1
  for (let depth = 0; depth < 8; depth++) {
    const below = firstNew + depth
    const page = Buffer.alloc(size)
    let at = size
    for (let entry = 0; entry < 300; entry++) {
      at -= 5
      page.writeUInt32BE(below, at)
      page[at + 4] = 100
      page.writeUInt16BE(at, 12 + 2 * entry)
    }
    page[0] = 5
    page.writeUInt16BE(300, 3)
    page.writeUInt16BE(at, 5)
    page.writeUInt32BE(below, 8)
    pages.push(page)
  }
  const [top = Buffer.alloc(0)] = pages.splice(-1)
  const after = Buffer.concat([before, ...pages])
  top.copy(after, (root - 1) * size)
  after.writeUInt32BE(after.length / size, 28)
  writeFileSync(logOf(copy), after)
  return copy
}

describe('a database without end', () => {
  it.each(['event', 'batch', 'chunk_ref'] as const)(
    'in its table %s is a damage',
    async (table) => {
      const copy = withoutEnd(table)
      const { damages } = await verifyFolder(copy, {})
      expect(damages.filter(({ kind }) => kind === 'storage').length).toBeGreaterThan(0)
      const reader = openEmbeddedReader({ folder: folderAt(copy).log, registry: REGISTRY })
      const read = async () => {
        for await (const _ of reader.readAll(1));
      }
      // Events or batches that repeat are refused where they are read; without chunks nothing is wrong with what is read.
      await read().catch((error) => expect(String(error)).toMatch(/cannot be read|malformed/))
      await reader.close()
      drop(copy)
    },
    60_000,
  )

  it('a row that says it has 900 MB is neither made nor read', async () => {
    const copy = changed((database) => {
      database.exec('DROP TRIGGER event_refuses_update')
      database.exec('UPDATE event SET data = zeroblob(40000000) WHERE position = 2')
    })
    const { damages } = await verifyFolder(copy, {})
    expect(damages.map(({ problem }) => problem)).toContain('string or blob too big')
    drop(copy)
  })

  it('a batch that says it has no events holds up no reader', async () => {
    const copy = changed((database) => {
      database.exec('DROP TRIGGER batch_refuses_update; PRAGMA ignore_check_constraints = ON')
      database.exec('UPDATE batch SET events = 0')
    })
    const reader = openEmbeddedReader({ folder: folderAt(copy).log, registry: REGISTRY })
    const read = async () => {
      for await (const _ of reader.readAll(1));
      for await (const _ of reader.readStream('dataset-b'));
    }
    await read().catch((error) => expect(error).toMatchObject({ fault: { code: 'log.damaged' } }))
    await reader.close()
    drop(copy)
  })

  it('bytes of noise in each page', async () => {
    for (let page = 1; page < 13; page++) {
      const copy = changed(() => undefined)
      const file = openSync(logOf(copy), 'r+')
      writeSync(file, Buffer.alloc(64, 5 + page * 7), 0, 64, page * 4096)
      closeSync(file)
      expect((await verifyFolder(copy, {})).damages.length).toBeGreaterThan(0)
      drop(copy)
    }
  }, 60_000)
})
