/** Patterns of time: what each reads, what it refuses, and which are no patterns. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMoment, MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { timeReader } from '../../streams/sources/time-text.ts'

const READ = { timeOfDay: '', timeZone: 'UTC' }
const DATES = { timeOfDay: '16:00', timeZone: 'UTC' }
const textOf = (pattern: string, text: string, spec = READ): string => {
  const { at } = timeReader('time', { ...spec, pattern })(text)
  return Number.isNaN(at) ? 'not read' : formatMoment(at)
}

describe('a moment', () => {
  it.each([
    ['yyyyMMdd HH:mm', '20240102 15:30', '2024-01-02T15:30:00Z'],
    ['M/d/yyyy h:mm a', '1/2/2024 12:05 AM', '2024-01-02T00:05:00Z'],
    ['M/d/yyyy h:mm a', '1/2/2024 12:05 pm', '2024-01-02T12:05:00Z'],
    ['M/d/yyyy h:mm a', '1/2/2024 13:05 pm', 'not read'],
    ['M/d/yyyy h:mm a', '1/2/2024 0:05 am', 'not read'],
    ['dd.MM.yyyy HH:mm:ss.SSS', '02.01.2024 15:30:00.250', '2024-01-02T15:30:00.25Z'],
    ['dd.MM.yyyy HH:mm:ss.SSS', '02.01.2024 15:30:00.25', 'not read'],
    ["yyyy-MM-dd'T'HH:mm:ssX", '2024-01-02T15:30:00+0900', '2024-01-02T06:30:00Z'],
    ["dd MMM yyyy 'at' HH'h'mm", '02 Jan 2024 at 15h30', '2024-01-02T15:30:00Z'],
    ['dd-MMM-yyyy HH:mm', '02-XXX-2024 15:30', 'not read'],
    ['MM/dd/yyyy HH:mm', '13/02/2024 15:30', 'not read'],
    ['MM/dd/yyyy HH:mm', '02/30/2024 15:30', 'not read'],
    ['MM/dd/yyyy HH:mm', '01/02/2024 24:00', 'not read'],
    ['MM/dd/yyyy HH:mm', ' 01/02/2024 15:30', 'not read'],
    ['MM.dd.yyyy HH:mm', '01/02/2024 15:30', 'not read'],
    ['epoch s', '1704209400', '2024-01-02T15:30:00Z'],
    ['epoch s', '1704209400.000001', '2024-01-02T15:30:00.000001Z'],
    ['epoch ms', '1704209400001', '2024-01-02T15:30:00.001Z'],
    ['epoch us', '1704209400000001', '2024-01-02T15:30:00.000001Z'],
    ['epoch ns', '1704209400000001000', '2024-01-02T15:30:00.000001Z'],
    ['epoch ns', '1704209400000001001', 'not read'],
    ['epoch s', '-1', '1969-12-31T23:59:59Z'],
    ['epoch s', '1e9', 'not read'],
    ['epoch s', '99999999999999999999', 'not read'],
  ])('%s of %s is %s', (pattern, text, moment) => {
    expect(textOf(pattern, text)).toBe(moment)
  })
})

describe('a date', () => {
  it.each([
    ['yyyyMMdd', '20240229', '2024-02-29T16:00:00Z'],
    ['yyyyMMdd', '20230229', 'not read'],
    // A period's value is not known before the period is over.
    ['yyyyMM', '202402', '2024-02-29T16:00:00Z'],
    ['yyyyMM', '190002', '1900-02-28T16:00:00Z'],
    ["yyyy'Q'Q", '2024Q1', '2024-03-31T16:00:00Z'],
    ['yyyy', '2023', '2023-12-31T16:00:00Z'],
    ['yyyyMM', '202413', 'not read'],
    ['yyyyMMdd HH:mm', '20240102 00:00', '2024-01-02T16:00:00Z'],
    ['yyyyMMdd HH:mm', '20240102 00:01', 'not read'],
    ['epoch ms', '1704153600000', '2024-01-02T16:00:00Z'],
    ['epoch ms', '1704153600001', 'not read'],
  ])('%s of %s is %s', (pattern, text, moment) => {
    expect(textOf(pattern, text, DATES)).toBe(moment)
  })
})

it('reads back every day that it writes, and no other', () => {
  const pad = (value: number, length = 2) => String(value).padStart(length, '0')
  const written: Readonly<Record<string, (year: number, month: number, day: number) => string>> = {
    yyyyMMdd: (year, month, day) => `${pad(year, 4)}${pad(month)}${pad(day)}`,
    'M/d/yyyy': (year, month, day) => `${month}/${day}/${pad(year, 4)}`,
    'dd.MM.yyyy': (year, month, day) => `${pad(day)}.${pad(month)}.${pad(year, 4)}`,
  }
  const days = { min: Date.UTC(1700, 0, 1) / 86_400_000, max: Date.UTC(2250, 0, 1) / 86_400_000 }
  fc.assert(
    fc.property(fc.integer(days), (day) => {
      const date = new Date(day * 86_400_000)
      const parts = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()] as const
      for (const [pattern, write] of Object.entries(written)) {
        const read = timeReader('time', { ...DATES, pattern })(write(...parts))
        expect(read.at).toBe(day * MICROS_PER_DAY + 16 * 3600e6)
      }
    }),
  )
})

describe('a pattern is refused', () => {
  it.each([
    ['yyyy-MM-ddTHH:mm', /has "T"/],
    ['yy-MM-dd', /has "yy"/],
    ['MM-dd', /no year/],
    ['yyyy-dd', /has d without M/],
    ['yyyy-MM HH:mm', /has H without d/],
    ['yyyy-MM-dd mm', /has m without H/],
    ['yyyy-MM-dd hh:mm', /has h without a/],
    ['yyyyMd', /right behind another number/],
    ['yyyy-MM-dd yyyy', /has y twice/],
    ["yyyy-MM-dd 'at", /quote that does not end/],
    ['epoch d', /is not one of epoch s/],
    ['DD/MM/YYYY', /has "DD"/],
  ])('%s', (pattern, message) => {
    expect(() => timeReader('time', { ...READ, pattern })).toThrow(message)
  })
})
