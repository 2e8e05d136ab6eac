/** Verification finds any byte that was changed anywhere, and says where. */
import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import { IDENTITY } from '../../streams/log/embedded/database.ts'
import { openEmbeddedInspection } from '../../streams/log/embedded/inspect.ts'
import { openEmbeddedLog, openSealedLog } from '../../streams/log/embedded/open.ts'
import { HEAD } from '../../streams/log/seal/head.ts'
import { noteSigner, privateKeyFrom } from '../../streams/log/seal/note.ts'
import { CHECKPOINT, CHECKPOINTS } from '../../streams/log/seal/sealer.ts'
import { putDocument } from '../../streams/log/tables.ts'
import type { Inspection } from '../../streams/log/verify/damage.ts'
import type { Verification } from '../../streams/log/verify.ts'
import { verify } from '../../streams/log/verify.ts'
import { append, batchOf, note, price, TestClock, VOCABULARY } from '../contract/vocabulary.ts'

const folders = mkdtempSync(join(tmpdir(), 'asof-verify-'))
const sound = join(folders, 'sound')
afterAll(() => rmSync(folders, { recursive: true }))

const signer = noteSigner('asof.example/verify', privateKeyFrom(new Uint8Array(32).fill(9)))

beforeAll(async () => {
  const seal = {
    folder: join(sound, 'seal'),
    origin: signer.name,
    signer,
    began: randomUUID(),
    wasSealed: false,
  }
  const at = { folder: join(sound, 'log'), registry: VOCABULARY, clock: new TestClock() }
  const log = await openSealedLog({ ...at, seal: async () => seal })
  const chunks = openChunkFolder(join(sound, 'chunks'))
  const refs = [
    await putDocument(chunks, Buffer.from('{"a":1}'), 'json'),
    await putDocument(chunks, Buffer.from('b'), 'html'),
  ]
  await append(log, batchOf('note-a', 0, [note('first', 5, refs), note('second', -3)]))
  await append(log, batchOf('price-b', 0, [price(1.5)], { causationId: 'a cause' }))
  await log.seal?.publish()
  await append(log, batchOf('note-a', 2, [note('third', 9, refs.slice(1))]))
  await log.seal?.publish()
  await putDocument(chunks, Buffer.from('nobody refers to this'), 'html')
  await log.close()
  // What a process appended that keeps no seal: durable, and not sealed.
  const other = openEmbeddedLog(at)
  await append(other, batchOf('price-b', 1, [price(2)]))
  await other.close()
})

async function check(folder: string, kept?: Inspection): Promise<Verification> {
  const inspection = kept ?? openEmbeddedInspection(join(folder, 'log'))
  try {
    const chunks = openChunkFolder(join(folder, 'chunks'))
    return await verify({
      inspection,
      registry: VOCABULARY,
      chunks,
      seal: {
        folder: join(folder, 'seal'),
        verifierKey: signer.verifierKey,
        identityPath: join(folder, 'log', IDENTITY),
      },
    })
  } finally {
    if (kept === undefined) inspection.close()
  }
}

/** Works on a copy, so that each test starts from a sound log. */
function copy(name: string): string {
  cpSync(sound, join(folders, name), { recursive: true })
  return join(folders, name)
}

/** A database whose triggers are gone; `mend` puts them back as they were. */
function database(folder: string): DatabaseSync & { mend: () => void } {
  const open = new DatabaseSync(join(folder, 'log', 'log.db'))
  const triggers = open.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all()
  for (const { name } of triggers) open.exec(`DROP TRIGGER ${name}`)
  const mend = () => {
    for (const { sql } of triggers) open.exec(String(sql))
  }
  return Object.assign(open, { mend })
}

