/** What the gate judges from: the candidate's held-out days and the whole ledger of its family. */

import type { Position } from '../../schemas/envelope.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import type { Family } from './family.ts'

/** Held-out days, one entry each, as fractions of capital; `moments` in microseconds. */
export type Days = Readonly<{
  moments: Float64Array
  gross: Float64Array
  cost: Float64Array
  net: Float64Array
  turnover: Float64Array
}>

export type GateEvidence = Readonly<{
  model: string
  artifact: string
  run: RunSpec
  days: Days
  /** Every trial of the family that was started, the candidate among them. */
  family: Family
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
