/** What is proposed for a file: it reads the file, and says what it could only guess. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { proposalFor } from '../../streams/sources/file.ts'
import { writeProposal } from '../../streams/sources/infer/write.ts'
import { arrive, factsOf, longSpec, temporaryFolder } from './files.ts'

const folder = temporaryFolder()

async function inferred(name: string, content: string | Uint8Array) {
  const path = folder.write(name, content)
  const proposal = await proposalFor(path)
  if (proposal === null) return null
  const text = writeProposal(proposal)
  const arrival = await arrive(path, await parseDataset(text, 'the proposal'))
  return { text, arrival, facts: factsOf(arrival.rows), ...proposal }
}

describe('a declaration is proposed of', () => {
  it('a long table', async () => {
    const told = await inferred(
      'x.csv',
      'ticker,date,close,volume\nA,2020-01-02,1.5,100\nB,2020-01-02,2.5,\n',
    )
    expect(told?.spec).toMatchObject({
      layout: 'long',
      entityColumn: 'ticker',
      timeColumn: 'date',
      timeOfDay: '16:00',
    })
    expect(told?.facts.map(([name, , , ...values]) => [name, ...values])).toEqual([
      ['A', 1.5, 100],
      ['B', 2.5, Number.NaN],
    ])
    expect(Object.keys(told?.check ?? {})).toEqual(['timeZone', 'timeOfDay', 'knownAt', 'columns'])
  })

  it('a wide table of another continent: semicolons, decimal commas, words for missing, text before it', async () => {
    const text = 'Kurse der B\u00f6rse\n\nDatum;AAA;BBB\n31.12.2019;1.375,50;n.a.\n02.01.2020;1.380,25;12,5\n'
    const told = await inferred('kurse.csv', Buffer.from(text, 'latin1'))
    expect(told?.spec.layout).toBe('wide')
    expect(told?.spec.format).toMatchObject({
      encoding: 'windows-1252',
      separator: ';',
      skipLines: 2,
      time: 'd.M.yyyy',
      decimal: ',',
      thousands: '.',
      missing: ['n.a.'],
    })
    expect(told?.facts.map(([name, , , value]) => [name, value])).toEqual([
      ['AAA', 1375.5],
      ['AAA', 1380.25],
      ['BBB', 12.5],
    ])
  })

  it('a table without names, of one entity', async () => {
    const told = await inferred('aapl.csv', '19980102 00:00,136300,162500\n19980105 00:00,164400,165700\n')
    expect(told?.spec).toMatchObject({ layout: 'long', entityColumn: '', timeColumn: 'column1' })
    expect(told?.spec.format).toMatchObject({ time: 'yyyyMMdd HH:mm', entityFromFile: '{entity}.csv' })
    expect(told?.facts.map(([name, , , ...values]) => [name, ...values])).toEqual([
      ['aapl', 136300, 162500],
      ['aapl', 164400, 165700],
    ])
    expect(told?.text).toMatch(/header: .*# check: the file has no names/)
  })

  it('records with counts of time and numbers for names', async () => {
    const told = await inferred(
      'x.ndjson',
      '{"code":7203,"ts":1577955600123,"price":1.5}\n{"code":6758,"ts":1577955600456,"price":2}\n',
    )
    expect(told?.spec).toMatchObject({ entityColumn: 'code', timeColumn: 'ts', timeOfDay: '' })
    expect(told?.spec.format.time).toBe('epoch ms')
    expect(told?.facts.map(([name]) => name)).toEqual(['7203', '6758'])
  })

  it('midnights that are dates somewhere', async () => {
    const told = await inferred(
      'x.csv',
      'symbol,date,px\nA,2020-01-02 00:00:00-05:00,1\nA,2020-07-02 00:00:00-04:00,2\n',
    )
    expect(told?.spec).toMatchObject({ timeOfDay: '16:00', timeZone: 'America/New_York' })
  })

  it('days that could be months, with both said', async () => {
    const told = await inferred('x.csv', 'symbol,date,px\nA,1/2/2020,1\nA,3/4/2020,2\n')
    expect(told?.check.time).toMatch(/d\/M\/yyyy/)
    const sure = await inferred('x.csv', 'symbol,date,px\nA,1/2/2020,1\nA,1/13/2020,2\n')
    expect(sure?.check.time).toBeUndefined()
    expect(sure?.spec.format.time).toBe('M/d/yyyy')
  })
})

describe('the proposal', () => {
  it('of midnights in UTC reads them, at the end of their day', async () => {
    const text = 'Date,1 Mo,10 Yr\n1990-01-02 00:00:00+00:00,,7.94\n1990-07-03 00:00:00+00:00,,8.4\n'
    const told = await inferred('curve.csv', text)
    expect(told?.spec).toMatchObject({ timeOfDay: '23:59', timeZone: 'UTC' })
    expect(told?.arrival.rejected).toBe(0)
    expect(told?.facts.map(([, at]) => formatMoment(at))).toEqual([
      '1990-01-02T23:59:00Z',
      '1990-07-03T23:59:00Z',
    ])
  })

  it('of the shipped curve sets nothing apart', async () => {
    const path = fileURLToPath(new URL('../../serving/sample/us12/us-treasury-curve.csv.gz', import.meta.url))
    const told = await inferred('us-treasury-curve.csv.gz', readFileSync(path))
    expect(told?.arrival.rejected).toBe(0)
    expect(told?.arrival.rowCount).toBeGreaterThan(6816)
  })

  it('of prices has a calendar and prices to be taken in, which read', async () => {
    const told = await inferred(
      'x.csv',
      'ticker,date,Close,volume,dividends\nA,2020-01-02,1.5,100,0\nB,2020-01-02,2.5,1,0\n',
    )
    expect(told?.text).toContain('\n# calendar: XNYS  #')
    const taken = await parseDataset((told?.text ?? '').replace(/^# (?=calendar:|prices:)/gm, ''), 'taken')
    expect(taken.calendar?.calendar).toBe('XNYS')
    expect(taken.prices).toMatchObject({
      column: 'Close',
      volume: 'volume',
      dividend: 'dividends',
      currency: 'USD',
    })
    const rates = await inferred('y.csv', 'series,date,rate\nA,2020-01-02,1.5\nB,2020-01-02,2.5\n')
    expect(rates?.text).not.toMatch(/calendar|prices/)
  })

  it.each(['BRK.B.csv', 'VOD.L.csv', 'brk.b.CSV'])('of %s keeps the dots of its name', async (name) => {
    const told = await inferred(name, 'date,close\n2020-01-02,1.5\n')
    expect(told?.facts.map(([entity]) => entity)).toEqual([name.slice(0, -4)])
    expect(told?.spec.format.entityFromFile).toBe(`{entity}${name.slice(-4)}`)
  })
})

it.each([
  ['dk.json', /has no known extension/],
  ['x', /has no known extension/],
  ['form4.xml', /it is no table; declare what it is/],
])('of %s the same is said as when it is brought in', async (name, words) => {
  const path = folder.write(name, '{"entity":"A","date":"2020-01-02","close":1}\n')
  const said = async (work: Promise<unknown>) => work.catch((error: Error) => error.message)
  const told = await said(proposalFor(path))
  expect(told).toMatch(words)
  expect(told).toBe(await said(arrive(path, longSpec)))
})

it('nothing is proposed where no column holds times', async () => {
  expect(await inferred('x.csv', 'a,b\nx,y\n')).toBeNull()
})

it('names that YAML or the terminal would take for something else are in quotes', async () => {
  const told = await inferred('yes.csv', 'symbol,on: date,"px # 1"\nA,2020-01-02,1\n')
  expect(told?.spec).toMatchObject({ dataset: 'yes', timeColumn: 'on: date' })
  expect(told?.facts).toHaveLength(1)
})
