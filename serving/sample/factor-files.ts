/** Lean's factor files into dividends and splits. */
import { type Session, sessionOfDate } from '../../schemas/calendar.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'

/** A line: up to this date prices times both factors are adjusted; `price` is the close on the date, as traded. */
type FactorLine = Readonly<{ session: Session; dividends: number; splits: number; price: number }>

/** Of one session and instrument: cash for a share of the session before, and the shares that it became. */
type Action = Readonly<{ session: Session; dividend: number; split: number }>

/** `20140606,0.9011818,0.0357143,645.57`: date, price factor, split factor, reference price; ascending. */
export function factorLines(text: string): readonly FactorLine[] {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line): FactorLine => {
      const [date = '', dividends, splits, price] = line.split(',')
      const session = sessionOfDate(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`)
      return { session, dividends: Number(dividends), splits: Number(splits), price: Number(price) }
    })
}

/**
 * A line's factors hold up to its date and the next line's after it, so what changes between two lines happened on the
 * session after the first one's date: `split = splits' / splits`, and `dividend = price × (1 − dividends / dividends')`, for a
 * holder's share lost that part of its price.
 */
export function actionsOf(
  lines: readonly FactorLine[],
  nextSession: (after: Session) => Session,
): readonly Action[] {
  return lines.slice(0, -1).flatMap((line, at) => {
    const after = lines[at + 1]
    if (after.dividends === line.dividends && after.splits === line.splits) return []
    const dividend = line.price * (1 - line.dividends / after.dividends)
    return [{ session: nextSession(line.session), dividend, split: after.splits / line.splits }]
  })
}

/** As rows of a data set with the columns `dividend` and `split`, by moment and name: each known when its session opens. */
export function actionRows(
  actions: Readonly<Record<string, readonly Action[]>>,
  opens: (session: Session) => Micros,
): Rows {
  const entities = Object.keys(actions).sort()
  const told = entities
    .flatMap((entity, place) => actions[entity].map((action) => ({ place, ...action })))
    .sort((a, b) => a.session - b.session || a.place - b.place)
  const at = Float64Array.from(told, ({ session }) => opens(session))
  return {
    length: told.length,
    entities,
    entity: Uint32Array.from(told, ({ place }) => place),
    eventTime: at,
    knownAt: at,
    columns: [
      { name: 'dividend', values: Float64Array.from(told, ({ dividend }) => dividend) },
      { name: 'split', values: Float64Array.from(told, ({ split }) => split) },
    ],
  }
}
