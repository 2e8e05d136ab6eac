/** Weights into orders: what has to be bought and sold to hold them, in whole lots. */
import type { Position } from '../../schemas/envelope.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'

export type Order = Readonly<{
  /** The same for the same instrument of the same message: whoever sends it twice is known by it. */
  id: string
  model: string
  instrument: string
  side: 'buy' | 'sell'
  /** Shares, above 0. */
  quantity: number
  /** The position in the log that it follows from: of a prediction, or of the cut that came after it. */
  from: Position
}>

export type Account = Readonly<{
  /** Full capital of the model, in the currency of the prices, above 0. */
  equity: number
  /** Shares to a lot, above 0. */
  lot: (instrument: string) => number
  /** Null where there is none. A name keeps its position where price, lot or equity is not above 0, or infinite. */
  price: (instrument: string) => number | null
  /** Shares held now; below 0 for a short position. */
  held: ReadonlyMap<string, number>
}>

/** Fractions of full capital, by instrument. What is held and not named is sold. */
export type Target = Readonly<{
  log: Digest
  model: string
  from: Position
  weights: ReadonlyMap<string, number>
}>

/** Orders by instrument: target minus position, the target cut to whole lots towards zero. */
export function ordersFor({ log, model, from, weights }: Target, account: Account): readonly Order[] {
  const names = [...new Set([...weights.keys(), ...account.held.keys()])].sort()
  return names.flatMap((instrument) => {
    const shares = targetShares(weights.get(instrument) ?? 0, instrument, account)
    const change = shares === null ? 0 : shares - (account.held.get(instrument) ?? 0)
    if (change === 0) return []
    const id = `${log}/${model}/${from}/${instrument}`
    return [{ id, model, instrument, side: change > 0 ? 'buy' : 'sell', quantity: Math.abs(change), from }]
  })
}

function targetShares(weight: number, instrument: string, { equity, lot, price }: Account): number | null {
  if (weight === 0) return 0
  const [at, size] = [price(instrument) ?? Number.NaN, lot(instrument)]
  if (![equity, at, size].every((number) => number > 0 && Number.isFinite(number))) return null
  const shares = Math.trunc((weight * equity) / at / size) * size
  return Number.isFinite(shares) ? shares : null
}

/** What is held once the orders are filled. */
export function filled(held: ReadonlyMap<string, number>, orders: readonly Order[]): Map<string, number> {
  const after = new Map(held)
  for (const { instrument, side, quantity } of orders) {
    const shares = (after.get(instrument) ?? 0) + (side === 'buy' ? quantity : -quantity)
    if (shares === 0) after.delete(instrument)
    else after.set(instrument, shares)
  }
  return after
}
