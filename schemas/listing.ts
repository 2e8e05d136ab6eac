/** A listing: which instrument a ticker stands for, and from when to when. Tickers change, and are given to others. */
import { z } from 'zod'
import { calendarDate } from './calendar.ts'
import { name } from './kernel/name.ts'

const bound = z
  .string()
  .refine((text) => text === '' || calendarDate.safeParse(text).success, 'neither a date nor empty')

/** Dates are local ones of the exchange: `from` inclusive, `to` exclusive, each empty for no bound. */
export const listing = z
  .strictObject({
    /** What the source calls it. */
    symbol: name,
    /** What it is called here, under whatever ticker it trades. */
    entity: name,
    from: bound,
    to: bound,
  })
  .refine(({ from, to }) => from === '' || to === '' || from < to, {
    path: ['to'],
    error: 'it must lie after "from"; "to" is the first date that is no longer in the listing',
  })
export type Listing = z.infer<typeof listing>
