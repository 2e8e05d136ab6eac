/** How many independent trials a family of correlated ones is worth, by two rules without a seed. */
import { Correlations } from '../../streams/statistics/correlations.ts'
import { type Columns, symmetricEigenvalues } from '../../streams/statistics/linear.ts'
import { insufficient, lacking, type Measured, measured } from '../../streams/statistics/measured.ts'
import { isDegenerate } from '../../streams/statistics/moments.ts'

export type EffectiveTrials = Readonly<{
  /** Trials whose returns vary, and how many did not and were left out. */
  trials: number
  excluded: number
  meanCorrelation: number
  /** ρ̄ + (1 − ρ̄) M, between 1 and M. */
  implied: number
  /** Of the spectrum; null for a family of more than `ALWAYS_WORKED_OUT` where it cannot be above `implied`. */
  effectiveRank: number | null
  /** The greater of the two: the one that deflates more. */
  effective: number
}>

/** Eigenvalues cost the cube of the trials: of a family of more than that only where they could change what it is worth. */
export const ALWAYS_WORKED_OUT = 128
/** Far above what rounding does to the bound. */
const ROUNDING = 1e-9

/**
 * @param returns one column per trial, over the same periods
 * @param correlations of trials that were met before, and of these from now on
 */
export function effectiveTrials(
  returns: Columns,
  correlations = new Correlations(),
): Measured<EffectiveTrials> {
  for (const column of returns) {
    const lack = lacking(column)
    if (lack !== undefined) return lack
    if (column.length !== returns[0].length) return insufficient('the trials do not cover the same periods')
  }
  const moving = returns.filter((column) => !isDegenerate(column))
  const trials = moving.length
  if (trials === 0) return insufficient('no trial has returns that vary')
  const matrix = correlations.matrix(moving)
  const mean = meanCorrelationOf(matrix)
  const implied = Math.min(trials, mean + (1 - mean) * trials)
  const isBelow = trials > ALWAYS_WORKED_OUT && effectiveRankAtMost(matrix) * (1 + ROUNDING) <= implied
  const rank = isBelow ? null : effectiveRank(matrix)
  return measured({
    trials,
    excluded: returns.length - trials,
    meanCorrelation: mean,
    implied,
    effectiveRank: rank,
    effective: Math.max(implied, rank ?? implied),
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

/**
 * What the effective rank of M trials cannot exceed, from the squares of their correlations alone. Their mean square is the sum of
 * squares of the spectrum's shares; of all shares with one sum of squares those have the greatest entropy of which one is great
 * and the others are equal (Harremoës & Topsøe 2001, "Inequalities between entropy and index of coincidence").
 *
 * It is above `implied` only where correlations are nearly 0 on the whole, which M series of fewer than M periods cannot be. So
 * the eigenvalues are worked out for fewer trials than periods alone, and a family costs no more than the square of its trials.
 */
export function effectiveRankAtMost(matrix: Columns): number {
  const m = matrix.length
  if (m === 1) return 1
  let squares = 0
  for (const row of matrix) for (const value of row) squares += value * value
  const spread = Math.sqrt(Math.max(0, squares / m ** 2 - 1 / m) * (1 - 1 / m))
  const great = Math.min(1, 1 / m + spread)
  const each = (1 - great) / (m - 1)
  const entropy = -great * Math.log(great) - (each > 0 ? (1 - great) * Math.log(each) : 0)
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
