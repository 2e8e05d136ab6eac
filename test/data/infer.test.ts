/** What is proposed for a file: it reads the file, and says what it could only guess. */
import { describe, expect, it } from 'vitest'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { propose } from '../../streams/sources/infer/propose.ts'
import { sampleOf } from '../../streams/sources/infer/sample.ts'
import { writeProposal } from '../../streams/sources/infer/write.ts'
import { arrive, factsOf, temporaryFolder } from './files.ts'

const folder = temporaryFolder()

async function inferred(name: string, content: string | Uint8Array) {
  const path = folder.write(name, content)
  const proposal = propose(name, await sampleOf(path))
  if (proposal === null) return null
  const text = writeProposal(proposal)
  const arrival = await arrive(path, parseDataset(text, 'the proposal'))
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

it('nothing is proposed where no column holds times', async () => {
  expect(await inferred('x.csv', 'a,b\nx,y\n')).toBeNull()
})

it('names that YAML or the terminal would take for something else are in quotes', async () => {
  const told = await inferred('yes.csv', 'symbol,on: date,"px # 1"\nA,2020-01-02,1\n')
  expect(told?.spec).toMatchObject({ dataset: 'yes', timeColumn: 'on: date' })
  expect(told?.facts).toHaveLength(1)
})
