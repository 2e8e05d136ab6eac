/** The laws of sessions, and the edges where clocks change. */

import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CalendarSpec, calendarSpec, sessionDate, sessionOfDate } from '../../schemas/calendar.ts'
import { formatMoment, MICROS_PER_DAY, parseMoment } from '../../schemas/kernel/time.ts'
import { exchangeSessions, localDays, type Sessions } from '../../streams/calendar/sessions.ts'
import { SHIPPED_CALENDARS, shippedCalendar } from '../../streams/calendar/shipped.ts'
import { periodsPerYear } from '../../streams/calendar/spacing.ts'
import { zoneOf } from '../../streams/calendar/zone.ts'
import { refusalOf } from '../support/refusals.ts'

const ALL = new Map<string, Sessions>([
  ...SHIPPED_CALENDARS.map((name): [string, Sessions] => {
    const spec = shippedCalendar(name)
    if (spec === undefined) throw new Error(name)
    return [name, exchangeSessions(spec)]
  }),
  ...['UTC', 'America/Sao_Paulo', 'Pacific/Apia', 'America/Havana', 'Australia/Lord_Howe'].map(
    (zone): [string, Sessions] => [zone, localDays(zone)],
  ),
])

describe('sessions', () => {
  const inside = fc.integer({ min: parseMoment('1997-02-01') / 1e6, max: parseMoment('2027-11-01') / 1e6 })
  const sessions = fc.constantFrom(...ALL.keys()).map((name) => ALL.get(name) ?? localDays('UTC'))

  test('an event time has one, and one is open after another', () => {
    fc.assert(
      fc.property(sessions, inside, (of, seconds) => {
        const session = of.of(seconds * 1e6)
        expect(of.isSession(session)).toBe(true)
        expect(of.opens(session)).toBeLessThan(of.closes(session))
        expect(of.closes(session)).toBeLessThanOrEqual(of.opens(of.next(session)))
        expect(of.of(of.opens(session))).toBe(session)
        expect(of.of(of.closes(session) - 1)).toBe(session)
        expect(of.previous(of.next(session))).toBe(session)
        expect(of.next(of.previous(session))).toBe(session)
        // Later event times have no earlier session.
        expect(of.of(seconds * 1e6 + 3600e6)).toBeGreaterThanOrEqual(session)
        // Nothing was missed between the local date and its session.
        expect(of.previous(session) * MICROS_PER_DAY).toBeLessThan(seconds * 1e6 + 14 * 3600e6)
      }),
      { numRuns: 500 },
    )
  })

  test('between is next, repeated', () => {
    fc.assert(
      fc.property(sessions, inside, fc.nat(60), (of, seconds, days) => {
        const from = Math.floor(seconds / 86_400)
        const to = from + days
        const stepped: number[] = []
        for (let day = of.isSession(from) ? from : of.next(from); day < to; day = of.next(day))
          stepped.push(day)
        expect(of.between(from, to)).toEqual(stepped)
        expect(of.count(from, to)).toBe(stepped.length)
        expect(of.count(to, from)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('a time on a weekend or a holiday is of the next session, one after the close of its own', () => {
    const of = ALL.get('XNYS') ?? localDays('UTC')
    const sessionAt = (moment: string) => sessionDate(of.of(parseMoment(moment)))
    expect(sessionAt('2024-07-03T23:00-04:00')).toBe('2024-07-03')
    expect(sessionAt('2024-07-04T00:00-04:00')).toBe('2024-07-05')
    expect(sessionAt('2024-07-06T12:00-04:00')).toBe('2024-07-08')
    // On the UTC date after.
    expect(sessionAt('2024-07-09T03:59Z')).toBe('2024-07-08')
  })

  test('what a calendar does not cover is refused, and a day without a session has no hours', () => {
    const of = ALL.get('XTKS') ?? localDays('UTC')
    expect(refusalOf(() => of.of(parseMoment('1996-12-30T03:00Z')))).toBe('calendar.outside')
    expect(refusalOf(() => of.of(parseMoment('2028-01-04T03:00Z')))).toBe('calendar.outside')
    // The last date is a holiday, so the session after it is not known.
    expect(refusalOf(() => of.of(parseMoment('2027-12-31T03:00Z')))).toBe('calendar.outside')
    for (const at of ['1996-12-30T03:00Z', '2027-12-31T03:00Z', '2028-01-04T03:00Z'])
      expect(of.find(parseMoment(at))).toBeNaN()
    for (const sessions of ALL.values()) expect(sessions.find(Number.NaN)).toBeNaN()
    const golden = parseMoment('2019-05-01T03:00Z')
    expect(of.find(golden)).toBe(of.of(golden))
    expect(refusalOf(() => of.next(sessionOfDate('2027-12-30')))).toBe('calendar.outside')
    expect(refusalOf(() => of.previous(sessionOfDate('1997-01-06')))).toBe('calendar.outside')
    expect(refusalOf(() => of.between(sessionOfDate('2027-12-01'), sessionOfDate('2028-01-02')))).toBe(
      'calendar.outside',
    )
    expect(of.between(sessionOfDate('2027-12-29'), sessionOfDate('2028-01-01')).map(sessionDate)).toEqual([
      '2027-12-29',
      '2027-12-30',
    ])
    expect(refusalOf(() => of.opens(sessionOfDate('2019-05-01')))).toBe('calendar.no-session')
    expect(refusalOf(() => localDays('Mars/Olympus'))).toBe('dataset.time-zone')
  })
})

describe('where clocks change', () => {
  // tzdata: Brazil skipped midnight of 2018-11-04; Havana showed 00:00 to 01:00 twice on 2019-11-03; Apia left out 2011-12-30.
  test.each([
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    ['America/Havana', '2019-11-03', '2019-11-03T04:00:00Z', '2019-11-04T05:00:00Z'],
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'],
    ['America/New_York', '2024-03-10', '2024-03-10T05:00:00Z', '2024-03-11T04:00:00Z'],
  ])('%s %s is from %s to %s', (zone, date, opens, closes) => {
    const days = localDays(zone)
    const session = sessionOfDate(date)
    expect([days.opens(session), days.closes(session)].map(formatMoment)).toEqual([opens, closes])
  })

  test('a date that was left out is no session', () => {
    const days = localDays('Pacific/Apia')
    const left = sessionOfDate('2011-12-30')
    expect(days.isSession(left)).toBe(false)
    expect([days.next(left - 1), days.previous(left + 1)]).toEqual([left + 1, left - 1])
    expect([days.count(left - 5, left + 5), days.count(-9, left + 5)]).toEqual([9, left + 13])
    expect(refusalOf(() => days.opens(left))).toBe('calendar.no-session')
  })

  // Python 3.11 zoneinfo, fold=0: datetime(2024, 3, 10, 2, 30) and (2024, 11, 3, 1, 30) in America/New_York.
  test('an hour that is skipped is later, one that is repeated the first', () => {
    const spec: CalendarSpec = {
      calendar: 'nights',
      zone: 'America/New_York',
      from: '2024-01-01',
      to: '2025-01-01',
      weekdays: [7],
      hours: [{ from: '2024-01-01', opens: '01:30', closes: '02:30' }],
      holidays: [],
      earlyCloses: [],
      source: 'made for this test',
    }
    const nights = exchangeSessions(calendarSpec.parse(spec))
    expect(formatMoment(nights.closes(sessionOfDate('2024-03-10')))).toBe('2024-03-10T07:30:00Z')
    expect(formatMoment(nights.opens(sessionOfDate('2024-11-03')))).toBe('2024-11-03T05:30:00Z')
  })

  test('the local time of a moment is what DuckDB answers, each half hour of two years in seven zones', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    // 2010 and 2011: St. John's still went back over midnight, and Apia left out a date.
    const [begin, steps] = [1262304000, 2 * 365 * 48]
    for (const name of [
      'America/New_York',
      'America/Sao_Paulo',
      'America/St_Johns',
      'Europe/London',
      'Pacific/Apia',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
    ]) {
      const zone = zoneOf(name)
      const answer = await connection.runAndReadAll(
        `SELECT epoch_us(timezone('${name}', to_timestamp(${begin} + 1800 * i + 47)))::DOUBLE FROM range(${steps}) t(i) ORDER BY i`,
      )
      const theirs = Float64Array.from(answer.getColumns()[0].map(Number))
      const ours = theirs.map((_, step) => zone.local((begin + 1800 * step + 47) * 1e6))
      expect(ours).toEqual(theirs)
    }
    connection.closeSync()
  })
})

describe('a calendar that contradicts itself is refused by name', () => {
  const good = {
    calendar: 'X',
    zone: 'UTC',
    from: '2024-01-01',
    to: '2025-01-01',
    weekdays: [1, 2, 3, 4, 5],
    hours: [{ from: '2024-01-01', opens: '09:00', closes: '17:00' }],
    holidays: ['2024-01-01', '2024-12-25'],
    earlyCloses: [{ date: '2024-12-24', closes: '13:00' }],
    source: 'made for this test',
  }
  test.each([
    ['to', { to: '2024-01-01' }],
    ['hours', { hours: [] }],
    ['from', { from: '2024-02-30' }],
    ['weekdays', { weekdays: [1, 1] }],
    ['weekdays.0', { weekdays: [0] }],
    ['hours.0', { hours: [{ from: '2024-01-01', opens: '17:00', closes: '09:00' }] }],
    ['hours.0.from', { hours: [{ from: '2024-06-01', opens: '09:00', closes: '17:00' }] }],
    ['holidays', { holidays: ['2024-12-25', '2024-01-01'] }],
    ['holidays', { holidays: ['2025-01-01'] }],
    ['earlyCloses.0.date', { earlyCloses: [{ date: '2024-12-25', closes: '13:00' }] }],
    ['earlyCloses.0.date', { earlyCloses: [{ date: '2024-12-28', closes: '13:00' }] }],
    ['earlyCloses.0.closes', { earlyCloses: [{ date: '2024-12-24', closes: '18:00' }] }],
    ['earlyCloses.0.closes', { earlyCloses: [{ date: '2024-12-24', closes: '25:00' }] }],
  ])('%s of %j', (path, change) => {
    expect(calendarSpec.safeParse(good).success).toBe(true)
    const parsed = calendarSpec.safeParse({ ...good, ...change })
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toContain(path)
  })
})

describe('sessions a year', () => {
  const days = (calendar: string, from: string, to: string) =>
    (ALL.get(calendar) ?? localDays('UTC')).between(sessionOfDate(from), sessionOfDate(to))
  const every = (step: number, count: number) => Array.from({ length: count }, (_, i) => i * step)
  const monthEnds = Array.from({ length: 120 }, (_, month) => Date.UTC(2010, month + 1, 0) / 86_400_000)

  // The counts of a year are the calendars' own: 252 of NYSE, 245 of Tokyo (not within 2.5 % of 252), weeks, months, days.
  test.each<[string, readonly number[], number]>([
    ['NYSE', days('XNYS', '2010-01-01', '2020-01-01'), 252],
    ['each day', every(1, 1000), 365],
    ['each week', every(7, 500), 52],
    ['month ends', monthEnds, 12],
    ['quarters', monthEnds.filter((_, month) => month % 3 === 2), 4],
    ['years', monthEnds.filter((_, month) => month % 12 === 11), 1],
    ['each second week', every(14, 200), 365.25 / 14],
    // Thirty sessions of NYSE span 40 to 49 days, 63 of them 88 to 97.
    ['a month and a half with two holidays', days('XNYS', '2010-01-04', '2010-02-17'), 252],
    ['a quarter', days('XNYS', '2010-10-01', '2011-01-01'), 252],
    ['five weeks', every(7, 5), 52],
    ['five days', every(1, 5), 365],
    ['half a year of months', monthEnds.slice(0, 6), 12],
    ['one', [5], Number.NaN],
    ['none', [], Number.NaN],
  ])('%s', (_, sessions, perYear) => {
    expect(periodsPerYear(sessions)).toBe(perYear)
  })
})
