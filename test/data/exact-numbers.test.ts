/** A number that is written out and that no double is, is set apart with its reason and never rounded: one rule for all formats. */
import { DuckDBInstance } from '@duckdb/node-api'
import {
  Decimal,
  Float64,
  Int64,
  makeData,
  Table,
  tableToIPC,
  Uint64,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { type DatasetSpec, PLAIN_FORMAT } from '../../schemas/events/data.ts'
import { arrive, factsOf, linesOf, longSpec, temporaryFolder, wideSpec } from './files.ts'

const folder = temporaryFolder()

/** 2^53 and its neighbours; 2^53 + 1 and 2^60 + 1 are no doubles (IEEE 754-2019, table 3.5: 53 bits of precision). */
const INTEGERS = [
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', 9007199254740992],
  ['9007199254740993', null],
  ['-9007199254740993', null],
  ['9007199254740994', 9007199254740994],
  ['1152921504606846976', 2 ** 60],
  ['1152921504606846977', null],
  ['9223372036854775807', null],
] as const
const TEXTS = INTEGERS.map(([text]) => text)

/** What a file says of each integer, by the place of its row. */
async function told(path: string, spec: DatasetSpec, header: number): Promise<(number | string)[]> {
  const arrival = await arrive(path, spec)
  const said = new Map<number, number | string>()
  for (const [entity, , , value] of factsOf(arrival.rows)) said.set(Number(entity.slice(1)), value)
  for (const line of linesOf(arrival)) {
    const [place = '', reason = ''] = line.split(' ')
    said.set(Number(place) - header - 1, reason)
  }
  return INTEGERS.map((_, at) => said.get(at) ?? 'nothing')
}

const EXPECTED = INTEGERS.map(([, value]) => value ?? 'value.not-exact')
const csv = (cells: readonly string[]) =>
  `entity,date,close\n${cells.map((cell, at) => `E${at},2008-09-15,${cell}\n`).join('')}`
const ndjson = (cells: readonly string[]) =>
  cells.map((cell, at) => `{"entity":"E${at}","date":"2008-09-15","close":${cell}}`).join('\n')

async function parquet(type: string, cells: readonly string[]): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const rows = cells.map((cell, at) => `('E${at}', DATE '2008-09-15', '${cell}'::${type})`)
  const path = folder.path('t.parquet')
  await connection.run(`COPY (FROM (VALUES ${rows}) t(entity, date, close)) TO '${path}' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
  return path
}

function arrow(close: Vector): string {
  const [entity, date] = [
    Array.from({ length: close.length }, (_, at) => `E${at}`),
    Array.from({ length: close.length }, () => '2008-09-15'),
  ].map((texts) => vectorFromArray(texts, new Utf8()))
  return folder.write('t.arrow', tableToIPC(new Table({ entity, date, close }), 'file'))
}

const decimals = (cells: readonly string[], scale: number): Vector => {
  const data = new Uint32Array(cells.length * 4)
  for (const [at, cell] of cells.entries()) {
    const units = BigInt.asUintN(128, BigInt(cell) * 10n ** BigInt(scale))
    for (let word = 0; word < 4; word++)
      data[at * 4 + word] = Number((units >> BigInt(32 * word)) & 0xffffffffn)
  }
  return new Vector([makeData({ type: new Decimal(scale, 38), length: cells.length, nullCount: 0, data })])
}

describe('beyond 2^53', () => {
  it.each([
    ['a text file', async () => folder.write('t.csv', csv(TEXTS)), 1],
    [
      'a text file, with zeros behind the point',
      async () => folder.write('t.csv', csv(TEXTS.map((text) => `${text}.00`))),
      1,
    ],
    ['NDJSON', async () => folder.write('t.ndjson', ndjson(TEXTS)), 0],
    [
      'NDJSON, with zeros behind the point',
      async () => folder.write('t.ndjson', ndjson(TEXTS.map((text) => `${text}.0`))),
      0,
    ],
    ['NDJSON, as texts', async () => folder.write('t.ndjson', ndjson(TEXTS.map((text) => `"${text}"`))), 0],
    ['Parquet, as texts', () => parquet('VARCHAR', TEXTS), 0],
    ['Parquet, as 64 bits', () => parquet('BIGINT', TEXTS), 0],
    ['Parquet, as whole decimals', () => parquet('DECIMAL(38,0)', TEXTS), 0],
    ['Parquet, as decimals', () => parquet('DECIMAL(38,4)', TEXTS), 0],
    [
      'Arrow, as 64 bits',
      async () =>
        arrow(
          new Vector([
            makeData({
              type: new Int64(),
              length: TEXTS.length,
              nullCount: 0,
              data: BigInt64Array.from(TEXTS, BigInt),
            }),
          ]),
        ),
      0,
    ],
    ['Arrow, as whole decimals', async () => arrow(decimals(TEXTS, 0)), 0],
    ['Arrow, as decimals', async () => arrow(decimals(TEXTS, 4)), 0],
  ])('%s', async (_, path, header) => {
    expect(await told(await path(), longSpec, header)).toEqual(EXPECTED)
  })

  it('without a sign, up to 2^64 - 1', async () => {
    const cells = ['18446744073709551615', '18446744073709549568']
    const data = BigUint64Array.from(cells, BigInt)
    const unsigned = new Vector([makeData({ type: new Uint64(), length: 2, nullCount: 0, data })])
    for (const path of [await parquet('UBIGINT', cells), arrow(unsigned)]) {
      const arrival = await arrive(path, longSpec)
      expect(linesOf(arrival)).toEqual(['1 value.not-exact'])
      expect(factsOf(arrival.rows)[0]?.[3]).toBe(2 ** 64 - 2048)
    }
  })

  it('a cell of a wide file is set apart alone', async () => {
    const path = folder.write('w.csv', 'date,A,B\n2008-09-15,9007199254740993,2\n')
    const arrival = await arrive(path, wideSpec)
    expect(linesOf(arrival)).toEqual(['2 value.not-exact'])
    expect(arrival.rejects[0]?.text).toBe('9007199254740993')
    expect(factsOf(arrival.rows).map(([entity]) => entity)).toEqual(['B'])
  })

  it('a measurement is the nearest double: with an exponent, or in a column of doubles', async () => {
    const measured = ['1e23', '9.007199254740993e15', '0.1', '-1.5E300']
    const expected = measured.map(Number)
    const doubles = new Float64()
    for (const path of [
      folder.write('t.csv', csv(measured)),
      folder.write('t.ndjson', ndjson(measured)),
      await parquet('DOUBLE', measured),
      arrow(vectorFromArray(expected, doubles)),
    ])
      expect(factsOf((await arrive(path, longSpec)).rows).map((fact) => fact[3])).toEqual(expected)
  })

  it('what stands for missing is missing, and its neighbour is not', async () => {
    const spec: DatasetSpec = { ...longSpec, format: { ...PLAIN_FORMAT, missing: ['9223372036854775807'] } }
    const cells = ['9223372036854775807', '9223372036854775806', '1']
    for (const [path, header] of [
      [folder.write('t.csv', csv(cells)), 1],
      [folder.write('t.ndjson', ndjson(cells)), 0],
      [await parquet('BIGINT', cells), 0],
    ] as const) {
      const arrival = await arrive(path, spec)
      expect(linesOf(arrival)).toEqual([`${2 + header} value.not-exact`])
      expect(factsOf(arrival.rows).map((fact) => fact[3])).toEqual([Number.NaN, 1])
    }
  })
})

it('decimals of more digits than a double has are the nearest double, in Parquet as in text', async () => {
  // Python: float(Decimal('12345678901234.56789')) and so on.
  const cells = ['12345678901234.56789', '0.00001', '99999999999999.99999']
  const expected = [12345678901234.568, 1e-5, 100000000000000]
  const scaled = await parquet('DECIMAL(38,25)', ['0.1234567890123456789012345'])
  expect(factsOf((await arrive(scaled, longSpec)).rows)[0]?.[3]).toBe(0.12345678901234568)
  for (const path of [folder.write('t.csv', csv(cells)), await parquet('DECIMAL(19,5)', cells)])
    expect(factsOf((await arrive(path, longSpec)).rows).map((fact) => fact[3])).toEqual(expected)
})

describe('a key that is there twice in a JSON object', () => {
  it.each([
    ['a value', '{"entity":"A","date":"2008-09-15","close":1,"close":2}'],
    ['the same value', '{"entity":"A","date":"2008-09-15","close":1,"close":1}'],
    ['a name', '{"entity":"A","entity":"B","date":"2008-09-15","close":1}'],
    ['written otherwise', '{"entity":"A","date":"2008-09-15","close":1,"clos\\u0065":2}'],
    ['that no column is', '{"entity":"A","date":"2008-09-15","close":1,"x":"}:{","x":[{"x":1}]}'],
    ['__proto__', '{"__proto__":1,"entity":"A","date":"2008-09-15","close":1,"__proto__":2}'],
  ])('sets its line apart: %s', async (_, line) => {
    const good =
      '{"entity":"C:\\"{","date":"2008-09-15","close":3,"of":{"close":1,"more":[{"close":2}]},"__proto__":1}'
    const arrival = await arrive(folder.write('k.ndjson', `${line}\n${good}\n`), longSpec)
    expect(arrival.rejects).toEqual([{ line: 1, reason: 'row.key-twice', text: line }])
    expect(factsOf(arrival.rows).map(([entity, , , close]) => [entity, close])).toEqual([['C:"{', 3]])
  })
})

describe('a number that stands for missing', () => {
  const spec = { ...longSpec, format: { ...PLAIN_FORMAT, missing: ['-99.99'] } }
  it.each(['FLOAT', 'DOUBLE', 'DECIMAL(9, 2)'])('is one in a column of %s', async (type) => {
    const { rows } = await arrive(await parquet(type, ['-99.99', '1.5', '-99.98']), spec)
    const values = factsOf(rows).map(([, , , value]) => value)
    expect(values.slice(0, 2)).toEqual([Number.NaN, 1.5])
    expect(values[2]).toBeCloseTo(-99.98, 5)
  })
})
