/** Iceberg tables whose rows are deleted by delete files: each snapshot has the rows that its specification says, and each change is told once. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import type { Change } from '../../streams/sources/lake/change-terms.ts'
import { type DeleteFile, filesWith } from '../../streams/sources/lake/iceberg-deletes.ts'
import { changeOf, withLake } from '../../streams/sources/lake/open.ts'
import { folderPlace } from '../../streams/sources/lake/place.ts'
import { fromFirstWhole, type LakeVersion } from '../../streams/sources/lake/table.ts'
import { refusalIn } from '../support/refusals.ts'
import { readVector } from '../support/vectors.ts'

type Cell = string | number | null
type Vector = Readonly<{
  files: Readonly<Record<string, string>>
  versions: readonly Readonly<{ version: string; rows: readonly (readonly Cell[])[] }>[]
}>
const { deletes: vector } = JSON.parse(readVector('lakehouse-deletes.json')) as Readonly<{ deletes: Vector }>

const root = mkdtempSync(join(tmpdir(), 'asof-lake-deletes-'))
const folder = join(root, 'prices')
afterAll(() => rmSync(root, { recursive: true, force: true }))

beforeAll(() => {
  for (const [path, bytes] of Object.entries(vector.files)) {
    const place = join(folder, path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, Buffer.from(bytes, 'base64'))
  }
})

const read = () =>
  withLake(folderPlace(folder), async (table) => {
    if (table === null) throw new Error('it is no table')
    const all: LakeVersion[] = []
    for await (const version of fromFirstWhole(table)) all.push(version)
    return { all, schema: table.columns }
  })

async function rowsIn(path: string): Promise<readonly (readonly Cell[])[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const found = await connection.runAndReadAll(
    `SELECT instrument, epoch_us("time")::DOUBLE, close, _change_type FROM '${path}'`,
  )
  connection.closeSync()
  return found.getRows() as readonly (readonly Cell[])[]
}

describe('a table that is merged when it is read', () => {
  test('has in each snapshot the rows that pyiceberg reads, or that the specification says', async () => {
    const { all, schema } = await read()
    const standing = new Map<string, readonly Cell[]>()
    const changes: Change[] = []
    let before: LakeVersion | null = null
    for (const [place, after] of all.entries()) {
      const asked = { place: folderPlace(folder), schema, before, after, out: join(root, `${place}.parquet`) }
      const columns = ['instrument', 'time', 'close']
      const change: Change = await changeOf({ ...asked, columns, keys: ['instrument', 'time'] })
      changes.push(change)
      for (const [name, time, close, what] of await rowsIn(asked.out)) {
        const key = `${time} ${name}`
        expect(standing.has(key), `${what} ${key}`).toBe(what !== 'insert')
        if (what === 'delete') standing.delete(key)
        else standing.set(key, [name, time, close])
      }
      const { version, rows } = vector.versions[place]
      expect(after.version).toBe(version)
      const said = rows.map(([name, time, close]) => [name, parseMoment(String(time)), close])
      expect([...standing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)).toEqual(said)
      before = after
    }
    const none = { added: 0, changed: 0, deleted: 0 }
    expect(changes).toEqual([
      { ...none, added: 6 },
      // By its place in a file.
      { ...none, deleted: 1 },
      { ...none, added: 2 },
      // By its values; and what is appended later with the same values stands.
      { ...none, deleted: 1 },
      { ...none, added: 1 },
      // By a null, and in all partitions at once.
      { ...none, deleted: 1 },
      { ...none, deleted: 2 },
    ])
  })

  test('whose delete file is gone is refused by its name: its rows would be back', async () => {
    const { all, schema } = await read()
    const [, second] = all
    const gone = second.files.flatMap(({ deletes }) => deletes)[0]?.path ?? ''
    rmSync(gone)
    const asked = {
      place: folderPlace(folder),
      schema,
      before: null,
      after: second,
      out: join(root, 'gone.parquet'),
    }
    await expect(changeOf({ ...asked, columns: ['instrument'], keys: ['instrument'] })).rejects.toThrow(gone)
    expect(existsSync(asked.out)).toBe(false)
    const name = gone.slice(folder.length + 1)
    writeFileSync(gone, Buffer.from(vector.files[name] ?? '', 'base64'))
  })

  test('whose delete file has other columns than it is to have is refused', async () => {
    const { all, schema } = await read()
    const [first] = all
    const [file] = first.files
    const of = (deletes: (typeof file)['deletes']) =>
      refusalIn(
        changeOf({
          ...{ place: folderPlace(folder), schema, before: null, out: join(root, 'odd.parquet') },
          ...{ columns: ['instrument'], keys: ['instrument'] },
          after: { ...first, files: [{ ...file, deletes }] },
        }),
      )
    expect(await of([{ kind: 'position', path: file.path, of: 'any' }])).toBe('lake.unreadable')
    expect(await of([{ kind: 'equality', path: file.path, fields: [99] }])).toBe('lake.unreadable')
    expect(readdirSync(root).filter((name) => name.startsWith('odd'))).toEqual([])
  })
})

test('a delete file bears on files of its partition: by values on older ones, by places on those of its own commit too', () => {
  const file = (sequence: number, partition: string | null) => ({
    path: '/d',
    told: 'd',
    sequence,
    partition,
  })
  const bears = (one: DeleteFile, on: ReturnType<typeof file>) =>
    filesWith([on], [one], () => new Error('too many'))[0].deletes.length
  const equality = { ...file(3, 'a'), kind: 'equality', fields: [1] } as const
  expect([2, 3, 4].map((at) => bears(equality, file(at, 'a')))).toEqual([1, 0, 0])
  expect(['b', null].map((partition) => bears(equality, file(2, partition)))).toEqual([0, 0])
  expect(bears({ ...equality, partition: null }, file(2, 'b'))).toBe(1)
  const position = { ...file(3, 'a'), kind: 'position', of: null } as const
  expect([2, 3, 4].map((at) => bears(position, file(at, 'a')))).toEqual([1, 1, 0])
  expect(bears(position, file(2, 'b'))).toBe(0)
  expect(bears({ ...position, partition: null }, file(2, 'b'))).toBe(0)
  expect(['d', 'e'].map((of) => bears({ ...position, of }, file(2, 'a')))).toEqual([1, 0])
  const many = Array.from({ length: 1001 }, () => file(2, 'a'))
  const files = () => filesWith(many, Array(1000).fill(equality), () => new Error('too many'))
  expect(files).toThrow('too many')
})
