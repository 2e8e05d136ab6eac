/** Delta Lake and Iceberg tables as sources: each version is what the peers' own libraries read of it, and arrives as what it changed. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import type { Change } from '../../streams/sources/lake/change-terms.ts'
import { changeOf, withLake } from '../../streams/sources/lake/open.ts'
import { folderPlace } from '../../streams/sources/lake/place.ts'
import { schemaChanges } from '../../streams/sources/lake/schema-changes.ts'
import { fromFirstWhole, type LakeTable, type LakeVersion } from '../../streams/sources/lake/table.ts'
import { readerAt } from '../../streams/sources/reading-start.ts'
import { asof } from '../support/cli.ts'
import { refusalIn } from '../support/refusals.ts'
import { readVector } from '../support/vectors.ts'

type Cell = string | number | null
type Vector = Readonly<{
  files: Readonly<Record<string, string>>
  versions: readonly Readonly<{ version: string; rows: readonly (readonly Cell[])[] }>[]
}>
const KINDS = ['delta', 'iceberg'] as const
const vectors = JSON.parse(readVector('lakehouse.json')) as Readonly<Record<(typeof KINDS)[number], Vector>>
const READER = fileURLToPath(new URL('../../streams/sources/reading-child.ts', import.meta.url))
/** What Iceberg's table calls the close since it was renamed. */
const CLOSE = { delta: 'close', iceberg: 'last' } as const

