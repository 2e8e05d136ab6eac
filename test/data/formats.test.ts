/** One table in every format gives the same rows, bit for bit. DuckDB, Arrow and JSON write it; Asof reads it. */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  Dictionary,
  Field,
  Float32,
  Float64,
  Int32,
  List,
  makeData,
  RecordBatchStreamWriter,
  Table,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  tableToIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { encodeRows } from '../../streams/log/arrow.ts'
import { arrive, declaredSpec, factsOf, linesOf, longSpec, temporaryFolder, wideSpec } from './files.ts'

const folder = temporaryFolder()

async function duckdb(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'; ${sql}`)
  connection.closeSync()
  instance.closeSync()
}

const PANEL = `CREATE TABLE panel AS
  SELECT 'E' || e AS entity, DATE '2008-01-01' + d::INTEGER AS date,
    CASE WHEN hash(e, d) % 13 = 0 THEN NULL ELSE (hash(d, e) % 1000003) / 997.0 END::DOUBLE AS close
  FROM range(300) t(d), range(15) u(e) ORDER BY hash(e, d);`

const copy = (what: string, name: string) => `COPY ${what} TO '${folder.path(name)}'`

describe('the same table', () => {
  it('gives the same rows as CSV, TSV, NDJSON, Parquet and Arrow', async () => {
    await duckdb(`${PANEL}
      ${copy('panel', 'p.csv')} (HEADER); ${copy('panel', 'p.tsv')} (HEADER, DELIMITER '\t');
      ${copy('panel', 'p.csv.gz')} (HEADER); ${copy('panel', 'p.ndjson')} (FORMAT json);
      ${copy('panel', 'p[1]*.parquet')} (FORMAT parquet, ROW_GROUP_SIZE 2048);
      ${copy('(SELECT entity, date::VARCHAR AS date, close::VARCHAR AS close FROM panel)', 'text.parquet')} (FORMAT parquet);
      ${copy('(SELECT entity, date::TIMESTAMP AS date, close FROM panel)', 'midnight.parquet')} (FORMAT parquet);`)
    const expected = await arrive(folder.path('p.csv'), longSpec)
    expect(expected.rowCount).toBe(4500)
    expect(expected.rejects).toEqual([])
    for (const name of [
      'p.tsv',
      'p.csv.gz',
      'p.ndjson',
      'p[1]*.parquet',
      'text.parquet',
      'midnight.parquet',
    ]) {
      const arrival = await arrive(folder.path(name), longSpec)
      expect([...arrival.rows], name).toEqual([...expected.rows])
      expect(arrival.outOfOrderRows, name).toBe(expected.outOfOrderRows)
    }
  })

  it('gives the same rows long and wide', async () => {
    await duckdb(`${PANEL}
      CREATE TABLE wide AS PIVOT panel ON entity USING first(close) GROUP BY date;
      ${copy('wide', 'w.csv')} (HEADER); ${copy('wide', 'w.parquet')} (FORMAT parquet);
      ${copy('wide', 'w.ndjson')} (FORMAT json);
      ${copy('(SELECT * FROM panel WHERE close IS NOT NULL)', 'known.csv')} (HEADER);`)
    const expected = [...(await arrive(folder.path('known.csv'), longSpec)).rows]
    for (const name of ['w.csv', 'w.parquet', 'w.ndjson']) {
      expect([...(await arrive(folder.path(name), wideSpec)).rows], name).toEqual(expected)
    }
  })

  it('may be a chunk of the log itself', async () => {
    await duckdb(`${PANEL} ${copy('panel', 'c.csv')} (HEADER);`)
    const [rows] = (await arrive(folder.path('c.csv'), longSpec)).rows
    const spec: DatasetSpec = {
      ...declaredSpec,
      timeColumn: 'eventTime',
      knownAt: { kind: 'declared', column: 'knownAt', lagMicros: 0 },
      columns: longSpec.columns,
    }
    const path = folder.write('chunk.arrow', encodeRows(rows))
    expect([...(await arrive(path, spec)).rows]).toEqual([rows])
  })
})

