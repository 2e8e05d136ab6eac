/** The calendars that ship, against the package that they come from, all sessions of all years. */
import { describe, expect, test } from 'vitest'
import { calendarSpec, sessionDate, sessionOfDate } from '../../schemas/calendar.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { exchangeSessions } from '../../streams/calendar/sessions.ts'
import { SHIPPED_CALENDARS, shippedCalendar } from '../../streams/calendar/shipped.ts'

const specOf = (calendar: string) => {
  const spec = shippedCalendar(calendar)
  if (spec === undefined) throw new Error(`${calendar} does not ship`)
  return spec
}

describe('each calendar', () => {
  test.each(SHIPPED_CALENDARS)('%s is well formed and says where it comes from', (calendar) => {
    const spec = specOf(calendar)
    expect(calendarSpec.parse(spec)).toEqual(spec)
    expect(spec.calendar).toBe(calendar)
    expect(spec.source).toMatch(/^exchange_calendars .*Apache-2\.0/)
    expect(spec.to > '2026-12-31').toBe(true)
  })

  // The number of sessions to the end of 2027 and the SHA-256 of the lines "date opens closes" (seconds since 1970), computed in
  // Python with exchange_calendars 4.13.2 (and pandas' own time zones). Of XHKG 2023-09-01 and 2023-09-08 were taken out first.
  test.each([
    ['XNYS', 9569, '90c376f4c1511a8a8661351f0464c078c08a4e81f9f89f8825afa013ffff56e1'],
    ['XNAS', 9569, '90c376f4c1511a8a8661351f0464c078c08a4e81f9f89f8825afa013ffff56e1'],
    ['XLON', 9604, '73b6a5ce753c68ce65be05caa0bca826a11b131b6e9a066533ac126fd3b9a131'],
    ['XTKS', 7593, '7c68416106ee8377a000872974797dd85c7cf38d0100a2ddba1341a14b08ccf9'],
    ['XHKG', 9374, 'e1e4057cb0fcb7380ff8522ad575aa84edfe9b89ea20d0d5098c21acec8a45ed'],
    ['XETR', 9661, '4b0673d2ad60607718a3f1958c1531adf03a7c9bb45a7b42252cd26bedfabaf0'],
    ['XASX', 9620, 'fda2441bc73d761853db8560e4abc4ceea28c222e1de4682ae3059da037ed875'],
  ])('%s has the sessions and the hours of its source', (calendar, count, digest) => {
    const spec = specOf(calendar)
    const sessions = exchangeSessions(spec)
    const lines = sessions.between(sessionOfDate(spec.from), sessionOfDate(spec.to)).map((session) => {
      const [opens, closes] = [sessions.opens(session) / 1e6, sessions.closes(session) / 1e6]
      return `${sessionDate(session)} ${opens} ${closes}`
    })
    expect(lines).toHaveLength(count)
    expect(sha256(lines.join('\n'))).toBe(digest)
  })
})

/** What was in the news on the day. */
const CLOSED: readonly [calendar: string, date: string, next: string, why: string][] = [
  ['XNYS', '1994-04-27', '1994-04-28', 'the funeral of President Nixon'],
  ['XNYS', '2001-09-11', '2001-09-17', 'the attacks'],
  ['XNYS', '2004-06-11', '2004-06-14', 'the funeral of President Reagan'],
  ['XNYS', '2012-10-29', '2012-10-31', 'Sandy'],
  ['XNYS', '2018-12-05', '2018-12-06', 'the funeral of President Bush'],
  ['XNYS', '2022-06-20', '2022-06-21', 'the first Juneteenth on which it closed, observed'],
  ['XNYS', '2025-01-09', '2025-01-10', 'the funeral of President Carter'],
  ['XLON', '2011-04-29', '2011-05-03', 'a royal wedding, and the bank holiday after it'],
  ['XLON', '2022-09-19', '2022-09-20', 'the funeral of the Queen'],
  ['XTKS', '2019-04-27', '2019-05-07', 'ten days for the accession of the Emperor'],
  ['XTKS', '2020-10-01', '2020-10-02', 'the outage of arrowhead'],
  ['XHKG', '2017-08-23', '2017-08-24', 'typhoon Hato'],
  ['XHKG', '2018-02-16', '2018-02-20', 'the lunar new year'],
  ['XHKG', '2023-09-01', '2023-09-04', 'typhoon Saola'],
  ['XHKG', '2023-09-08', '2023-09-11', 'a black rainstorm'],
  ['XETR', '2024-12-24', '2024-12-27', 'Christmas'],
  ['XASX', '2022-09-22', '2022-09-23', 'the day of mourning'],
]

test.each(CLOSED)('%s was closed on %s until %s: %s', (calendar, date, next) => {
  const sessions = exchangeSessions(specOf(calendar))
  const day = sessionOfDate(date)
  expect(sessions.isSession(day)).toBe(false)
  expect(sessionDate(sessions.next(day))).toBe(next)
})

test.each([
  ['XNYS', '2023-11-24', '2023-11-24T14:30:00Z', '2023-11-24T18:00:00Z', 'after Thanksgiving'],
  ['XNYS', '2024-03-11', '2024-03-11T13:30:00Z', '2024-03-11T20:00:00Z', 'summer time'],
  ['XTKS', '2024-11-01', '2024-11-01T00:00:00Z', '2024-11-01T06:00:00Z', 'before the longer hours'],
  ['XTKS', '2024-11-05', '2024-11-05T00:00:00Z', '2024-11-05T06:30:00Z', 'the longer hours'],
  ['XHKG', '2011-03-07', '2011-03-07T01:30:00Z', '2011-03-07T08:00:00Z', 'the earlier opening'],
  ['XHKG', '2024-02-09', '2024-02-09T01:30:00Z', '2024-02-09T04:00:00Z', 'the eve of the lunar new year'],
  ['XASX', '2024-10-07', '2024-10-06T23:00:00Z', '2024-10-07T05:00:00Z', 'opens on the UTC date before'],
])('%s on %s is open from %s to %s: %s', (calendar, date, opens, closes) => {
  const sessions = exchangeSessions(specOf(calendar))
  const session = sessionOfDate(date)
  expect([sessions.opens(session), sessions.closes(session)].map(formatMoment)).toEqual([opens, closes])
})
