/** What the gate judges from: the candidate's held-out days and the whole ledger of its family. */

import type { Position } from '../../schemas/envelope.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'

/** Held-out days, one entry each, as fractions of capital; `moments` in microseconds. */
export type Days = Readonly<{
  moments: Float64Array
  gross: Float64Array
  cost: Float64Array
  net: Float64Array
  turnover: Float64Array
}>

/** A trial that was started; without days where it did not finish. */
export type TrialEvidence = Readonly<{ run: string; days: Days | null }>

export type GateEvidence = Readonly<{
  model: string
  artifact: string
  run: RunSpec
  days: Days
  /** Every trial of the family, in the order in which it was started, the candidate among them. */
  trials: readonly TrialEvidence[]
  policy: PolicySpec
  readAt: Position
  seed: number
}>

export function daysFrom(rows: Rows): Days {
  const column = (name: string) => columnOf(rows, name) ?? new Float64Array(rows.length).fill(Number.NaN)
  return {
    moments: rows.knownAt,
    gross: column('gross'),
    cost: column('cost'),
    net: column('net'),
    turnover: column('turnover'),
  }
}

/**
 * Net returns of the trials that finished, over the days that all of them have: a comparison across trials needs the same
 * days of each.
 */
export function commonReturns(trials: readonly TrialEvidence[]): readonly Float64Array[] {
  const finished = trials.flatMap(({ days }) => (days === null ? [] : [days]))
  const counts = new Map<number, number>()
  for (const { moments } of finished) {
    for (const moment of moments) counts.set(moment, (counts.get(moment) ?? 0) + 1)
  }
  return finished.map(({ moments, net }) =>
    net.filter((_, day) => counts.get(moments[day]) === finished.length),
  )
}