describe('a timestamp', () => {
  const micros = parseMoment('2008-09-15T20:00:00.123456Z')
  const spec: DatasetSpec = { ...longSpec, timeColumn: 'at', timeOfDay: '', timeZone: '' }
  const seconds = `TIMESTAMP '2008-09-15 20:00:00'`

  it.each([
    ['TIMESTAMPTZ', `'2008-09-15 16:00:00.123456-04'::TIMESTAMPTZ`, micros],
    ['TIMESTAMP', `'2008-09-15 20:00:00.123456'::TIMESTAMP`, micros],
    ['TIMESTAMP_MS', `${seconds}::TIMESTAMP_MS`, micros - 123456],
    ['TIMESTAMP_S', `${seconds}::TIMESTAMP_S`, micros - 123456],
    ['TIMESTAMP_NS', `'2008-09-15 20:00:00.123456000'::TIMESTAMP_NS`, micros],
  ])('of Parquet as %s is exact', async (_, sql, at) => {
    await duckdb(`${copy(`(SELECT 'A' AS entity, ${sql} AS at, 1 AS close)`, 't.parquet')} (FORMAT parquet)`)
    expect(factsOf((await arrive(folder.path('t.parquet'), spec)).rows)[0][1]).toBe(at)
  })

  it('without a zone is local where the data set names one', async () => {
    await duckdb(
      `${copy(`(SELECT 'A' AS entity, ${seconds} AS at, 1 AS close)`, 'l.parquet')} (FORMAT parquet)`,
    )
    const arrival = await arrive(folder.path('l.parquet'), { ...spec, timeZone: 'America/New_York' })
    expect(factsOf(arrival.rows)[0][1]).toBe(parseMoment('2008-09-16T00:00Z'))
  })

  it('finer than a microsecond is rejected, never rounded', async () => {
    const sql = `(SELECT 'A' AS entity, '2008-09-15 20:00:00.123456001'::TIMESTAMP_NS AS at, 1 AS close
      UNION ALL SELECT 'B', '2008-09-15 20:00:00'::TIMESTAMP_NS, 1)`
    await duckdb(`${copy(sql, 'n.parquet')} (FORMAT parquet)`)
    const arrival = await arrive(folder.path('n.parquet'), spec)
    expect(linesOf(arrival)).toEqual(['1 time.too-fine'])
    expect(arrival.rowCount).toBe(1)
  })

  it.each([
    ['microseconds', new TimestampMicrosecond('UTC'), 1_000n, 0],
    ['nanoseconds without a zone', new TimestampNanosecond(), 1n, 0],
    ['milliseconds', new TimestampMillisecond('UTC'), 1_000_000n, 456],
  ])('of Arrow in %s is exact', async (_, type, nanosPerUnit, lost) => {
    const values = new BigInt64Array([(BigInt(micros) * 1000n) / nanosPerUnit])
    const at = new Vector([makeData({ type, length: 1, nullCount: 0, data: values })])
    const table = new Table({
      entity: vectorFromArray(['A'], new Utf8()),
      at,
      close: vectorFromArray([1], new Float64()),
    })
    const arrival = await arrive(folder.write('t.arrow', tableToIPC(table, 'file')), spec)
    expect(factsOf(arrival.rows)[0][1]).toBe(micros - lost)
  })
})

