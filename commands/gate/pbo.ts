/** The probability of backtest overfitting: how often the best half-history choice is below the median on the other half. */
import { assert } from '../../schemas/kernel/assert.ts'
import type { Columns } from '../../streams/statistics/linear.ts'
import {
  insufficient,
  lacking,
  type Measured,
  MIN_OBSERVATIONS,
  measured,
} from '../../streams/statistics/measured.ts'
import { isDegenerate } from '../../streams/statistics/moments.ts'
import { type BlockSums, blockSums, emptyHalf, type Half, halfMeter, halvesWithFirst } from './pbo-blocks.ts'

type PboOptions = Readonly<{
  /** S, even, from 2 to 24. */
  blocks?: number
  minimumRows?: number
}>

type Pbo = Readonly<{
  /** The share of splits with a logit at or below 0: the choice is at or below the median out of sample. */
  probability: number
  blocks: number
  splits: number
  rows: number
  /** Rows dropped from the start, so that the blocks are equal. */
  rowsDropped: number
  strategies: number
  /** Places of columns that do not vary; they are not ranked. */
  excluded: readonly number[]
  /** Splits in which the best in sample was shared; the lowest place was taken. */
  ties: number
  /** The share of splits whose choice loses out of sample. */
  lossProbability: number
  meanLogit: number
  /** Of the choice's ratio out of sample on its ratio in sample. */
  degradation: Readonly<{ slope: number; intercept: number }>
  /** Whether choices do better out of sample than the average strategy, in first and in second order. */
  dominance: Readonly<{ first: boolean; second: boolean }>
  /** Per split in lexicographic order of the in-sample blocks. */
  logits: Float64Array
  inSample: Float64Array
  outOfSample: Float64Array
  chosen: Uint32Array
}>

/**
 * Combinatorially symmetric cross-validation of Bailey, Borwein, López de Prado & Zhu (2017), with the relative rank
 * rank/(N + 1) of the paper, so that the median of an odd N is a logit of 0 and counts as overfit.
 * @param returns one column per strategy, over the same periods
 */
export function backtestOverfitting(returns: Columns, options: PboOptions = {}): Measured<Pbo> {
  const { blocks = 16, minimumRows = MIN_OBSERVATIONS } = options
  assert(blocks % 2 === 0 && blocks >= 2 && blocks <= 24, 'blocks are even and from 2 to 24')
  for (const column of returns) {
    const lack = lacking(column, Math.max(minimumRows, 2 * blocks))
    if (lack !== undefined) return lack
    if (column.length !== returns[0].length)
      return insufficient('the strategies do not cover the same periods')
  }
  const moving = [...returns.keys()].filter((k) => !isDegenerate(returns[k]))
  if (moving.length < 2) return insufficient('fewer than two strategies have returns that vary')
  const total = returns[0].length
  const rows = total - (total % blocks)
  const columns = moving.map((k) => returns[k].subarray(total - rows))
  const scored = scoreSplits(blockSums(columns, blocks))
  return measured({
    ...summary(scored),
    blocks,
    rows,
    rowsDropped: total - rows,
    strategies: columns.length,
    excluded: [...returns.keys()].filter((k) => !moving.includes(k)),
    chosen: scored.chosen.map((place) => moving[place]),
  })
}

type Scored = Readonly<{
  logits: Float64Array
  inSample: Float64Array
  outOfSample: Float64Array
  average: Float64Array
  chosen: Uint32Array
  ties: number
}>

/** Each half of the blocks is a split, and so is its complement: in lexicographic order it is the mirror image. */
function scoreSplits(sums: BlockSums): Scored {
  const strategies = sums.means.length
  const sets = halvesWithFirst(sums.blocks)
  const splits = 2 * sets.length
  const all = 2 ** sums.blocks - 1
  const measure = halfMeter(sums)
  const [here, there] = [emptyHalf(strategies), emptyHalf(strategies)]
  const scored = {
    logits: new Float64Array(splits),
    inSample: new Float64Array(splits),
    outOfSample: new Float64Array(splits),
    average: new Float64Array(splits),
    chosen: new Uint32Array(splits),
    ties: 0,
  }
  for (const [split, set] of sets.entries()) {
    measure(here, set)
    measure(there, all ^ set)
    scoreSplit(scored, split, here, there)
    scoreSplit(scored, splits - 1 - split, there, here)
  }
  return scored
}

type Scoring = { -readonly [K in keyof Scored]: Scored[K] }

function scoreSplit(scored: Scoring, split: number, here: Half, there: Half): void {
  const own = there.sharpes[here.best]
  const relativeRank = middleRank(there.sharpes, own) / (there.sharpes.length + 1)
  scored.logits[split] = Math.log(relativeRank / (1 - relativeRank))
  scored.inSample[split] = here.sharpes[here.best]
  scored.outOfSample[split] = own
  scored.average[split] = there.sum / there.sharpes.length
  scored.chosen[split] = here.best
  if (here.shared) scored.ties++
}

/** From 1; equal values share the middle of their ranks. Comparisons are added up as bits: half of them go either way. */
function middleRank(values: Float64Array, value: number): number {
  let below = 0
  let upTo = 0
  for (let k = 0; k < values.length; k++) {
    below += Number(values[k] < value)
    upTo += Number(values[k] <= value)
  }
  return (below + upTo + 1) / 2
}

function summary({ logits, inSample, outOfSample, average, ties }: Scored) {
  const splits = logits.length
  const share = (count: number): number => count / splits
  return {
    probability: share(logits.reduce((count, logit) => count + (logit <= 0 ? 1 : 0), 0)),
    splits,
    ties,
    lossProbability: share(outOfSample.reduce((count, ratio) => count + (ratio >= -ROUNDING ? 0 : 1), 0)),
    meanLogit: logits.reduce((sum, logit) => sum + logit, 0) / splits,
    degradation: line(inSample, outOfSample),
    dominance: dominance(outOfSample, average),
    logits,
    inSample,
    outOfSample,
  }
}

/** Of a ratio that is zero. */
const ROUNDING = 1e-12

/** The least-squares line of y on x, over the pairs that both exist. */
function line(x: Float64Array, y: Float64Array): { slope: number; intercept: number } {
  let [pairs, sumX, sumY] = [0, 0, 0]
  const both = (i: number): boolean => Number.isFinite(x[i]) && Number.isFinite(y[i])
  for (let i = 0; i < x.length; i++) {
    if (!both(i)) continue
    pairs++
    sumX += x[i]
    sumY += y[i]
  }
  const [meanX, meanY] = [sumX / pairs, sumY / pairs]
  let [cross, square] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    if (!both(i)) continue
    cross += (x[i] - meanX) * (y[i] - meanY)
    square += (x[i] - meanX) ** 2
  }
  return { slope: cross / square, intercept: meanY - (cross / square) * meanX }
}

/** Samples of equal size: ordered value by value (first order), and in their cumulative sums (second order). */
function dominance(better: Float64Array, worse: Float64Array): { first: boolean; second: boolean } {
  // The least values decide nearly always, and need no order.
  if (leastOf(better) < leastOf(worse)) return { first: false, second: false }
  const [high, low] = [better.toSorted(), worse.toSorted()]
  let [first, second, lead] = [true, true, 0]
  for (let i = 0; i < high.length; i++) {
    lead += high[i] - low[i]
    first &&= high[i] >= low[i]
    second &&= lead >= 0
  }
  return { first, second }
}

const leastOf = (values: Float64Array): number =>
  values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
