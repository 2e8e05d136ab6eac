/** Fifty strategies of which three have skill, with the truth about them. */
import { readVector } from './vectors.ts'

const [header, ...lines] = readVector('returns_50_strategies.csv').trim().split('\n')
const rows = lines.map((line) => line.split(',').map(Number))

export const names: readonly string[] = header.split(',')

/** One column per strategy, over 240 months. */
export const strategies: readonly Float64Array[] = names.map((_, k) =>
  Float64Array.from(rows, (row) => row[k]),
)

export const SKILLED: readonly string[] = ['strategy_01', 'strategy_17', 'strategy_34']