describe('a bad row of a columnar file', () => {
  it('is rejected by its number, with its text', async () => {
    await duckdb(
      `${copy(
        `(SELECT * FROM (VALUES ('A', DATE '2008-09-15', 1.5::DOUBLE), (NULL, DATE '2008-09-15', 2), ('B', NULL, 3),
        ('C', DATE '2008-09-15', 'inf'::DOUBLE), ('D', DATE '2008-09-15', NULL), ('A', DATE '2008-09-15', 9)) t(entity, date, close))`,
        'bad.parquet',
      )} (FORMAT parquet)`,
    )
    const arrival = await arrive(folder.path('bad.parquet'), longSpec)
    expect(factsOf(arrival.rows).map((fact) => [fact[0], fact[3]])).toEqual([
      ['A', 1.5],
      ['D', Number.NaN],
    ])
    expect(arrival.rejects).toEqual([
      { line: 2, reason: 'entity.missing', text: ',2008-09-15,2.0' },
      { line: 3, reason: 'time.missing', text: 'B,,3.0' },
      { line: 4, reason: 'value.not-finite', text: 'C,2008-09-15,inf' },
      { line: 6, reason: 'key.conflict', text: 'A,2008-09-15,9.0' },
    ])
  })

  it('is found in Arrow too, over several batches and as a stream', async () => {
    const text = new Dictionary(new Utf8(), new Int32())
    const batchOf = (entities: readonly (string | null)[], closes: readonly (number | null)[]) =>
      new Table({
        entity: vectorFromArray(entities, text),
        date: vectorFromArray(
          entities.map(() => '2008-09-15'),
          new Utf8(),
        ),
        close: vectorFromArray(closes, new Float32()),
      }).batches
    const batches = [
      ...batchOf(['A', null], [1.5, 1]),
      ...batchOf(['B', 'C'], [Number.POSITIVE_INFINITY, null]),
    ]
    writeFileSync(folder.path('s.arrow'), await RecordBatchStreamWriter.writeAll(batches).toUint8Array())
    const arrival = await arrive(folder.path('s.arrow'), longSpec)
    expect(factsOf(arrival.rows).map((fact) => [fact[0], fact[3]])).toEqual([
      ['A', 1.5],
      ['C', Number.NaN],
    ])
    expect(arrival.rejects).toEqual([
      { line: 2, reason: 'entity.missing', text: ',2008-09-15,1' },
      { line: 3, reason: 'value.not-finite', text: 'B,2008-09-15,Infinity' },
    ])
  })

  it('is read by its text where the columns are texts, as in CSV', async () => {
    const cells = [
      '1_000',
      ' 5 ',
      '+5',
      '5.',
      '.5',
      '.',
      '1e999',
      '-1e999',
      'NaN',
      '',
      'inf',
      '1e-400',
      '0x1F',
      'true',
      '1,5',
    ]
    const csv = `entity,date,close\n${cells.map((cell, at) => `E${10 + at},2008-09-15,"${cell}"\n`).join('')}`
    const rows = cells.map((cell, at) => `('E${10 + at}', '2008-09-15', '${cell}')`)
    await duckdb(
      `${copy(`(SELECT * FROM (VALUES ${rows}) t(entity, date, close))`, 'cells.parquet')} (FORMAT parquet)`,
    )
    const expected = await arrive(folder.write('cells.csv', csv), longSpec)
    const arrival = await arrive(folder.path('cells.parquet'), longSpec)
    expect([...arrival.rows]).toEqual([...expected.rows])
    expect(arrival.rejects.map(({ reason }) => reason)).toEqual(expected.rejects.map(({ reason }) => reason))
    expect(arrival.rejects).toHaveLength(8)
  })
})

describe('a name that is no text', () => {
  const date = vectorFromArray(['2008-09-15'], new Utf8())
  const close = vectorFromArray([1], new Float64())
  const json = (entity: unknown) => JSON.stringify({ entity, date: '2008-09-15', close: 1 })

  it.each([
    ['7', vectorFromArray([7], new Int32()), '7::INTEGER', 7],
    ['entity.not-a-name', vectorFromArray([7.5], new Float64()), '7.5::DOUBLE', 7.5],
    ['entity.not-a-name', vectorFromArray([0], new TimestampMillisecond()), "DATE '1970-01-01'", null],
    ['entity.not-a-name', vectorFromArray([['A']], new List(new Field('item', new Utf8()))), "['A']", ['A']],
  ] as const)('is %s', async (expected, vector, sql, value) => {
    folder.write('name.arrow', tableToIPC(new Table({ entity: vector, date, close } as never), 'file'))
    const row = `(SELECT ${sql} AS entity, '2008-09-15' AS date, 1.0::DOUBLE AS close)`
    await duckdb(`${copy(row, 'name.parquet')} (FORMAT parquet)`)
    if (value !== null) folder.write('name.ndjson', json(value))
    for (const format of ['arrow', 'parquet', ...(value === null ? [] : ['ndjson'])]) {
      const { rows, rejects } = await arrive(folder.path(`name.${format}`), longSpec)
      const found = [...[...rows].flatMap(({ entities }) => entities), ...rejects.map(({ reason }) => reason)]
      expect(found, format).toEqual([expected])
    }
  })
})

it('a packed file and a plain one differ in their hash alone', async () => {
  const text = 'entity,date,close\nA,2008-09-15,1\n'
  const plain = await arrive(folder.write('x.csv', text), longSpec)
  const packed = await arrive(folder.write('x.csv.gz', gzipSync(text)), longSpec)
  expect([...packed.rows]).toEqual([...plain.rows])
  expect(packed.sourceHash).not.toBe(plain.sourceHash)
})
