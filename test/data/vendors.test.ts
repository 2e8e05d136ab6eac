/**
 * The shapes in which vendors ship: each is read by a declaration of a few lines. The files are small ones in the vendor's
 * shape, written for this test; where a number is a published one, its source is beside it.
 */
import { crc32, deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatMoment, parseMoment } from '../../schemas/kernel/time.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { arrive, factsOf, temporaryFolder } from './files.ts'

const folder = temporaryFolder()
const RECEIVED_AT = parseMoment('2026-06-01')
const NEW_YORK_CLOSE = `timeOfDay: "16:00"
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 0 }`

async function read(name: string, content: string | Uint8Array, declaration: string) {
  const spec = await parseDataset(`dataset: d\n${declaration}`, 'd.yaml')
  return arrive(folder.write(name, content), spec, { receivedAt: RECEIVED_AT })
}

async function factsIn(...told: Parameters<typeof read>) {
  const arrival = await read(...told)
  expect(arrival.reasons).toEqual([])
  return factsOf(arrival.rows).map(([entity, at, , ...values]) => [entity, formatMoment(at), ...values])
}

/** An archive of one file, by PKWARE's APPNOTE 4.3; written here so that a reader is not tested against itself. */
function zipOf(name: string, text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const packed = deflateRawSync(bytes)
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt16LE(8, 4)
  common.writeUInt32LE(crc32(bytes), 10)
  common.writeUInt32LE(packed.length, 14)
  common.writeUInt32LE(bytes.length, 18)
  common.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, Buffer.from(name), packed])
  const entry = Buffer.concat([
    Buffer.from('PK\u0001\u0002'),
    Buffer.of(20, 0),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ])
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(entry.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, entry, end])
}

