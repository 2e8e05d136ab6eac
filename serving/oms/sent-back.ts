/** What an OMS sends back: its fills and its positions, as rows of the data sets that `asof execution` reads. */
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'
import type { Order } from './orders.ts'

/** `MODEL/FROM/INSTRUMENT/NUMBER`: the order that it fills, and which fill of it. The same fill has the same name, sent however often. */
export type FillRow = Readonly<{ fill: string; time: string; quantity: number; price: number; fee: number }>
export type PositionRow = Readonly<{ position: string; time: string; quantity: number; equity: number }>

/** @param number which fill of its order it is, from 1 */
export function fillRow(
  order: Order,
  {
    at,
    quantity,
    price,
    fee,
    number,
  }: Readonly<{ at: Micros; quantity: number; price: number; fee: number; number: number }>,
): FillRow {
  const { model, from, instrument, side } = order
  const signed = side === 'buy' ? quantity : -quantity
  return {
    fill: `${model}/${from}/${instrument}/${number}`,
    time: formatMoment(at),
    quantity: signed,
    price,
    fee,
  }
}

/**
 * A statement: what is held, and 0 of what was sold out since the last one. The last row of an instrument in a session counts, so that what was
 * told of before in the same session, and is left out now, would still be held.
 * @param traded the instruments of the orders since the last statement
 */
export const positionRows = (
  model: string,
  {
    at,
    held,
    traded,
    equity,
  }: Readonly<{ at: Micros; held: ReadonlyMap<string, number>; traded: readonly string[]; equity: number }>,
): readonly PositionRow[] =>
  [...new Set([...held.keys(), ...traded])].map((instrument) => ({
    position: `${model}/${instrument}`,
    time: formatMoment(at),
    quantity: held.get(instrument) ?? 0,
    equity,
  }))
