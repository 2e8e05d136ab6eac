/**
 * Sums, means and moments over a window, each made anew and from left to right. Deviations are taken from the window's
 * first value, so that a window without variation has a variance of exactly zero.
 */
import type { Operator } from '../expression.ts'
import { rolling, rolling2 } from './rolling.ts'

function sum(x: Float64Array, from: number, to: number): number {
  let total = 0
  for (let i = from; i < to; i++) total += x[i]
  return total
}

/** A window's mean, as its first value and the mean of what the values exceed it by. */
function centreOf(x: Float64Array, from: number, to: number): number {
  const first = x[from]
  let total = 0
  for (let i = from; i < to; i++) total += x[i] - first
  return first + total / (to - from)
}

function std(x: Float64Array, from: number, to: number): number {
  const centre = centreOf(x, from, to)
  let squares = 0
  for (let i = from; i < to; i++) {
    const deviation = x[i] - centre
    squares += deviation * deviation
  }
  return Math.sqrt(squares / (to - from - 1))
}

/** The sums of squares and of products of two windows' deviations. */
function products(x: Float64Array, y: Float64Array, { from, to }: Readonly<{ from: number; to: number }>) {
  const xCentre = centreOf(x, from, to)
  const yCentre = centreOf(y, from, to)
  let xx = 0
  let yy = 0
  let xy = 0
  for (let i = from; i < to; i++) {
    const dx = x[i] - xCentre
    const dy = y[i] - yCentre
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  return { xx, yy, xy }
}

export const MOMENTS: readonly Operator[] = [
  rolling('ts_sum', sum),
  rolling('ts_mean', (x, from, to) => sum(x, from, to) / (to - from)),
  rolling('ts_std', std),
  rolling('product', (x, from, to) => {
    let result = 1
    for (let i = from; i < to; i++) result *= x[i]
    return result
  }),
  rolling('decay_linear', (x, from, to) => {
    let total = 0
    for (let i = from; i < to; i++) total += x[i] * (i - from + 1)
    const rows = to - from
    return total / ((rows * (rows + 1)) / 2)
  }),
  rolling2('correlation', (x, y, span) => {
    const { xx, yy, xy } = products(x, y, span)
    return xy / (Math.sqrt(xx) * Math.sqrt(yy))
  }),
  rolling2('covariance', (x, y, span) => products(x, y, span).xy / (span.to - span.from - 1)),
]