describe('the usual export of', () => {
  it('Lean: a zip of a table without names, prices times 10,000, the symbol in the name of the file', async () => {
    // The first day of Lean's own aapl.zip.
    const text =
      '19980102 00:00,136300,162500,135000,162500,6315000\n19980105 00:00,164400,165700,151900,160000,5824000\n'
    const declaration = `layout: long
timeColumn: time
${NEW_YORK_CLOSE}
columns: [{ name: close, unit: USD }, { name: volume, unit: shares }]
format:
  header: [time, open, high, low, close, volume]
  time: yyyyMMdd HH:mm
  columns: [{ name: close, divideBy: 10000 }]
  entityFromFile: "{entity}.zip"`
    expect(await factsIn('aapl.zip', zipOf('aapl.csv', text), declaration)).toEqual([
      ['aapl', '1998-01-02T21:00:00Z', 16.25, 6315000],
      ['aapl', '1998-01-05T21:00:00Z', 16, 5824000],
    ])
  })

  it('FRED: a point for a missing value, a series in each column', async () => {
    const text = 'observation_date,DGS10,DGS2\n2024-01-01,.,.\n2024-01-02,3.95,4.33\n2024-01-03,3.91,.\n'
    const declaration = `layout: wide
timeColumn: observation_date
${NEW_YORK_CLOSE}
columns: [{ name: percent, unit: percent }]
format: { missing: ["."] }`
    expect(await factsIn('DGS.csv', text, declaration)).toEqual([
      ['DGS10', '2024-01-02T21:00:00Z', 3.95],
      ['DGS2', '2024-01-02T21:00:00Z', 4.33],
      ['DGS10', '2024-01-03T21:00:00Z', 3.91],
    ])
  })

  it('Kenneth French: text before and behind, months, -99.99 for missing, percent', async () => {
    const text = `This file was created by CMPT_ME_BEME_RETS using the 202404 CRSP database.
The 1-month TBill return is from Ibbotson and Associates, Inc.

,Mkt-RF,SMB,HML,RF
192607,    2.96,   -2.56,   -2.43,    0.22
190801,  -99.99,  -99.990,    1.00,    0.25

 Annual Factors: January-December 
,Mkt-RF,SMB,HML,RF
  1927,   29.47,   -2.04,   -4.54,    3.12

Copyright 2024 Kenneth R. French
`
    const declaration = `layout: wide
${NEW_YORK_CLOSE}
columns: [{ name: return, unit: fraction }]
format:
  skipLines: 3
  endsAt: Annual Factors
  time: yyyyMM
  missing: [-99.99]
  columns: [{ name: return, divideBy: 100 }]`
    const facts = await factsIn('F-F_Research_Data_Factors.csv', text, declaration)
    expect(facts.filter(([name]) => name === 'Mkt-RF')).toEqual([
      ['Mkt-RF', '1926-07-31T20:00:00Z', 2.96 / 100],
    ])
    expect(facts.map(([name, at]) => `${name} ${String(at).slice(0, 7)}`)).toEqual([
      'HML 1908-01',
      'RF 1908-01',
      'HML 1926-07',
      'Mkt-RF 1926-07',
      'RF 1926-07',
      'SMB 1926-07',
    ])
  })

  it('CBOE: American dates, the index in the name of the file', async () => {
    const text = 'DATE,OPEN,HIGH,LOW,CLOSE\n01/02/1990,17.240000,17.240000,17.240000,17.240000\n'
    const declaration = `layout: long
timeColumn: DATE
timeOfDay: "16:15"
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 0 }
columns: [{ name: close, unit: percent }]
format: { time: MM/dd/yyyy, columns: [{ name: close, source: CLOSE }], entityFromFile: "{entity}_History.csv" }`
    expect(await factsIn('VIX_History.csv', text, declaration)).toEqual([
      ['VIX', '1990-01-02T21:15:00Z', 17.24],
    ])
  })

  it('Yahoo: null for a missing value, a column with a space in its name', async () => {
    const text = `Date,Open,High,Low,Close,Adj Close,Volume
2024-01-02,187.15,188.44,183.89,185.64,184.53,82488700
2024-01-03,null,null,null,null,null,null
`
    const declaration = `layout: long
timeColumn: Date
${NEW_YORK_CLOSE}
columns: [{ name: adjusted, unit: USD }]
format: { columns: [{ name: adjusted, source: Adj Close }], entityFromFile: "{entity}.csv" }`
    expect(await factsIn('AAPL.csv', text, declaration)).toEqual([
      ['AAPL', '2024-01-02T21:00:00Z', 184.53],
      ['AAPL', '2024-01-03T21:00:00Z', Number.NaN],
    ])
  })

  it('Stooq: names in angles, the time beside the date', async () => {
    const text = `<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>
AAPL.US,5,20240102,153500,187.15,187.5,187.1,187.2,100000,0
`
    const declaration = `layout: long
entityColumn: <TICKER>
timeColumn: <DATE>
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 0 }
columns: [{ name: close, unit: USD }]
format: { time: yyyyMMdd, clockColumn: <TIME>, clock: HHmmss, columns: [{ name: close, source: <CLOSE> }] }`
    expect(await factsIn('aapl.us.txt', text, declaration)).toEqual([
      ['AAPL.US', '2024-01-02T20:35:00Z', 187.2],
    ])
  })

  it('Bloomberg: a file of records between marks, by a stroke, #N/A for missing', async () => {
    const text = `START-OF-FILE
RUNDATE=20240103
PROGRAMNAME=gethistory
DATEFORMAT=mm/dd/yyyy
START-OF-DATA
IBM US Equity|01/02/2024|161.5|3825044|
VOD LN Equity|01/02/2024|#N/A N/A|N.A.|
END-OF-DATA
TIMEFINISHED=Wed Jan  3 10:00:00 EST 2024
END-OF-FILE
`
    const declaration = `layout: long
entityColumn: security
timeColumn: date
${NEW_YORK_CLOSE}
columns: [{ name: PX_LAST, unit: USD }, { name: PX_VOLUME, unit: shares }]
format:
  separator: "|"
  skipLines: 5
  header: [security, date, PX_LAST, PX_VOLUME, ""]
  endsAt: END-OF-DATA
  time: MM/dd/yyyy
  missing: ["#N/A N/A", N.A.]`
    // Ten lines: five before the rows and three behind them.
    expect(await read('prices.csv', text, declaration)).toMatchObject({
      rowCount: 2,
      skippedLines: 8,
      blankLines: 0,
    })
    expect(await factsIn('prices.csv', text, declaration)).toEqual([
      ['IBM US Equity', '2024-01-02T21:00:00Z', 161.5, 3825044],
      ['VOD LN Equity', '2024-01-02T21:00:00Z', Number.NaN, Number.NaN],
    ])
  })

  it('Bloomberg from a European desk: semicolons, decimal commas, points in thousands, Latin letters', async () => {
    const text = 'Wertpapier;Datum;Schlu\u00df;Umsatz\nM\u00dcV2 GY Equity;02.01.2024;1.375,50;1.234.567\n'
    const declaration = `layout: long
entityColumn: Wertpapier
timeColumn: Datum
timeOfDay: "17:35"
timeZone: Europe/Berlin
knownAt: { kind: lag, lagMicros: 0 }
columns: [{ name: close, unit: EUR }, { name: volume, unit: shares }]
format:
  encoding: windows-1252
  separator: ;
  time: dd.MM.yyyy
  decimal: ","
  thousands: "."
  columns: [{ name: close, source: "Schlu\u00df" }, { name: volume, source: Umsatz }]`
    expect(await factsIn('xetra.csv', Buffer.from(text, 'latin1'), declaration)).toEqual([
      ['M\u00dcV2 GY Equity', '2024-01-02T16:35:00Z', 1375.5, 1234567],
    ])
  })

  it('Refinitiv Tick History: moments to the nanosecond, known at the next microsecond', async () => {
    const text = `#RIC,Domain,Date-Time,GMT Offset,Type,Price,Volume
VOD.L,Market Price,2024-01-02T08:00:00.123456789Z,+0,Trade,68.94,1200
VOD.L,Market Price,2024-01-02T08:00:01.000000000Z,+0,Trade,68.95,5
`
    const declaration = `layout: long
entityColumn: "#RIC"
timeColumn: Date-Time
knownAt: { kind: lag, lagMicros: 0 }
columns: [{ name: Price, unit: GBp }]
format: { finerThanMicros: round-up }`
    expect(await factsIn('ticks.csv', text, declaration)).toEqual([
      ['VOD.L', '2024-01-02T08:00:00.123457Z', 68.94],
      ['VOD.L', '2024-01-02T08:00:01Z', 68.95],
    ])
    const refused = await read('ticks.csv', text, declaration.replace('round-up', 'refuse'))
    expect(refused.reasons).toEqual([{ reason: 'time.too-fine', rows: 1 }])
  })

  it('Refinitiv of the older kind: a date with the name of its month beside a clock', async () => {
    const text =
      '#RIC,Date[G],Time[G],GMT Offset,Type,Price\nIBM.N,02-JAN-2024,14:30:00.123456,-5,Trade,161.5\n'
    const declaration = `layout: long
entityColumn: "#RIC"
timeColumn: Date[G]
timeZone: UTC
knownAt: { kind: lag, lagMicros: 0 }
columns: [{ name: Price, unit: USD }]
format: { time: dd-MMM-yyyy, clockColumn: "Time[G]", clock: "HH:mm:ss.SSSSSS" }`
    expect(await factsIn('trth.csv', text, declaration)).toEqual([
      ['IBM.N', '2024-01-02T14:30:00.123456Z', 161.5],
    ])
  })

  it('a broker: UTF-16, as Excel saves a text, and counts of milliseconds', async () => {
    const text = '\ufeffsymbol\tat\tprice\nESH4\t1704205800123\t4745.25\n'
    const declaration = `layout: long
entityColumn: symbol
timeColumn: at
knownAt: { kind: lag, lagMicros: 0 }
columns: [{ name: price, unit: USD }]
format: { encoding: utf-16le, time: epoch ms }`
    expect(await factsIn('fills.tsv', Buffer.from(text, 'utf16le'), declaration)).toEqual([
      ['ESH4', '2024-01-02T14:30:00.123Z', 4745.25],
    ])
  })
})

it('a zip that is damaged, or holds other than one file, is refused', async () => {
  const zip = Buffer.from(zipOf('a.csv', 'entity,date,close\nA,2024-01-02,1\n'))
  const declaration = `layout: long
entityColumn: entity
timeColumn: date
${NEW_YORK_CLOSE}
columns: [{ name: close, unit: USD }]`
  expect(await factsIn('a.zip', zip, declaration)).toHaveLength(1)
  const flipped = Buffer.from(zip)
  flipped[14] ^= 1
  const directory = zip.lastIndexOf('PK\u0001\u0002')
  flipped[directory + 16] ^= 1
  await expect(read('a.zip', flipped, declaration)).rejects.toThrow(/checksum/)
  const two = Buffer.from(zip)
  two[two.length - 12] = 2
  await expect(read('a.zip', two, declaration)).rejects.toThrow(/holds 2 files/)
  for (let length = 0; length < zip.length; length += 7) {
    await expect(read('a.zip', zip.subarray(0, length), declaration)).rejects.toMatchObject({
      name: 'Refusal',
    })
  }
})