test('a sound log has no damage; what is not sealed and what is not referred to is said', async () => {
  const { damages, orphans, ...counts } = await check(sound)
  expect(damages).toEqual([])
  expect(orphans).toHaveLength(1)
  expect(counts).toEqual({
    ...{ events: 5, checkpoints: 3, eventsSealed: 4, eventsNotSealed: 1 },
    ...{ consistency: null, identity: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
})

describe('every byte of every column', () => {
  const columns = {
    batch: [
      'first_position',
      'events',
      'stream',
      'first_revision',
      'command_id',
      'actor',
      'correlation_id',
      'causation_id',
      'recorded_at',
      'known_high',
      'late',
    ],
    event: ['position', 'id', 'type', 'version', 'event_time', 'known_at', 'data', 'leaf'],
    chunk_ref: ['position', 'ordinal', 'hash', 'format', 'rows', 'bytes', 'event_time_from', 'event_time_to'],
  }

  test.each(Object.entries(columns).flatMap(([table, names]) => names.map((name) => [table, name] as const)))(
    '%s.%s',
    async (table, column) => {
      const folder = copy(`${table}.${column}`)
      const open = database(folder)
      open.exec(
        'PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = ON',
      )
      const key = table === 'batch' ? 'first_position' : 'position'
      const ordinal = table === 'chunk_ref' ? 'ordinal' : '0'
      const cells = open.prepare(
        `SELECT ${key} AS k, ${ordinal} AS o, ${column} AS v, typeof(${column}) AS t FROM ${table}`,
      )
      cells.setReadBigInts(true)
      let flips = 0
      for (const { k, o, v, t } of cells.all()) {
        for (const value of flipsOf(v, String(t))) {
          const at = table === 'chunk_ref' ? 'AND ordinal = ?' : 'AND 0 = ?'
          const cast = t === 'text' ? 'CAST(? AS TEXT)' : '?'
          const change = open.prepare(
            `UPDATE OR IGNORE ${table} SET ${column} = ${cast} WHERE ${key} = ? ${at}`,
          )
          if (k === undefined || o === undefined || v === undefined) throw new Error('unread')
          // A row whose key the change would take from another cannot be changed so.
          if (change.run(value, k, o).changes === 0) continue
          flips++
          const { damages } = await check(folder)
          const ofFacts = damages.filter(({ place }) => !place.startsWith("the database's trigger"))
          expect(ofFacts, `${table} ${k}: ${column} = ${String(value)}`).not.toEqual([])
          if (column !== 'ordinal') expect(JSON.stringify(damages)).toMatch(/event|command/)
          const nowK = column === key ? value : k
          const nowO = column === 'ordinal' ? value : o
          open.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ? ${at}`).run(v, nowK, nowO)
        }
      }
      expect(flips).toBeGreaterThan(0)
      open.mend()
      open.close()
      expect((await check(folder)).damages).toEqual([])
    },
  )

  /** One changed bit for each byte; which bit depends on the byte's place. */
  function flipsOf(value: unknown, type: string): (bigint | Buffer)[] {
    if (type === 'null') return []
    if (typeof value === 'bigint') {
      return Array.from({ length: 8 }, (_, byte) =>
        BigInt.asIntN(64, value ^ (1n << BigInt(8 * byte + (byte % 8)))),
      )
    }
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value as Uint8Array)
    return Array.from(bytes, (byte, at) => {
      const changed = Buffer.from(bytes)
      changed[at] = byte ^ (1 << (at % 8))
      return changed
    })
  }
})

describe('every byte of every file', () => {
  const filesIn = (part: string) =>
    readdirSync(join(sound, part), { recursive: true })
      .map(String)
      .filter((name) => statSync(join(sound, part, name)).isFile())

  test.each(['chunks', 'seal'])('in %s', async (part) => {
    const folder = copy(part)
    const inspection = openEmbeddedInspection(join(folder, 'log'))
    const { orphans } = await check(folder, inspection)
    for (const name of filesIn(part)) {
      if (orphans.some((hash) => name === `${hash.slice(0, 2)}/${hash.slice(2)}.html`)) continue
      const path = join(folder, part, name)
      const bytes = readFileSync(path)
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
        writeFileSync(path, changed)
        const { damages } = await check(folder, inspection)
        expect(damages, `${name} byte ${at}`).not.toEqual([])
        expect(
          damages.some(({ place }) => place.includes(placeOf(part, name))),
          `${name} byte ${at}`,
        ).toBe(true)
      }
      writeFileSync(path, bytes)
    }
    inspection.close()
  })

  const placeOf = (part: string, name: string) => (part === 'chunks' ? name.replace(/\/|\..*/g, '') : name)
})

describe('names', () => {
  test('the event, its stream and the column', async () => {
    const folder = copy('names')
    const open = database(folder)
    open.exec("UPDATE event SET id = replace(id, '-', '+') WHERE position = 3")
    open.exec('UPDATE batch SET known_high = 4 WHERE first_position = 1')
    open.mend()
    open.close()
    const { damages } = await check(folder)
    expect(damages.map(({ place }) => place).toSorted()).toEqual(
      [
        'batch of event 1 (stream note-a), column known_high',
        'event 3 (price.Seen, revision 1 of price-b), column id',
        'event 3 (price.Seen, revision 1 of price-b), column id',
        'tile/0/000.p/3, entry 2',
        'tile/0/000.p/4, entry 2',
        'file checkpoints, note 2, of 3 events',
        'file checkpoints, note 3, of 4 events',
        'file head, of 4 events',
      ].toSorted(),
    )
  })

  test('events that were taken away, and an event that was replaced together with its leaf', async () => {
    const folder = copy('lost')
    const open = database(folder)
    open.exec('DELETE FROM event WHERE position >= 4; DELETE FROM batch WHERE first_position >= 4')
    open.exec('DELETE FROM chunk_ref WHERE position >= 4')
    open.mend()
    open.close()
    const { damages } = await check(folder)
    expect(damages.map(({ place }) => place)).toContain('file head, of 4 events')
    const replaced = copy('replaced')
    rmSync(join(replaced, 'log'), { recursive: true })
    const log = openEmbeddedLog({
      folder: join(replaced, 'log'),
      registry: VOCABULARY,
      clock: new TestClock(),
    })
    for (let i = 0; i < 5; i++) await append(log, batchOf('note-a', i, [note('other history')]))
    await log.close()
    const places = (await check(replaced)).damages.map(({ place }) => place)
    expect(places).toContain('file checkpoints, note 2, of 3 events')
    expect(places).toContain('tile/0/000.p/3, entry 0')
  })

  test('files that are missing', async () => {
    const folder = copy('missing')
    rmSync(join(folder, 'seal', 'tile'), { recursive: true })
    rmSync(join(folder, 'seal', CHECKPOINT))
    rmSync(join(folder, 'seal', HEAD))
    rmSync(join(folder, 'chunks'), { recursive: true })
    const places = (await check(folder)).damages.map(({ place }) => place)
    expect(places).toContain('tile/0/000.p/4')
    expect(places).toContain('file checkpoint')
    expect(places).toContain('file head')
    expect(places.filter((place) => place.startsWith('chunk '))).toHaveLength(2)
    expect(readFileSync(join(folder, 'seal', CHECKPOINTS), 'utf8')).toContain('asof.example/verify\n3\n')
  })
})