const root = mkdtempSync(join(tmpdir(), 'asof-lakehouse-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

beforeAll(() => {
  for (const kind of KINDS)
    for (const [path, bytes] of Object.entries(vectors[kind].files)) {
      const place = join(root, kind, path)
      mkdirSync(dirname(place), { recursive: true })
      writeFileSync(place, Buffer.from(bytes, 'base64'))
    }
})

function withTable<T>(folder: string, use: (table: LakeTable) => Promise<T>): Promise<T> {
  return withLake(folderPlace(join(root, folder)), async (table) => {
    if (table === null) throw new Error(`${folder} is no table`)
    return use(table)
  })
}

/** A table's columns, and its versions. */
const read = (folder: string, since: string | null = null) =>
  withTable(folder, async ({ columns, versions }) => ({ columns, all: await listOf(versions(since)) }))

async function listOf(each: AsyncIterable<LakeVersion>): Promise<readonly LakeVersion[]> {
  const versions: LakeVersion[] = []
  for await (const version of each) versions.push(version)
  return versions
}

const inOrder = (version: LakeVersion): LakeVersion => ({
  ...version,
  files: version.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
})

const reads = (kind: (typeof KINDS)[number]) => ({
  columns: ['instrument', 'time', CLOSE[kind], 'volume', ...(kind === 'delta' ? ['exchange'] : [])],
  keys: ['instrument', 'time'],
})

async function rowsIn(path: string): Promise<readonly Readonly<Record<string, Cell>>[]> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const read = await connection.runAndReadAll(
    `SELECT * REPLACE (epoch_us("time")::DOUBLE AS "time", epoch_us(_commit_timestamp)::DOUBLE AS _commit_timestamp) FROM '${path}'`,
  )
  connection.closeSync()
  return read.getRowObjects() as readonly Readonly<Record<string, Cell>>[]
}

describe.each(KINDS)('a table of %s', (kind) => {
  test('has in each version the rows that its own library reads, made of what each version changed', async () => {
    const { columns, all } = await read(kind)
    const standing = new Map<string, readonly Cell[]>()
    const changes: Change[] = []
    let before: LakeVersion | null = null
    for (const [place, after] of all.entries()) {
      const out = join(root, `${kind}-${place}.parquet`)
      const asked = {
        place: folderPlace(join(root, kind)),
        schema: columns,
        before,
        after,
        out,
        ...reads(kind),
      }
      const change = await changeOf(asked)
      changes.push(change)
      const told = change.added + change.changed + change.deleted === 0 ? [] : await rowsIn(out)
      for (const row of told) {
        const { instrument, time, volume, _change_type, _commit_version, _commit_timestamp, exchange } = row
        expect([_commit_version, _commit_timestamp]).toEqual([after.version, after.committedAt])
        if (kind === 'delta') expect(exchange).toBe(instrument === 'ANT' ? 'A' : 'B c/%')
        const key = `${time} ${instrument}`
        expect(standing.has(key), _change_type as string).toBe(_change_type !== 'insert')
        if (_change_type === 'delete') standing.delete(key)
        else standing.set(key, [instrument, time, row[CLOSE[kind]], volume])
      }
      const { version, rows } = vectors[kind].versions[place]
      expect(after.version).toBe(version)
      const peers = rows.map(([name, time, ...cells]) => [name, parseMoment(String(time)), ...cells])
      expect([...standing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)).toEqual(peers)
      before = after
    }
    const none = { added: 0, changed: 0, deleted: 0 }
    // Iceberg says a change in two snapshots: the row is deleted, and appended.
    const third =
      kind === 'delta'
        ? [{ ...none, changed: 1 }, none]
        : [
            { ...none, deleted: 1 },
            { ...none, added: 1 },
          ]
    expect(changes).toEqual([
      { ...none, added: 5 },
      { ...none, added: 2 },
      { ...none, deleted: 1 },
      ...third,
      { ...none, added: 2 },
    ])
  })

  test('goes on behind a version, and says by name what became of its columns', async () => {
    const { all } = await read(kind)
    // A checkpoint has its files in no order.
    expect((await read(kind, all[3].version)).all.map(inOrder)).toEqual(all.slice(3).map(inOrder))
    expect(schemaChanges(all[3], all[5])).toEqual([
      'volume (double) was added',
      ...(kind === 'delta' ? [] : ['close is now called last']),
    ])
  })

  test('without a file that is needed is refused, and so is a column that it has not', async () => {
    const { columns, all } = await read(kind)
    const [first] = all
    const asked = {
      place: folderPlace(join(root, kind)),
      schema: columns,
      before: null,
      after: first,
      out: join(root, 'none.parquet'),
      ...reads(kind),
    }
    expect(await refusalIn(changeOf({ ...asked, columns: ['bid'] }))).toBe('source.missing-column')
    const gone = { ...first, files: [{ path: join(root, 'gone.parquet'), deletes: [], partition: {} }] }
    expect(await refusalIn(changeOf({ ...asked, after: gone }))).toBe('lake.unreadable')
  })
})

test('a Delta table whose first commits are gone begins at its checkpoint', async () => {
  cpSync(join(root, 'delta'), join(root, 'cut'), { recursive: true })
  const log = join(root, 'cut', '_delta_log')
  for (const name of readdirSync(log)) if (/0[0-3]\.json$/.test(name)) rmSync(join(log, name))
  const [whole, cut] = [(await read('delta')).all, (await read('cut')).all]
  const shown = (of: readonly LakeVersion[]) =>
    of.map(({ version, files }) => [
      version,
      files.map(({ path }) => path.replace(/^.*exchange=/, '')).sort(),
    ])
  expect(shown(cut)).toEqual(shown(whole.slice(3)))
  rmSync(join(log, `${'4'.padStart(20, '0')}.json`))
  expect(await refusalIn(read('cut'))).toBe('lake.unreadable')
})

test('a table of which earlier files are gone begins at the first version that has all of its files', async () => {
  cpSync(join(root, 'delta'), join(root, 'vacuumed'), { recursive: true })
  const { all } = await read('vacuumed')
  const passedOver: string[] = []
  const begun = () =>
    withTable('vacuumed', async (table) =>
      (await listOf(fromFirstWhole(table, (gone) => passedOver.push(gone)))).map(({ version }) => version),
    )
  expect(await begun()).toEqual(['0', '1', '2', '3', '4', '5'])
  const later = new Set(all[2].files.map(({ path }) => path))
  for (const { path } of all[1].files) if (!later.has(path)) rmSync(path)
  expect(passedOver).toEqual([])
  expect(await begun()).toEqual(['2', '3', '4', '5'])
  expect(passedOver).toEqual(['0', '1'])
  for (const { path } of all[5].files) rmSync(path, { force: true })
  for (const { path } of all[2].files) rmSync(path, { force: true })
  expect(await refusalIn(begun())).toBe('lake.unreadable')
})

test('a log that says what no log says, or is longer than any is, is refused by name', async () => {
  const broken = async (change: (commit: string) => void): Promise<string> => {
    const folder = mkdtempSync(join(root, 'broken-'))
    cpSync(join(root, 'delta'), folder, { recursive: true })
    const log = join(folder, '_delta_log')
    change(
      join(
        log,
        readdirSync(log)
          .sort()
          .find((name) => name.endsWith('.json')) ?? '',
      ),
    )
    return refusalIn(read(basename(folder)))
  }
  const add = (path: string) =>
    `${JSON.stringify({ add: { path, size: 1, modificationTime: 1, dataChange: true } })}\n`
  const schema = `${JSON.stringify({ metaData: { id: 'x', schemaString: 'no schema' } })}\n`
  for (const text of [add('100%.parquet'), schema, 'no action\n', add('a.parquet')])
    expect(await broken((commit) => writeFileSync(commit, text)), text).toBe('lake.unreadable')
  expect(await broken((commit) => truncateSync(commit, 2 ** 28 + 1))).toBe('lake.unreadable')
  expect(
    await broken((commit) => {
      rmSync(commit)
      mkdirSync(commit)
    }),
  ).toBe('lake.unreadable')
})

test.each(KINDS)('a log of %s that takes the memory of its reader is refused by name', async (kind) => {
  cpSync(join(root, kind), join(root, 'greedy'), { recursive: true })
  const place = join(root, 'greedy', kind === 'delta' ? '_delta_log' : 'metadata')
  const many = Array.from({ length: 2_000_000 }, () => '{}').join()
  for (const name of readdirSync(place).filter((one) => one.endsWith('.json')))
    writeFileSync(join(place, name), `{"commitInfo":{"operation":[${many}]}}\n`)
  const start = () => readerAt(READER, { heapMegabytes: 40 })
  const told = withLake(folderPlace(join(root, 'greedy')), async (table) => table?.columns, { start })
  await expect(told).rejects.toThrow(/greedy cannot be read: its reader took more memory than it may have/)
  rmSync(join(root, 'greedy'), { recursive: true })
})

test('what a log names is a file of the table, or is refused: no link out of it, no pipe', async () => {
  const { columns, all } = await read('delta')
  const [first] = all
  const [{ path, partition }] = first.files
  const asked = { schema: columns, before: null, out: join(root, 'own.parquet'), ...reads('delta') }
  const change = (name: string) => {
    const after = { ...first, files: [{ path: join(root, 'delta', name), deletes: [], partition }] }
    return changeOf({ ...asked, place: folderPlace(join(root, 'delta')), after })
  }
  cpSync(path, join(root, 'elsewhere.parquet'))
  symlinkSync(join(root, 'elsewhere.parquet'), join(root, 'delta', 'link.parquet'))
  execFileSync('mkfifo', [join(root, 'delta', 'pipe.parquet')])
  cpSync(path, join(root, 'delta', 'own.parquet'))
  expect((await change('own.parquet')).added).toBeGreaterThan(0)
  for (const name of ['link.parquet', 'pipe.parquet'])
    await expect(change(name)).rejects.toThrow(`${name} is no file of its own`)
})

test('a folder that only has folders or files of those names is no table', async () => {
  for (const name of ['metadata', 'data']) mkdirSync(join(root, 'plain', name), { recursive: true })
  writeFileSync(join(root, 'plain', 'metadata', 'notes.json'), '{}')
  mkdirSync(join(root, 'files'))
  for (const name of ['metadata', '_delta_log']) writeFileSync(join(root, 'files', name), 'a,b\n')
  for (const folder of ['plain', 'files', 'files/metadata', 'none'])
    expect(await withLake(folderPlace(join(root, folder)), async (table) => table), folder).toBe(null)
})

test('asof ingest takes each version as an arrival, once, and a deleted row is taken back', async () => {
  const declaration = join(root, 'prices.yaml')
  const declared = `dataset: prices
layout: long
entityColumn: instrument
timeColumn: time
knownAt: { kind: declared, column: _commit_timestamp }
columns: [{ name: close, unit: USD }]
`
  writeFileSync(declaration, declared)
  const folder = join(root, 'folder')
  const ingest = () => asof(folder, 'ingest', join(root, 'delta'), '-d', declaration, '--json')
  expect((await ingest()).err).toContain('withdrawn: { column: _change_type, words: [delete] }')
  writeFileSync(declaration, `${declared}withdrawn: { column: _change_type, words: [delete] }\n`)
  const first = await ingest()
  expect(first.code).toBe(0)
  const told = JSON.parse(first.out)
  const arrivals = told.versions.map(
    ({ arrival }: { arrival: { rows: number; rowsWithdrawn: number; rowsRevised: number } | null }) =>
      arrival === null ? null : [arrival.rows, arrival.rowsWithdrawn, arrival.rowsRevised],
  )
  // The close of CAT is missing: of a row without a value nothing arrives.
  expect(arrivals).toEqual([[4, 0, 0], [2, 0, 0], [1, 1, 0], [1, 0, 1], null, [2, 0, 0]])
  expect(JSON.parse((await ingest()).out)).toMatchObject({ since: '5', versions: [] })
}, 300_000)
