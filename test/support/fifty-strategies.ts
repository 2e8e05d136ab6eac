/** Fifty strategies of which three have skill, with the truth about them. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const packed = readFileSync(new URL('vectors/returns_50_strategies.csv.gz', import.meta.url))
const csv = gunzipSync(packed).toString('utf8')
const [header, ...lines] = csv.trim().split('\n')
const rows = lines.map((line) => line.split(',').map(Number))

/** Of the table as its maker publishes it. */
export const digest: string = createHash('sha256').update(csv).digest('hex')

export const names: readonly string[] = header.split(',')

/** One column per strategy, over 240 months. */
export const strategies: readonly Float64Array[] = names.map((_, k) =>
  Float64Array.from(rows, (row) => row[k]),
)

export const SKILLED: readonly string[] = ['strategy_01', 'strategy_17', 'strategy_34']
