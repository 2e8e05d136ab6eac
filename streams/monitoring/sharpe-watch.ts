/** The rule that watches a live model's Sharpe ratio over a short window, and how often it fires with nothing wrong. */
import { assert } from '../../schemas/kernel/assert.ts'
import { optimalBlockLength } from '../statistics/block-length.ts'
import { doubled, resampleInto, stationaryBlocks } from '../statistics/bootstrap.ts'
import { lacking, type Measured, MIN_OBSERVATIONS, measured } from '../statistics/measured.ts'
import { isDegenerate, meanOf, sdOf } from '../statistics/moments.ts'
import type { Uniform } from '../statistics/random.ts'
import { annualise, sharpeOf, TRADING_DAYS } from '../statistics/sharpe.ts'

/** The rule in words: at each check, is the window's ratio more than `deviations` deviations from the expected one? */
export type WatchRule = Readonly<{
  windowDays: number
  deviations: number
  /** `below` watches for a model that fails; `either` also for one that does suspiciously well. */
  direction: 'below' | 'either'
  /** Days from one check to the next; 1 unless said otherwise. */
  everyDays?: number
  /** After an alarm the next one needs a check within this many deviations first; without it every breach is an alarm. */
  rearmDeviations?: number
}>

/** Mean and deviation (n − 1 below) of the annualised window ratio over the stitched held-out backtest. */
export type SharpeExpectation = Readonly<{
  mean: number
  deviation: number
  /** Windows that overlap; about `windows / windowDays` of them are independent. */
  windows: number
  /** By the spacing of the backtest's sessions. */
  periodsPerYear: number
}>

/** The annualised ratio of each window of `windowDays` returns, NaN where a window does not vary or misses a value. */
export function windowSharpes(
  returns: Float64Array,
  windowDays: number,
  periodsPerYear: number = TRADING_DAYS,
): Float64Array {
  const count = Math.max(0, returns.length - windowDays + 1)
  return Float64Array.from({ length: count }, (_, i) =>
    annualise(sharpeOf(returns.subarray(i, i + windowDays)), periodsPerYear),
  )
}

/** What the rule holds a model to, from the windows that miss no value; null where the backtest has too few windows, or windows that do not differ. */
export function expectationOf(
  backtest: Float64Array,
  { windowDays }: Pick<WatchRule, 'windowDays'>,
  periodsPerYear: number = TRADING_DAYS,
): SharpeExpectation | null {
  const ratios = windowSharpes(backtest, windowDays, periodsPerYear).filter(Number.isFinite)
  if (ratios.length < MIN_OBSERVATIONS) return null
  const deviation = sdOf(ratios)
  if (isDegenerate(ratios, deviation)) return null
  return { mean: meanOf(ratios), deviation, windows: ratios.length, periodsPerYear }
}

/** One check. Ratio and z are null, and nothing is breached, where the window is short, misses a value or stands still. */
type WatchReading = Readonly<{ sharpe: number | null; z: number | null; breach: boolean }>

export function watch(window: Float64Array, expected: SharpeExpectation, rule: WatchRule): WatchReading {
  const sharpe =
    window.length === rule.windowDays ? annualise(sharpeOf(window), expected.periodsPerYear) : Number.NaN
  if (!Number.isFinite(sharpe)) return { sharpe: null, z: null, breach: false }
  const z = (sharpe - expected.mean) / expected.deviation
  return { sharpe, z, breach: (rule.direction === 'below' ? -z : Math.abs(z)) > rule.deviations }
}

/** A day's place in the returns, and whether the breach is a new alarm or goes on from the last one. */
type WatchDay = WatchReading & Readonly<{ row: number; alarm: boolean }>

/** Every check of a history, with cadence (at least a day) and re-arming. A missing return silences the windows that hold it. */
export function watchHistory(
  returns: Float64Array,
  expected: SharpeExpectation,
  rule: WatchRule,
): readonly WatchDay[] {
  const { windowDays, everyDays = 1, rearmDeviations } = rule
  assert(everyDays >= 1, 'a rule is checked every day at most')
  const days: WatchDay[] = []
  let armed = true
  for (let row = windowDays - 1; row < returns.length; row += everyDays) {
    const reading = watch(returns.subarray(row - windowDays + 1, row + 1), expected, rule)
    const alarm = reading.breach && armed
    days.push({ ...reading, row, alarm })
    if (rearmDeviations === undefined) continue
    if (alarm) armed = false
    else if (reading.z !== null && !reading.breach)
      armed ||= (rule.direction === 'below' ? -reading.z : Math.abs(reading.z)) <= rearmDeviations
  }
  return days
}

