/** The S&P 500 index by day, 2000-2020, from the npm package vega-datasets 3.2.1, and nine moving-average rules on it. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseTable, returnsOf } from './us20.ts'

const file = fileURLToPath(new URL('../../node_modules/vega-datasets/data/sp500-2000.csv', import.meta.url))
const table = parseTable(readFileSync(file, 'utf8'))

const closes: Float64Array = table.columns.get('close') ?? new Float64Array()

export const spx: Readonly<{ dates: readonly string[]; returns: Float64Array }> = {
  dates: table.dates.slice(1),
  returns: returnsOf(closes),
}

/** The first row of the rules' history: the day after the slowest average exists. */
export const RULES_FROM = 200

/** Long where the fast average of closes is above the slow one the day before; f-major over 5, 10, 20 and 50, 100, 200. */
export const rules: readonly Float64Array[] = [5, 10, 20].flatMap((fast) =>
  [50, 100, 200].map((slow) =>
    Float64Array.from({ length: closes.length - RULES_FROM }, (_, i) => {
      const row = RULES_FROM + i
      return average(row - 1, fast) > average(row - 1, slow) ? closes[row] / closes[row - 1] - 1 : 0
    }),
  ),
)

function average(last: number, length: number): number {
  let sum = 0
  for (let i = last - length + 1; i <= last; i++) sum += closes[i]
  return sum / length
}

/** The rule of 5 over 200 days, less costs in the return of each day on which its position changes. */
export function bestRuleNet(costBps: number): Float64Array {
  const long = (row: number): boolean => average(row - 1, 5) > average(row - 1, 200)
  let before = false
  return rules[2].map((value, i) => {
    const now = long(RULES_FROM + i)
    const traded = now !== before
    before = now
    return value - (traded ? costBps / 10_000 : 0)
  })
}
