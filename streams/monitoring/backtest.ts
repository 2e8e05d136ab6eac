/** The held-out backtest that a live model is held to, read from the run behind it. */

import { columnOf } from '../../schemas/rows.ts'
import { periodsPerYear } from '../calendar/spacing.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { getRows } from '../log/tables.ts'
import { SESSION } from '../training/sample.ts'
import type { TrialLedger } from '../training/trials.ts'

export type Backtest = Readonly<{
  /** Net returns of its held-out sessions, as fractions of full capital; empty where there are none at hand. */
  net: Float64Array
  periodsPerYear: number
  /** Trials that the run was chosen from, itself included. */
  trials: number
}>

export async function backtestOf(
  { chunks, trials }: Readonly<{ chunks: ChunkStore; trials: TrialLedger }>,
  run: string,
): Promise<Backtest> {
  const trial = trials.trial(run)
  const rows = trial?.returns == null ? undefined : await getRows(chunks, trial.returns)
  const columnIn = (name: string) => (rows && columnOf(rows, name)) ?? new Float64Array()
  return {
    net: columnIn('net'),
    periodsPerYear: periodsPerYear(columnIn(SESSION)),
    trials: trial === undefined ? 1 : trials.family(trial.spec.family).length,
  }
}
