/** Local times to moments, against DuckDB's own zone tables and dates on which clocks are known to have changed. */
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { formatMoment, MICROS_PER_DAY, parseMoment } from '../../schemas/kernel/time.ts'
import { timeReader } from '../../streams/sources/time-text.ts'
import { zonedTime } from '../../streams/sources/zoned-time.ts'

const NEW_YORK = { timeOfDay: '16:00', timeZone: 'America/New_York' }
const textOf = (text: string, spec = NEW_YORK): string => {
  const { at } = timeReader('time', spec)(text)
  return Number.isNaN(at) ? 'not read' : formatMoment(at)
}

describe('a date at a local hour', () => {
  // United States: Energy Policy Act of 2005 moved the change to the second Sunday of March from 2007 on; before, it
  // was the first Sunday of April. Europe: last Sundays of March and October. Tokyo and Kolkata never change.
  it.each([
    ['2008-09-15', '16:00', 'America/New_York', '2008-09-15T20:00:00Z'],
    ['2008-12-15', '16:00', 'America/New_York', '2008-12-15T21:00:00Z'],
    ['2006-03-15', '16:00', 'America/New_York', '2006-03-15T21:00:00Z'],
    ['2007-03-15', '16:00', 'America/New_York', '2007-03-15T20:00:00Z'],
    ['2007-03-11', '16:00', 'America/New_York', '2007-03-11T20:00:00Z'],
    ['2007-03-11', '01:59', 'America/New_York', '2007-03-11T06:59:00Z'],
    ['2020-10-25', '17:30', 'Europe/Berlin', '2020-10-25T16:30:00Z'],
    ['2020-10-24', '17:30', 'Europe/Berlin', '2020-10-24T15:30:00Z'],
    ['2020-02-29', '15:00', 'Asia/Tokyo', '2020-02-29T06:00:00Z'],
    ['2020-02-29', '15:30', 'Asia/Kolkata', '2020-02-29T10:00:00Z'],
    ['1969-12-31', '16:00', 'America/New_York', '1969-12-31T21:00:00Z'],
  ])('%s %s in %s is %s', (date, timeOfDay, timeZone, moment) => {
    expect(textOf(date, { timeOfDay, timeZone })).toBe(moment)
  })

  it('is the same that DuckDB answers, on every day from 1970 to 2037 and in six zones', async () => {
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
    const connection = await instance.connect()
    const zones = [
      'America/New_York',
      'Europe/London',
      'Asia/Hong_Kong',
      'Australia/Sydney',
      'America/Sao_Paulo',
      'UTC',
    ]
    for (const zone of zones) {
      const toMoment = zonedTime(zone)
      const result = await connection.runAndReadAll(
        `SELECT epoch_us(timezone('${zone}', TIMESTAMP '1970-01-01 16:00:00' + to_days(d::INTEGER)))::DOUBLE
         FROM range(24837) t(d) ORDER BY d`,
      )
      const theirs = result.getColumns()[0].map(Number)
      const ours = theirs.map((_, day) => toMoment(day * MICROS_PER_DAY + 16 * 3600e6))
      expect(ours).toEqual(theirs)
    }
    connection.closeSync()
    instance.closeSync()
  })
})

describe('a time in a file', () => {
  it.each([
    ['2008-09-15 00:00:00', '2008-09-15T20:00:00Z'],
    ['2008-09-15 00:00:00-04:00', '2008-09-15T20:00:00Z'],
    ['2008-09-15T04:00Z', '2008-09-15T20:00:00Z'],
    ['2008-09-15T20:00Z', 'not read'],
    ['2008-09-15T00:00Z', 'not read'],
    ['2008-09-15 00:00:00.000001-04:00', 'not read'],
    ['2008-09-15 16:00', 'not read'],
    ['2008-09-15Z', 'not read'],
    ['2008-9-15', 'not read'],
    ['0000-00-00', 'not read'],
    ['2007-02-29', 'not read'],
  ])('%s is %s', (text, moment) => {
    expect(textOf(text)).toBe(moment)
  })

  it.each([
    ['2008-09-15T20:00Z', '2008-09-15T20:00:00Z'],
    ['2008-09-15 20:00:00+00', '2008-09-15T20:00:00Z'],
    ['2008-09-15 20:00:00.5 UTC', '2008-09-15T20:00:00.5Z'],
    ['2008-09-15T16:00:00.123456000-0400', '2008-09-15T20:00:00.123456Z'],
    ['1020-01-03T01:00:00.000Z', 'not read'],
    ['1684-06-01T00:00:00Z', 'not read'],
    ['1684-08-01T00:00:00Z', '1684-08-01T00:00:00Z'],
    ['2255-06-01T00:00:00Z', '2255-06-01T00:00:00Z'],
    ['2255-07-01T00:00:00Z', 'not read'],
  ])('%s is %s where moments are told', (text, moment) => {
    expect(textOf(text, { timeOfDay: '', timeZone: '' })).toBe(moment)
  })

  it('is a moment of its own where no hour is declared: a date alone would be known too early', () => {
    const read = timeReader('time', { timeOfDay: '', timeZone: '' })
    expect(read('2008-09-15T20:00:00Z').at).toBe(parseMoment('2008-09-15T20:00Z'))
    expect(read('2008-09-15').at).toBeNaN()
    expect(read('2008-09-15 20:00:00').at).toBeNaN()
    const local = timeReader('time', { timeOfDay: '', timeZone: 'America/New_York' })
    expect(local('2008-09-15 09:30:00').at).toBe(parseMoment('2008-09-15T13:30Z'))
    expect(local('2008-09-15 00:00:00').at).toBeNaN()
    expect(local('2008-09-15 04:00:00Z').at).toBe(parseMoment('2008-09-15T04:00Z'))
  })
})
