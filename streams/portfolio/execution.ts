/** What trading came to beside what the model's book was charged: slippage, costs, and the return that was realized. Pure. */
import type { Session } from '../../schemas/calendar.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

const BPS = 10_000

/** What the market did of an order. */
export type Fill = Readonly<{
  /** The event that the order came from: a prediction, or a cut of capital. */
  from: Position
  instrument: string
  at: Micros
  /** Shares; below 0 for what was sold. */
  quantity: number
  /** In the currency of the prices, and what was paid beside it. */
  price: number
  fee: number
}>

/** What a prediction's book was charged for trading it, as fractions of the capital allocated. */
export type Modelled = Readonly<{
  prediction: Position
  /** The session at whose close it is traded in the book. */
  session: Session
  turnover: number
  cost: number
  /** Of the session, after costs; and the fraction of full capital in force. */
  net: number
  capital: number
}>

export type TradeCost = Readonly<{
  from: Position
  session: Session
  fills: number
  /** Money that changed hands, without its sign. */
  traded: number
  /** What was paid beyond the close that the book trades at: above 0 where buying cost more or selling brought less. Null without that close. */
  slippageBps: number | null
  feesBps: number
  /** Both together, and what the book was charged for each unit it traded; null where one is not known. */
  realizedBps: number | null
  modelledBps: number | null
  /** Fills of names without a price at that close: they count for fees alone. */
  unpriced: number
}>

/**
 * The implementation shortfall of each prediction that was traded, against the close that its book trades at.
 * @param closeOf the close of an instrument at which the book trades a prediction; null where there is none
 */
export function tradeCosts(
  fills: readonly Fill[],
  modelled: readonly Modelled[],
  closeOf: (session: Session, instrument: string) => number | null,
): readonly TradeCost[] {
  const charged = new Map(modelled.map((one) => [one.prediction, one]))
  const byOrigin = Map.groupBy(fills, ({ from }) => from)
  return [...byOrigin]
    .sort(([one], [other]) => one - other)
    .flatMap(([from, of]) => {
      const book = charged.get(from)
      return book === undefined ? [] : [costOf(of, book, closeOf)]
    })
}

function costOf(
  fills: readonly Fill[],
  { prediction, session, turnover, cost }: Modelled,
  closeOf: (session: Session, instrument: string) => number | null,
): TradeCost {
  let [traded, priced, slipped, fees, unpriced] = [0, 0, 0, 0, 0]
  for (const { instrument, quantity, price, fee } of fills) {
    const close = closeOf(session, instrument)
    traded += Math.abs(quantity * price)
    fees += fee
    if (close === null) {
      unpriced++
      continue
    }
    priced += Math.abs(quantity * close)
    slipped += quantity * (price - close)
  }
  const slippageBps = priced === 0 ? null : (slipped / priced) * BPS
  const feesBps = traded === 0 ? 0 : (fees / traded) * BPS
  return {
    ...{ from: prediction, session, fills: fills.length, traded, slippageBps, feesBps, unpriced },
    realizedBps: slippageBps === null ? null : slippageBps + feesBps,
    modelledBps: turnover === 0 ? null : (cost / turnover) * BPS,
  }
}

/** The account of a model at the end of a session, as the OMS has it. */
export type Statement = Readonly<{
  session: Session
  equity: number
  /** Shares by instrument. */
  held: ReadonlyMap<string, number>
}>

export type Residual = Readonly<{
  session: Session
  /** The change of the account's equity, and what the book says that full capital earned: fractions. */
  realized: number
  predicted: number
  residual: number
}>

/** What each session realized beside what the book earned in it. Sessions without a statement before and after are left out. */
export function residuals(
  statements: readonly Statement[],
  modelled: readonly Modelled[],
): readonly Residual[] {
  const byBook = new Map(modelled.map((one) => [one.session, one]))
  return statements.slice(1).flatMap(({ session, equity }, index) => {
    const before = statements[index]
    const book = byBook.get(session)
    // A book that was accounted between two statements earned in more than one session.
    const isNext = !modelled.some((one) => one.session > before.session && one.session < session)
    if (book === undefined || !isNext || !(before.equity > 0)) return []
    const [realized, predicted] = [equity / before.equity - 1, book.net * book.capital]
    return [{ session, realized, predicted, residual: realized - predicted }]
  })
}

export type Summary = Readonly<{
  sessions: number
  /** Of the residuals: their mean, their standard deviation with n - 1, and the mean in standard errors; null below two. */
  mean: number | null
  deviation: number | null
  t: number | null
}>

export function summaryOf(of: readonly Residual[]): Summary {
  const sessions = of.length
  if (sessions < 2)
    return { sessions, mean: sessions === 0 ? null : of[0].residual, deviation: null, t: null }
  const mean = of.reduce((sum, { residual }) => sum + residual, 0) / sessions
  const variance = of.reduce((sum, { residual }) => sum + (residual - mean) ** 2, 0) / (sessions - 1)
  const deviation = Math.sqrt(variance)
  return { sessions, mean, deviation, t: deviation === 0 ? null : mean / (deviation / Math.sqrt(sessions)) }
}

/** A position that changed by other than what was filled: a fill that is missing, one that is none, or a split. */
export type Break = Readonly<{ session: Session; instrument: string; filled: number; changed: number }>

/** @param sessionOf the session that a moment falls in */
export function breaks(
  statements: readonly Statement[],
  fills: readonly Fill[],
  sessionOf: (at: Micros) => Session,
): readonly Break[] {
  return statements.slice(1).flatMap(({ session, held }, index) => {
    const before = statements[index]
    const filled = new Map<string, number>()
    for (const { instrument, quantity, at } of fills) {
      const of = sessionOf(at)
      if (of > before.session && of <= session)
        filled.set(instrument, (filled.get(instrument) ?? 0) + quantity)
    }
    const names = [...new Set([...held.keys(), ...before.held.keys(), ...filled.keys()])].sort()
    return names.flatMap((instrument) => {
      const changed = (held.get(instrument) ?? 0) - (before.held.get(instrument) ?? 0)
      const sum = filled.get(instrument) ?? 0
      return Math.abs(changed - sum) > SHARES ? [{ session, instrument, filled: sum, changed }] : []
    })
  })
}

/** Shares that rounding may leave. */
const SHARES = 1e-6
