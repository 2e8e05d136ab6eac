/** A trading calendar as data: which dates of an exchange are sessions, and when each opens and closes. */
import { z } from 'zod'
import { refuse } from './kernel/fault.ts'
import { name } from './kernel/name.ts'
import { formatDay, MICROS_PER_DAY } from './kernel/time.ts'

/** A session: its local date as whole days since 1970-01-01. */
export type Session = number

/** The date of a session, `2008-09-15`. */
export const sessionDate = (session: Session): string => formatDay(session * MICROS_PER_DAY)

/**
 * The session of a date such as `2008-09-15`.
 * @throws Refusal `moment.malformed` for what is not a date
 */
export function sessionOfDate(text: string): Session {
  const session = dayOf(text)
  if (Number.isNaN(session)) throw refuse('moment.malformed', { text })
  return session
}

/** Days since 1970-01-01, NaN for what is not a date: `2001-02-29` is none. */
function dayOf(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return Number.NaN
  const day = Date.parse(`${text}T00:00:00Z`) / 86_400_000
  return Number.isFinite(day) && sessionDate(day) === text ? day : Number.NaN
}

/** The ISO weekday of a date: Monday is 1, Sunday 7. 1970-01-01 was a Thursday. */
export const weekdayOf = (session: Session): number => ((((session + 3) % 7) + 7) % 7) + 1

/** Minutes after midnight of `09:30`. */
export const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** A date of the calendar as text, `2008-09-15`. */
export const calendarDate = z.string().refine((text) => !Number.isNaN(dayOf(text)), {
  error: 'it is not a date; write one that exists, such as "2008-09-15", in quotes',
})
const opening = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
  error: 'it is not a time of day; write hours and minutes such as "09:30", in quotes',
})
const closing = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, {
  error:
    'it is not a time of day; write hours and minutes such as "16:00", or "24:00" for midnight, in quotes',
})

const ascending = (dates: readonly string[]): boolean =>
  dates.every((one, place) => place === 0 || dates[place - 1] < one)

/** The hours that count on a date: the last that begin at or before it. */
export const hoursOn = <H extends { from: string }>(hours: readonly H[], day: string): H | undefined =>
  hours.findLast((one) => one.from <= day)

/** A calendar covers the dates `from` (inclusive) to `to` (exclusive). What lies outside is refused, not guessed. */
export const calendarSpec = z
  .strictObject({
    /** An ISO 10383 MIC such as XNYS, or any name. */
    calendar: name,
    /** An IANA time zone. */
    zone: z.string().min(1),
    from: calendarDate,
    to: calendarDate,
    /** The weekdays with sessions, by ISO number: Monday is 1. */
    weekdays: z.array(z.int().min(1).max(7)).min(1),
    /** Local hours, ascending by date; the last that begin at or before a date count. */
    hours: z.array(z.strictObject({ from: calendarDate, opens: opening, closes: closing })).min(1),
    /** Dates without a session though their weekday has one; ascending. */
    holidays: z.array(calendarDate),
    /** Sessions that close before their hour; ascending. */
    earlyCloses: z.array(z.strictObject({ date: calendarDate, closes: closing })),
    /** Where the dates come from, and under which licence. */
    source: z.string().min(1),
  })
  .superRefine((spec, context) => {
    for (const [path, message] of contradictionsIn(spec)) context.addIssue({ code: 'custom', path, message })
  })
export type CalendarSpec = z.infer<typeof calendarSpec>

type Written = Pick<CalendarSpec, 'from' | 'to' | 'weekdays' | 'hours' | 'holidays' | 'earlyCloses'>

/** What no single date is to blame for. */
function contradictionsIn(spec: Written): [path: PropertyKey[], message: string][] {
  const holidays = new Set(spec.holidays)
  const covers = (day: string): boolean => spec.from <= day && day < spec.to
  const found: [PropertyKey[], string][] = []
  const begins = spec.hours[0]?.from ?? spec.from
  const check = (holds: boolean, path: PropertyKey[], message: string): void => {
    if (!holds) found.push([path, message])
  }
  check(spec.from < spec.to, ['to'], 'it must lie after "from"')
  check(new Set(spec.weekdays).size === spec.weekdays.length, ['weekdays'], 'a weekday is there twice')
  check(ascending(spec.hours.map((one) => one.from)), ['hours'], 'write them by date, each date once')
  check(begins <= spec.from, ['hours', 0, 'from'], 'the first hours must begin at "from" or before')
  check(ascending(spec.holidays), ['holidays'], 'write them by date, each date once')
  check(spec.holidays.every(covers), ['holidays'], 'one lies outside "from" to "to"')
  check(
    ascending(spec.earlyCloses.map((one) => one.date)),
    ['earlyCloses'],
    'write them by date, each date once',
  )
  for (const [place, { opens, closes }] of spec.hours.entries())
    check(opens < closes, ['hours', place], 'a session must close after it opens, on the same date')
  for (const [place, { date: day, closes }] of spec.earlyCloses.entries()) {
    const hours = hoursOn(spec.hours, day)
    const isSession = covers(day) && spec.weekdays.includes(weekdayOf(dayOf(day))) && !holidays.has(day)
    check(isSession, ['earlyCloses', place, 'date'], 'there is no session on that date')
    check(
      hours !== undefined && hours.opens < closes && closes < hours.closes,
      ['earlyCloses', place, 'closes'],
      'it must lie after the opening and before the usual close',
    )
  }
  return found
}
