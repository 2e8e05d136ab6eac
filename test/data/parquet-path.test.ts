/** A Parquet file says the same wherever it lies and whatever it is called: its path fills no column and is no pattern. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { arrive, factsOf, longSpec, temporaryFolder, wideSpec } from './files.ts'

const folder = temporaryFolder()

async function duckdb(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
}

const GOOD = `(VALUES ('A', DATE '2008-09-15', 1.5::DOUBLE), ('B', DATE '2008-09-15', 2.5)) t(entity, date, close)`

beforeAll(async () => {
  const other = `(VALUES ('EVIL', DATE '2008-09-15', 7::DOUBLE)) t(entity, date, close)`
  await duckdb(`COPY (FROM ${GOOD}) TO '${folder.path('good.parquet')}' (FORMAT parquet);
    COPY (FROM ${other}) TO '${folder.path('other.parquet')}' (FORMAT parquet)`)
})

const told = async (path: string, spec: DatasetSpec = longSpec) =>
  factsOf((await arrive(path, spec)).rows).map(([entity, , , value]) => [entity, value])

/** A copy of the good file at a path of its own. */
function copyAt(name: string, of = 'good.parquet'): string {
  mkdirSync(dirname(folder.path(name)), { recursive: true })
  copyFileSync(folder.path(of), folder.path(name))
  return folder.path(name)
}

describe('the same bytes give the same rows at', () => {
  const home = process.cwd()
  afterEach(() => process.chdir(home))

  it.each([
    'close=7/p.parquet',
    'entity=EVIL/date=2001-01-01/close=7/p.parquet',
    'close=x/p.parquet',
    'CLOSE=7/p.parquet',
    'p?.parquet',
    'p*.parquet',
    'p[a-z].parquet',
    '[ab]/p.parquet',
    '**/p.parquet',
    "it's.parquet",
    'a\\b/p.parquet',
    'file:p.parquet',
    '{p,q}.parquet',
  ])('%s', async (name) => {
    // Neighbours that a pattern would fit as well.
    for (const neighbour of ['pa.parquet', 'pz.parquet', 'a/p.parquet']) copyAt(neighbour, 'other.parquet')
    const path = copyAt(name)
    const expected = [
      ['A', 1.5],
      ['B', 2.5],
    ]
    expect(await told(path)).toEqual(expected)
    // Typed from the folder above, as a person does.
    process.chdir(folder.path('.'))
    expect(await told(name)).toEqual(expected)
  })

  it.each(['~', 's3:', 'file:'])(
    'a path that begins with %s is in the folder that one is in',
    async (start) => {
      copyAt(join('home', start, 'p.parquet'))
      process.chdir(folder.path('home'))
      expect(await told(`${start}/p.parquet`)).toHaveLength(2)
    },
  )
})

it('a file without the column of the folder is refused: the folder gives it none', async () => {
  await duckdb(`COPY (SELECT entity, date FROM ${GOOD}) TO '${folder.path('less.parquet')}' (FORMAT parquet)`)
  await expect(arrive(copyAt('close=7/less.parquet', 'less.parquet'), longSpec)).rejects.toMatchObject({
    fault: { code: 'source.missing-column' },
  })
})

it("columns named like those that DuckDB adds are the file's own", async () => {
  const named = `SELECT entity, date, close, 'x' AS filename, 5 AS file_index, 6 AS rowid FROM ${GOOD}`
  await duckdb(`COPY (${named}) TO '${folder.path('named.parquet')}' (FORMAT parquet)`)
  const columns = ['file_index', 'rowid'].map((name) => ({ name, unit: '' }))
  const arrival = await arrive(folder.path('named.parquet'), { ...longSpec, columns })
  expect(factsOf(arrival.rows).map((fact) => fact.slice(3))).toEqual([
    [5, 6],
    [5, 6],
  ])
})

describe('names of columns are those of the file', () => {
  /** DuckDB itself writes no name twice, so that one of the same length is written over. */
  async function renamed(from: string, to: string): Promise<string> {
    const wide = `SELECT DATE '2008-09-15' AS date, {'x': 1, 'y': [2]} AS inner, 1.5 AS brka, 2.5 AS ${from}`
    await duckdb(`COPY (${wide}) TO '${folder.path('two.parquet')}' (FORMAT parquet)`)
    const text = readFileSync(folder.path('two.parquet')).toString('latin1')
    writeFileSync(folder.path('two.parquet'), Buffer.from(text.replaceAll(from, to), 'latin1'))
    return folder.path('two.parquet')
  }
  const spec: DatasetSpec = { ...wideSpec, timeColumn: 'date' }

  it('in their case: two that differ in it alone are two', async () => {
    const arrival = await arrive(await renamed('brkx', 'BRKA'), spec)
    expect(factsOf(arrival.rows).map(([entity, , , value]) => [entity, value])).toEqual([
      ['BRKA', 2.5],
      ['brka', 1.5],
    ])
    expect(arrival.rejects).toEqual([
      expect.objectContaining({ reason: 'value.not-a-number', text: "{'x': 1, 'y': [2]}" }),
    ])
  })

  it('and one that is there twice is refused, as in a text file', async () => {
    await expect(arrive(await renamed('brkx', 'brka'), spec)).rejects.toMatchObject({
      fault: { code: 'source.duplicate-column', detail: { column: 'brka' } },
    })
  })
})
