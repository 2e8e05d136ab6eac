/** Rows of a data set as price facts: which column is what, and in which session each row falls. */
import type { Session } from '../../schemas/calendar.ts'
import type { PriceSpec } from '../../schemas/events/data.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import type { PriceFact } from './fact-queue.ts'

type Told = Omit<PriceFact, 'place'> & Readonly<{ entity: string }>

/**
 * What falls in no session (NaN) is passed over: actions that are older than the exchange's calendar.
 * @param what `prices` for the data set itself, `actions` for the one that holds its dividends and splits
 */
export function* priceFacts(
  rows: Rows,
  spec: PriceSpec,
  { what, sessionOf }: Readonly<{ what: 'prices' | 'actions'; sessionOf: (eventTime: Micros) => Session }>,
): Generator<Told> {
  const column = (name: string, here: boolean) => (here && name !== '' ? columnOf(rows, name) : undefined)
  const isPrices = what === 'prices'
  const hasActions = isPrices === (spec.actions === '')
  const price = column(spec.column, isPrices)
  const volume = column(spec.volume, isPrices)
  const dividend = column(spec.dividend, hasActions)
  const split = column(spec.split, hasActions)
  for (let row = 0; row < rows.length; row++) {
    const session = sessionOf(rows.eventTime[row])
    if (Number.isNaN(session)) continue
    // A price that is taken back is one that is not there any more, as an empty one would be.
    const isGone = rows.withdrawn?.[row] === 1
    const cell = (values: Float64Array | undefined) => (isGone ? Number.NaN : (values?.[row] ?? Number.NaN))
    yield {
      entity: rows.entities[rows.entity[row]],
      session,
      eventTime: rows.eventTime[row],
      knownAt: rows.knownAt[row],
      price: cell(price),
      dividend: cell(dividend),
      split: cell(split),
      volume: cell(volume),
    }
  }
}
