/** Every kind of bad input: it is named by line and reason, and the good rows go on. */
import { describe, expect, it } from 'vitest'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { shippedCalendar } from '../../streams/calendar/shipped.ts'
import { CLOSE } from '../support/sessions.ts'
import {
  arrive,
  declaredSpec,
  factsOf,
  linesOf,
  longSpec,
  observedSpec,
  temporaryFolder,
  wideSpec,
} from './files.ts'

const folder = temporaryFolder()

const LONG: readonly (readonly [string, string])[] = [
  ['A,2008-09-15', 'row.width'],
  ['A,2008-09-15,1,2', 'row.width'],
  ['A,2008-09-15,1\r7', 'value.not-a-number'],
  ['"A,2008-09-15,1', 'row.quote'],
  ['A"B",2008-09-15,1', 'row.quote'],
  ['"A"B,2008-09-15,1', 'row.quote'],
  [' ,2008-09-15,1', 'entity.missing'],
  ['A,,1', 'time.missing'],
  ['A,15/09/2008,1', 'time.malformed'],
  ['A,20080915,1', 'time.malformed'],
  ['A,2008-02-30,1', 'time.malformed'],
  ['A,2008-09-15 09:30:00,1', 'time.beside-time-of-day'],
  ['A,2008-09-15T25:00:00Z,1', 'time.malformed'],
  ['A,2008-09-15T20:00:00.0000001Z,1', 'time.too-fine'],
  ['A,2024-01-02,1', 'time.in-future'],
  ['A,2008-09-15,abc', 'value.not-a-number'],
  ['A,2008-09-15,"1,234.5"', 'value.not-a-number'],
  ['A,2008-09-15,1_000', 'value.not-a-number'],
  ['A,2008-09-15,0x1F', 'value.not-a-number'],
  ['A,2008-09-15,NA', 'value.not-a-number'],
  ['A,2008-09-15,-', 'value.not-a-number'],
  ['A,2008-09-15,.', 'value.not-a-number'],
  ['A,2008-09-15,1e', 'value.not-a-number'],
  ['A,2008-09-15,inf', 'value.not-finite'],
  ['A,2008-09-15,-Infinity', 'value.not-finite'],
  ['A,2008-09-15,1e999', 'value.not-finite'],
]

const DECLARED: readonly (readonly [string, string])[] = [
  ['A,2008-09-15T20:00Z,,1', 'known.missing'],
  ['A,2008-09-15T20:00Z,soon,1', 'known.malformed'],
  ['A,2008-09-15T20:00Z,2008-09-15T19:59Z,1', 'known.before-event'],
  ['A,2008-09-15T20:00Z,2024-01-01T00:00:01Z,1', 'known.in-future'],
  ['A,2008-09-15T20:00Z,2008-09-15T20:00:00.0000009Z,1', 'known.too-fine'],
  ['A,2008-09-15,2008-09-16T00:00Z,1', 'time.date-alone'],
  ['A,2008-09-15T20:00Z,2008-09-16,1', 'known.date-alone'],
  ['A,2008-09-15T20:00,2008-09-16T00:00Z,1', 'time.malformed'],
]

const oneBadLine = async (header: string, good: string, bad: string, spec: DatasetSpec) => {
  const arrival = await arrive(
    folder.write('x.csv', `${header}\n${good}\n\n${bad}\n${good.replace('G', 'H')}\n`),
    spec,
  )
  expect(factsOf(arrival.rows).map((fact) => fact[0])).toEqual(['G', 'H'])
  return arrival
}

