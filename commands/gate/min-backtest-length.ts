/** How long a backtest must be for the best of N worthless trials not to reach a ratio by luck. */
import { expectedMaximum } from '../../streams/statistics/expected-maximum.ts'

type MinBacktestLength = Readonly<{ years: number; upperBoundYears: number }>

/**
 * Bailey, Borwein, López de Prado & Zhu (2014), "Pseudo-mathematics and financial charlatanism", theorem 1:
 * (E[max_N] / SR)², which is below 2 ln N / SR².
 */
export const minBacktestLength = (trials: number, annualSharpe: number): MinBacktestLength => ({
  years: (expectedMaximum(trials) / annualSharpe) ** 2,
  upperBoundYears: (2 * Math.log(trials)) / annualSharpe ** 2,
})
