/** How many independent trials a family of correlated ones is worth, by two rules without a seed. */
import { type Columns, correlationMatrix, symmetricEigenvalues } from '../../streams/statistics/linear.ts'
import { insufficient, lacking, type Measured, measured } from '../../streams/statistics/measured.ts'
import { isDegenerate } from '../../streams/statistics/moments.ts'

export type EffectiveTrials = Readonly<{
  /** Trials whose returns vary, and how many did not and were left out. */
  trials: number
  excluded: number
  meanCorrelation: number
  /** ρ̄ + (1 − ρ̄) M, between 1 and M. */
  implied: number
  effectiveRank: number
  /** The greater of the two: the one that deflates more. */
  effective: number
}>

/** @param returns one column per trial, over the same periods */
export function effectiveTrials(returns: Columns): Measured<EffectiveTrials> {
  for (const column of returns) {
    const lack = lacking(column)
    if (lack !== undefined) return lack
    if (column.length !== returns[0].length) return insufficient('the trials do not cover the same periods')
  }
  const moving = returns.filter((column) => !isDegenerate(column))
  const trials = moving.length
  if (trials === 0) return insufficient('no trial has returns that vary')
  const matrix = correlationMatrix(moving)
  const mean = meanCorrelationOf(matrix)
  const implied = Math.min(trials, mean + (1 - mean) * trials)
  const rank = effectiveRank(matrix)
  return measured({
    trials,
    excluded: returns.length - trials,
    meanCorrelation: mean,
    implied,
    effectiveRank: rank,
    effective: Math.max(implied, rank),
  })
}

/** exp(−Σ p ln p) with p the eigenvalues over their sum: Roy & Vetterli (2007). */
export function effectiveRank(matrix: Columns): number {
  const values = symmetricEigenvalues(matrix).map((value) => Math.max(0, value))
  const total = values.reduce((sum, value) => sum + value, 0)
  let entropy = 0
  for (const value of values) if (value > 0) entropy -= (value / total) * Math.log(value / total)
  return Math.exp(entropy)
}

/** The mean of what is off the diagonal; 1 for a single trial. */
function meanCorrelationOf(matrix: Columns): number {
  const m = matrix.length
  if (m === 1) return 1
  let sum = 0
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) if (i !== j) sum += matrix[i][j]
  return sum / (m * (m - 1))
}
