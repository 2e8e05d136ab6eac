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
  /** Full capital of the model, in the currency of the prices. */
  equity: number
  /** Shares to a lot. */
  lot: (instrument: string) => number
  /** Null where there is none: such a name is not traded. */
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
  const at = price(instrument)
  if (at === null || !(at > 0)) return null
  const size = lot(instrument)
  return Math.trunc((weight * equity) / at / size) * size
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
