/** The calendars that come with the platform, by their ISO 10383 MIC. */
import type { CalendarSpec } from '../../schemas/calendar.ts'
import XASX from './data/XASX.json' with { type: 'json' }
import XETR from './data/XETR.json' with { type: 'json' }
import XHKG from './data/XHKG.json' with { type: 'json' }
import XLON from './data/XLON.json' with { type: 'json' }
import XNYS from './data/XNYS.json' with { type: 'json' }
import XTKS from './data/XTKS.json' with { type: 'json' }

const SHIPPED: ReadonlyMap<string, CalendarSpec> = new Map(
  [XASX, XETR, XHKG, XLON, { ...XNYS, calendar: 'XNAS' }, XNYS, XTKS].map((spec) => [spec.calendar, spec]),
)

export const SHIPPED_CALENDARS: readonly string[] = [...SHIPPED.keys()]

export const shippedCalendar = (calendar: string): CalendarSpec | undefined => SHIPPED.get(calendar)