/** How often `watchHistory` breaches, and gives an alarm. */
function countedIn(
  returns: Float64Array,
  expected: SharpeExpectation,
  rule: WatchRule,
): Readonly<{ breaches: number; alarms: number }> {
  if (rule.rearmDeviations === undefined && (rule.everyDays ?? 1) === 1) {
    const breaches = breachesIn(returns, expected, rule)
    return { breaches, alarms: breaches }
  }
  const found = watchHistory(returns, expected, rule)
  const breaches = found.filter(({ breach }) => breach).length
  return { breaches, alarms: found.filter(({ alarm }) => alarm).length }
}

/** So near the limit, in deviations or parts of the limit, running sums do not tell on which side a window is. */
const CLEAR = 0.01
/** Running sums are trusted where a window's variance is at least this part of the greatest mean square so far: few digits cancel. */
const LEAST_VARIANCE = 1e-6
/** What is left of a ratio's digits there, with much to spare. */
const ROUNDING = 1e-6

/**
 * The days on which the rule, looked at each day, is breached: as `watch` has it, which is asked only about the windows that running sums
 * cannot tell.
 */
export function breachesIn(returns: Float64Array, expected: SharpeExpectation, rule: WatchRule): number {
  const { windowDays, deviations, direction } = rule
  const { mean, deviation, periodsPerYear } = expected
  const limit = deviations - CLEAR * Math.max(1, deviations)
  let [breaches, sum, squares, greatest] = [0, 0, 0, 0]
  for (let row = 0; row < returns.length; row++) {
    const [comes, goes] = [returns[row], row < windowDays ? 0 : returns[row - windowDays]]
    sum += comes - goes
    squares += comes * comes - goes * goes
    greatest = Math.max(greatest, squares)
    if (row < windowDays - 1) continue
    const variance = (squares - (sum * sum) / windowDays) / (windowDays - 1)
    const ratio = annualise(sum / windowDays / Math.sqrt(variance), periodsPerYear)
    const z = (ratio - mean) / deviation
    const isTold =
      variance > (LEAST_VARIANCE * greatest) / windowDays && Math.abs(ratio) * ROUNDING < CLEAR * deviation
    if (isTold && (direction === 'below' ? -z : Math.abs(z)) < limit) continue
    if (watch(returns.subarray(row - windowDays + 1, row + 1), expected, rule).breach) breaches++
  }
  return breaches
}

type FalseAlarms = Readonly<{
  /** The chance of at least one breach within `days` of live returns like the backtest's. */
  anyBreach: number
  /** Alarms per path, after re-arming. */
  alarmsPerPath: number
  days: number
  paths: number
  blockLength: number
}>

/** How often the rule fires on stationary-bootstrap paths of the very returns that it takes for good; a hole is `insufficient`. */
export function falseAlarms(
  backtest: Float64Array,
  rule: WatchRule,
  options: Readonly<{ uniform: Uniform; paths?: number; days?: number; blockLength?: number }>,
): Measured<FalseAlarms> {
  const { uniform, paths = 1000, days = TRADING_DAYS } = options
  const lack = lacking(backtest)
  if (lack !== undefined) return lack
  const expected = expectationOf(backtest, rule)
  if (expected === null)
    return { kind: 'insufficient', reason: 'the backtest has no spread of window ratios' }
  const blockLength = options.blockLength ?? optimalBlockLength(backtest).stationary
  const twice = doubled(backtest)
  // `days` checks need the days before the first of them too.
  const path = new Float64Array(days + rule.windowDays - 1)
  const draw = stationaryBlocks({
    uniform,
    from: backtest.length,
    rows: path.length,
    meanLength: blockLength,
  })
  let [hit, alarms] = [0, 0]
  for (let p = 0; p < paths; p++) {
    resampleInto(path, twice, draw())
    const { breaches, alarms: told } = countedIn(path, expected, rule)
    if (breaches > 0) hit++
    alarms += told
  }
  return measured({ anyBreach: hit / paths, alarmsPerPath: alarms / paths, days, paths, blockLength })
}
