/** Columns of other types than double: the same table in every format, exact in the chunk, one double each for formulas. */
import { writeFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC, tableToIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { textCode } from '../../schemas/category.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { cellOf, columnOf, joinRows, type Rows, rowsWhere, sliceRows } from '../../schemas/rows.ts'
import { decodeRows, encodeRows } from '../../streams/log/arrow.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { arrive, linesOf, temporaryFolder } from './files.ts'

const folder = temporaryFolder()

const DECLARED = `
dataset: d
layout: long
entityColumn: entity
timeColumn: stamp
timeZone: UTC
knownAt: { kind: lag }
columns:
  - { name: shares, unit: shares, type: int64 }
  - { name: sector, unit: "", type: category }
  - { name: halted, unit: "", type: bool }
  - { name: filed, unit: "", type: date }
  - { name: cik, unit: "", type: string }
  - { name: price, unit: USD, type: decimal }
  - { name: close, unit: USD }
`
const spec: DatasetSpec = await parseDataset(DECLARED, 'd.yaml')

async function duckdb(sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const rows = (await connection.runAndReadAll(`SET TimeZone = 'UTC'; ${sql}`)).getRows()
  connection.closeSync()
  instance.closeSync()
  return rows
}

/** 2^53 + 1 and the ends of int64 are no doubles; every ninth cell is missing. */
const TABLE = `CREATE TABLE t AS SELECT 'E' || e AS entity, (TIMESTAMP '2008-01-01 21:00:00' + INTERVAL (d) DAY) AS stamp,
  CASE WHEN hash(e, d, 1) % 9 = 0 THEN NULL
    ELSE (CASE d WHEN 0 THEN 9007199254740993 WHEN 1 THEN 9223372036854775807 WHEN 2 THEN -9223372036854775808
      WHEN 3 THEN 9007199254740992 ELSE d * 1000 - 5 END) END::BIGINT AS shares,
  CASE WHEN hash(e, d, 2) % 9 = 0 THEN NULL ELSE ['Energy', 'Real Estate', 'Zürich', 'null'][1 + (e + d) % 4] END AS sector,
  CASE WHEN hash(e, d, 3) % 9 = 0 THEN NULL ELSE (e + d) % 2 = 0 END AS halted,
  CASE WHEN hash(e, d, 4) % 9 = 0 THEN NULL ELSE DATE '2007-12-30' + (d * 3)::INTEGER END AS filed,
  CASE WHEN hash(e, d, 5) % 9 = 0 THEN NULL ELSE '0000' || (320193 + e * 100 + d) END AS cik,
  CASE WHEN hash(e, d, 6) % 9 = 0 THEN NULL ELSE (d * 7 + e) / 100 END::DECIMAL(12, 2) AS price,
  CASE WHEN hash(e, d, 7) % 9 = 0 THEN NULL ELSE d / 7.0 END::DOUBLE AS close
  FROM range(40) t(d), range(5) u(e) ORDER BY hash(e, d);`

const copy = (name: string, how: string, what = 't') => `COPY ${what} TO '${folder.path(name)}' (${how})`
const TEXT = `(SELECT entity, strftime(stamp, '%Y-%m-%dT%H:%M:%SZ') AS stamp, * EXCLUDE (entity, stamp) FROM t)`

/** What DuckDB reads of a column, as text and in the order of the chunk; null where it is missing. */
const cellsOf = (rows: Rows, name: string) => {
  const column = rows.columns.find((one) => one.name === name)
  return Array.from({ length: rows.length }, (_, row) => (column === undefined ? null : cellOf(column, row)))
}

describe('a table with columns of every type', () => {
  it('is the same from CSV, NDJSON, Parquet and Arrow, and each cell is what DuckDB has', async () => {
    await duckdb(`${TABLE} ${copy('t.csv', 'HEADER', TEXT)}; ${copy('t.ndjson', 'FORMAT json', TEXT)};
      ${copy('t.parquet', 'FORMAT parquet')}; SELECT 1`)
    const [rows, ...more] = (await arrive(folder.path('t.csv'), spec)).rows
    expect(more).toEqual([])
    writeFileSync(folder.path('t.arrow'), asFile(rows))
    for (const name of ['t.ndjson', 't.parquet', 't.arrow']) {
      const arrival = await arrive(folder.path(name), spec)
      expect(arrival.rejects, name).toEqual([])
      expect([...arrival.rows], name).toEqual([rows])
    }
    const told =
      await duckdb(`${TABLE} SELECT shares::VARCHAR, sector, halted, filed - DATE '1970-01-01', cik, price::DOUBLE, close
      FROM t ORDER BY stamp, entity`)
    const exact = cellsOf(rows, 'shares').map((cell) => (cell === null ? null : String(cell)))
    expect(exact).toEqual(told.map(([shares]) => shares))
    expect(exact.filter((cell) => cell === '9007199254740993').length).toBeGreaterThan(0)
    expect(cellsOf(rows, 'sector')).toEqual(told.map(([, sector]) => sector))
    expect(cellsOf(rows, 'halted')).toEqual(
      told.map(([, , halted]) => (halted === null ? null : Number(halted))),
    )
    expect(cellsOf(rows, 'filed')).toEqual(
      told.map(([, , , filed]) => (filed === null ? null : Number(filed))),
    )
    expect(cellsOf(rows, 'cik')).toEqual(told.map(([, , , , cik]) => cik))
    expect(cellsOf(rows, 'price')).toEqual(told.map(([, , , , , price]) => price))
    expect(cellsOf(rows, 'close')).toEqual(told.map(([, , , , , , close]) => close))
  })

  it('is a chunk that comes back bit for bit, whole, cut, picked and joined', async () => {
    await duckdb(`${TABLE} ${copy('c.parquet', 'FORMAT parquet')}; SELECT 1`)
    const [rows] = (await arrive(folder.path('c.parquet'), spec)).rows
    const cuts = [rows, sliceRows(rows, 3, 90), rowsWhere(rows, (row) => row % 3 === 0)]
    for (const some of [...cuts, joinRows([sliceRows(rows, 0, 10), sliceRows(rows, 100, 120)])]) {
      const bytes = encodeRows(some)
      const back = decodeRows(bytes)
      for (const { name } of spec.columns) expect(cellsOf(back, name), name).toEqual(cellsOf(some, name))
      expect(encodeRows(back)).toEqual(bytes)
    }
  })

  it('opens elsewhere as the types that they are', async () => {
    const [rows] = (await arrive(folder.path('c.parquet'), spec)).rows
    const types = tableFromIPC(encodeRows(rows)).schema.fields.map(({ name, type }) => `${name}: ${type}`)
    expect(types.slice(3)).toEqual([
      'shares: Int64',
      'sector: Dictionary<Int32, Utf8>',
      'halted: Bool',
      'filed: Date32<DAY>',
      'cik: Utf8',
      'price: Float64',
      'close: Float64',
    ])
  })

  it('gives formulas doubles: the nearest, 1 for true, days since 1970, and one code for one text wherever it stands', async () => {
    const path = folder.write(
      'one.csv',
      'entity,stamp,shares,sector,halted,filed,cik,price,close\nA,2008-01-02T21:00Z,9007199254740993,Energy,yes,2008-01-02,Energy,1.5,2\n',
    )
    const [rows] = (await arrive(path, spec)).rows
    const value = (name: string) => columnOf(rows, name)?.[0]
    expect(value('shares')).toBe(9007199254740992)
    // First 13 hexadecimal digits of `printf Energy | sha256sum`.
    expect(value('sector')).toBe(0xf2fcd3f7dccad)
    expect(value('cik')).toBe(textCode('Energy'))
    expect([value('halted'), value('filed'), value('price')]).toEqual([1, 13_880, 1.5])
  })
})

describe('a cell that is not of its type', () => {
  const HEAD = 'entity,stamp,shares,sector,halted,filed,cik,price,close'
  const cell = (cells: string) => `A,2008-01-02T21:00Z,${cells}`

  it('has its line quarantined, in text as in JSON', async () => {
    const bad = {
      shares: ['1.5', '1e3', '9223372036854775808', 'x'],
      sector: ['a\u200bb', 'e\u0301'],
      halted: ['maybe', '2'],
      filed: ['2008-02-30', '2008-01-02T03:00Z', '5'],
      price: ['1,5'],
    }
    for (const [column, texts] of Object.entries(bad))
      for (const text of texts) {
        const names = HEAD.split(',').slice(2)
        const cells = names.map((name) => (name === column ? `"${text}"` : ''))
        const reason =
          column === 'price'
            ? 'value.not-a-number'
            : text.length > 18
              ? 'value.not-exact'
              : 'value.not-of-type'
        const csv = await arrive(folder.write('bad.csv', `${HEAD}\n${cell(cells.join(','))}\n`), spec)
        expect(linesOf(csv), `${column} ${text}`).toEqual([`2 ${reason}`])
        const record = {
          entity: 'A',
          stamp: '2008-01-02T21:00Z',
          ...Object.fromEntries(names.map((name) => [name, null])),
        }
        const json = JSON.stringify({ ...record, [column]: text })
        expect(linesOf(await arrive(folder.write('bad.ndjson', `${json}\n`), spec)), json).toEqual([
          `1 ${reason}`,
        ])
      }
  })

  it('says so in the declaration too', async () => {
    const wrong = async (text: string) =>
      parseDataset(text, 'd.yaml').then(
        () => '',
        (error: Error) => error.message,
      )
    expect(await wrong(DECLARED.replace('unit: USD, type: decimal', 'unit: "", type: decimal'))).toContain(
      'price is a decimal, and has no unit',
    )
    expect(await wrong(DECLARED.replace('type: bool', 'type: boolean'))).toContain('columns.2.type')
    expect(await wrong(`${DECLARED}key: [price]\n`)).toContain('price is of doubles')
    expect(await wrong(DECLARED.replace('name: close', 'name: entity'))).toContain(
      'entity is the name of a column that every chunk has',
    )
    expect(await wrong(`${DECLARED}ahead: true\n`)).toContain('lags behind its event')
    expect(await wrong(`${DECLARED}withdrawn: { column: action, words: [] }\n`)).toContain(
      'it needs column and words',
    )
  })
})

describe('rows of one entity and time', () => {
  it('are kept apart by a declared key, whatever their order in the file', async () => {
    const keyed = await parseDataset(
      `${DECLARED}key: [filed, sector]\nshown: { filed: 13879, sector: a }\n`,
      'd.yaml',
    )
    const lines = [
      '1,b,,2008-01-02,,,1',
      '1,b,,2008-01-01,,,2',
      '1,a,,2008-01-02,,,3',
      '1,a,,2008-01-02,,,4',
      '1,,,2008-01-02,,,5',
    ]
    const file = (order: readonly string[]) =>
      `entity,stamp,shares,sector,halted,filed,cik,price,close\n${order.map((line) => `A,2008-01-02T21:00Z,${line}\n`).join('')}`
    const one = await arrive(folder.write('k.csv', file(lines)), keyed)
    expect([...(columnOf(one.rows[0], 'close') ?? [])]).toEqual([2, 3, 1])
    expect(linesOf(one)).toEqual(['5 key.conflict', '6 key.missing'])
    const other = await arrive(folder.write('k2.csv', file([...lines.slice(0, 3).toReversed()])), keyed)
    expect([...(columnOf(other.rows[0], 'close') ?? [])]).toEqual([2, 3, 1])
  })
})

/** A chunk as a vendor's Arrow file: its entity and time under the names of the declaration. */
function asFile(rows: Rows): Uint8Array {
  const table = tableFromIPC(encodeRows(rows))
  for (const field of table.schema.fields)
    if (field.name === 'eventTime') Object.assign(field, { name: 'stamp' })
  return tableToIPC(table, 'file')
}
