/** What good CSV and TSV files become, in both layouts. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import {
  arrive,
  declaredSpec,
  factsOf,
  longSpec,
  observedSpec,
  RECEIVED_AT,
  temporaryFolder,
  wideSpec,
} from './files.ts'

const folder = temporaryFolder()
const monday = parseMoment('2008-09-15T20:00Z')
const tuesday = parseMoment('2008-09-16T20:00Z')
const lag = 300_000_000

const LONG =
  'entity,date,close\nMSFT,2008-09-16,25.5\nAAPL,2008-09-15,140.36\nMSFT,2008-09-15,26.25\nAAPL,2008-09-16,139.88\n'
const WIDE = 'date,MSFT,AAPL\n2008-09-15,26.25,140.36\n2008-09-16,25.5,139.88\n'
const FACTS = [
  ['AAPL', monday, monday + lag, 140.36],
  ['MSFT', monday, monday + lag, 26.25],
  ['AAPL', tuesday, tuesday + lag, 139.88],
  ['MSFT', tuesday, tuesday + lag, 25.5],
]

describe('a delimited file', () => {
  it('becomes rows by known time, event time and entity, whatever its own order', async () => {
    const arrival = await arrive(folder.write('long.csv', LONG), longSpec)
    expect(factsOf(arrival.rows)).toEqual(FACTS)
    expect(arrival).toMatchObject({ source: 'long.csv', rowCount: 4, rejects: [], duplicateRows: 0 })
    expect(arrival.outOfOrderRows).toBe(1)
  })

  it('gives the same rows from a wide layout', async () => {
    expect(factsOf((await arrive(folder.write('wide.csv', WIDE), wideSpec)).rows)).toEqual(FACTS)
  })

  it('may begin with a byte order mark where its header is declared, too', async () => {
    const format = { ...longSpec.format, header: ['entity', 'date', 'close'] }
    const rows = LONG.slice(LONG.indexOf('\n') + 1)
    const arrival = await arrive(folder.write('marked.csv', `\ufeff${rows}`), { ...longSpec, format })
    expect(factsOf(arrival.rows)).toEqual(FACTS)
    expect(arrival.rejected).toBe(0)
  })

  it('may be packed; its hash is that of the bytes on disk', async () => {
    const packed = gzipSync(LONG)
    const arrival = await arrive(folder.write('long.csv.gz', packed), longSpec)
    expect(factsOf(arrival.rows)).toEqual(FACTS)
    expect(arrival.sourceHash).toBe(createHash('sha256').update(packed).digest('hex'))
  })

  it.each([
    ['tabs', 'x.tsv', LONG.replaceAll(',', '\t')],
    [
      'carriage returns, blanks and a byte order mark',
      'x.csv',
      `\ufeff${LONG.replaceAll(',', ' , ').replaceAll('\n', '\r\n')}`,
    ],
    ['quotes', 'x.csv', LONG.replaceAll(/[^,\n]+/g, (cell) => `"${cell}"`)],
    ['columns in another order, and one more', 'x.csv', LONG.replaceAll(/^(.*),(.*),(.*)$/gm, '$3,,$1,$2')],
    ['no line feed at the end', 'x.csv', LONG.trimEnd()],
    ['blank lines', 'x.csv', LONG.replaceAll('\n', '\n\n')],
  ])('may have %s', async (_, name, text) => {
    const arrival = await arrive(folder.write(name, text), longSpec)
    expect(factsOf(arrival.rows)).toEqual(FACTS)
    expect(arrival.rejects).toEqual([])
  })

  it('keeps what quotes protect', async () => {
    const path = folder.write('quoted.csv', 'entity,date,close\n"Brown, ""B""",2008-09-15,"1"\n')
    expect(factsOf((await arrive(path, longSpec)).rows)[0][0]).toBe('Brown, "B"')
  })

  it('has an observation without a value in a long row, and none in an empty cell of a wide one', async () => {
    const long = await arrive(
      folder.write('x.csv', 'entity,date,close\nA,2008-09-15,\nB,2008-09-15,NaN\n'),
      longSpec,
    )
    expect(factsOf(long.rows).map((fact) => fact[3])).toEqual([Number.NaN, Number.NaN])
    const wide = await arrive(folder.write('x.csv', 'date,A,B\n2008-09-15,,1\n'), wideSpec)
    expect(factsOf(wide.rows).map((fact) => fact[0])).toEqual(['B'])
    expect(wide.rejects).toEqual([])
  })

  it('takes known time from its column, or from the moment it arrived', async () => {
    const told = folder.write(
      'x.csv',
      'entity,at,known,value\nA,2008-09-15T20:00Z,2008-09-15T16:30:00-04:00,1\n',
    )
    expect(factsOf((await arrive(told, declaredSpec)).rows)).toEqual([
      ['A', monday, monday + 1_800_000_000, 1],
    ])
    const seen = await arrive(folder.write('x.csv', LONG), observedSpec)
    expect(new Set(factsOf(seen.rows).map((fact) => fact[2]))).toEqual(new Set([RECEIVED_AT]))
  })

  it('orders entities by code unit and names in a slice only those that have rows', async () => {
    const path = folder.write(
      'x.csv',
      'entity,date,close\nb,2008-09-15,1\nB,2008-09-15,2\nö,2008-09-15,3\nbad,2008-09-15,x\n',
    )
    const [rows] = (await arrive(path, longSpec)).rows
    expect(rows.entities).toEqual(['B', 'b', 'ö'])
  })

  it('reads every number as the nearest double', async () => {
    const texts = [
      '0.1',
      '-0',
      '+1.5',
      '.5',
      '5.',
      '1e-7',
      '1.23456789012345678e17',
      '0.30000000000000004',
      '5e-324',
      '99999.9999999999',
      '-12345678.1234567',
    ]
    const text = `entity,date,close\n${texts.map((number, at) => `E${at + 10},2008-09-15,${number}\n`).join('')}`
    const values = factsOf((await arrive(folder.write('x.csv', text), longSpec)).rows).map((fact) => fact[3])
    for (const [at, number] of texts.entries()) expect(values[at]).toBe(Number(number))
  })

  it('can be gone through twice', async () => {
    const { rows } = await arrive(folder.write('x.csv', LONG), longSpec)
    expect(factsOf(rows)).toEqual(factsOf(rows))
  })
})