describe('a bad line of a long file', () => {
  it.each(LONG)('%j is rejected for %s', async (bad, reason) => {
    const arrival = await oneBadLine('entity,date,close', 'G,2008-09-15,1', bad, longSpec)
    expect(arrival.rejects).toEqual([{ line: 4, reason, text: bad }])
  })

  it.each(DECLARED)('%j is rejected for %s', async (bad, reason) => {
    const good = 'G,2008-09-15T20:00Z,2008-09-15T20:00Z,1'
    const arrival = await oneBadLine('entity,at,known,value', good, bad, declaredSpec)
    expect(arrival.rejects).toEqual([{ line: 4, reason, text: bad }])
  })

  it('is rejected for a name that is not UTF-8', async () => {
    const bytes = Buffer.from('entity,date,close\nG,2008-09-15,1\nZ?rich,2008-09-15,2\n', 'latin1')
    bytes[bytes.indexOf('?')] = 0xfc
    expect(linesOf(await arrive(folder.write('x.csv', bytes), longSpec))).toEqual(['3 entity.encoding'])
  })

  it('is rejected for a known time that a lag puts behind its arrival', async () => {
    const year: DatasetSpec['knownAt'] = { kind: 'lag', column: '', lagMicros: 366 * 86_400e6 }
    const path = folder.write('x.csv', 'entity,date,close\nA,2023-06-01,1\nA,2008-09-15,1\n')
    expect(linesOf(await arrive(path, { ...longSpec, knownAt: year }))).toEqual(['2 known.in-future'])
  })

  it('is rejected for an event after its arrival, where the arrival is the known time', async () => {
    const path = folder.write('x.csv', 'entity,date,close\nA,2024-01-01,1\nA,2023-12-29,1\n')
    expect(linesOf(await arrive(path, observedSpec))).toEqual(['2 time.in-future'])
  })

  it('is rejected for a time that its calendar does not cover, or after which nothing can be traded', async () => {
    const lines = ['A,1989-12-29,1', 'A,2008-09-15,1', 'A,2027-12-30,1', 'A,2027-12-31,1', 'A,2028-01-03,1']
    const path = folder.write('x.csv', `entity,date,close\n${lines.join('\n')}\n`)
    const outside = 'time.outside-calendar'
    const later = { receivedAt: parseMoment('2029-01-01') }
    const spec = { ...longSpec, calendar: shippedCalendar('XNYS') ?? null }
    // 2027-12-31 is the calendar's last session: data that nothing is traded at may be of it.
    expect(linesOf(await arrive(path, spec, later))).toEqual([`2 ${outside}`, `6 ${outside}`])
    const traded = { ...spec, prices: CLOSE }
    expect(linesOf(await arrive(path, traded, later))).toEqual([
      `2 ${outside}`,
      `5 ${outside}`,
      `6 ${outside}`,
    ])
  })

  it('is rejected for a local time that the clocks skip or repeat', async () => {
    // New York went from 02:00 to 03:00 on 2008-03-09 and from 02:00 back to 01:00 on 2008-11-02.
    const path = folder.write('x.csv', 'entity,date,close\nA,2008-03-09,1\nA,2008-03-10,1\n')
    expect(linesOf(await arrive(path, { ...longSpec, timeOfDay: '02:30' }))).toEqual(['2 time.ambiguous'])
    const autumn = folder.write('y.csv', 'entity,date,close\nA,2008-11-02,1\nA,2008-11-03,1\n')
    expect(linesOf(await arrive(autumn, { ...longSpec, timeOfDay: '01:30' }))).toEqual(['2 time.ambiguous'])
  })

  it('has its text cut at 500 characters', async () => {
    const path = folder.write(
      'x.csv',
      `entity,date,close\nG,2008-09-15,1\nA,2008-09-15,${'x'.repeat(5000)}\n`,
    )
    expect((await arrive(path, longSpec)).rejects[0].text).toHaveLength(500)
  })
})

describe('a key that is there twice', () => {
  it('is counted where it says the same and rejected where it does not', async () => {
    const lines = [
      'A,2008-09-15,1',
      'B,2008-09-15,',
      'A,2008-09-15,1.0',
      'B,2008-09-15,',
      'A,2008-09-15,2',
      'A,2008-09-16,2',
    ]
    const arrival = await arrive(folder.write('x.csv', `entity,date,close\n${lines.join('\n')}\n`), longSpec)
    expect(factsOf(arrival.rows).map((fact) => [fact[0], fact[3]])).toEqual([
      ['A', 1],
      ['B', Number.NaN],
      ['A', 2],
    ])
    expect(arrival.duplicateRows).toBe(2)
    expect(arrival.rejects).toEqual([{ line: 6, reason: 'key.conflict', text: 'A,2008-09-15,2' }])
  })

  it('is another row where it became known at another time', async () => {
    const text =
      'entity,at,known,value\nA,2008-09-15T20:00Z,2008-09-16T20:00Z,2\nA,2008-09-15T20:00Z,2008-09-15T20:00Z,1\n'
    const arrival = await arrive(folder.write('x.csv', text), declaredSpec)
    expect(factsOf(arrival.rows).map((fact) => fact[3])).toEqual([1, 2])
    expect(arrival).toMatchObject({ rejects: [], duplicateRows: 0, outOfOrderRows: 0 })
  })
})

describe('a wide file', () => {
  it('loses a bad cell alone, and a line whose time is bad', async () => {
    const text = 'date,A,B,C\n2008-09-15,1,x,3\nnever,1,2,3\n2008-09-16,inf,,3\n2008-09-17,1,2\n'
    const arrival = await arrive(folder.write('x.csv', text), wideSpec)
    expect(arrival.rowCount).toBe(3)
    expect(arrival.rejects).toEqual([
      { line: 2, reason: 'value.not-a-number', text: 'x' },
      { line: 3, reason: 'time.malformed', text: 'never,1,2,3' },
      { line: 4, reason: 'value.not-finite', text: 'inf' },
      { line: 5, reason: 'row.width', text: '2008-09-17,1,2' },
    ])
  })
})

describe('a bad line of NDJSON', () => {
  it.each([
    ['{"entity":"A"', 'row.not-json'],
    ['[1,2]', 'row.not-json'],
    ['{"entity":null,"date":"2008-09-15","close":1}', 'entity.missing'],
    ['{"entity":"A","date":1221508800,"close":1}', 'time.malformed'],
    ['{"entity":"A","close":1}', 'time.missing'],
    ['{"entity":"A","date":"2008-09-15","close":true}', 'value.not-a-number'],
    ['{"entity":"A","date":"2008-09-15","close":1e999}', 'value.not-finite'],
  ])('%s is rejected for %s', async (bad, reason) => {
    const good = '{"entity":"G","date":"2008-09-15","close":1}'
    const arrival = await arrive(folder.write('x.ndjson', `${good}\n${bad}\n`), longSpec)
    expect(arrival.rowCount).toBe(1)
    expect(arrival.rejects).toEqual([{ line: 2, reason, text: bad }])
  })
})
