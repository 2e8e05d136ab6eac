/** The daily panel of twenty American stocks, their index and five factor funds, of the sample. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const FOLDER = new URL('../../serving/sample/us20/', import.meta.url)

type Table = Readonly<{ dates: readonly string[]; columns: ReadonlyMap<string, Float64Array> }>

/** One of the three files: `sp500_index`, `sp500_dataset`, `factors_dataset`. */
export const readUs20 = (name: string): Table =>
  parseTable(gunzipSync(readFileSync(new URL(`${name}.csv.gz`, FOLDER))).toString('utf8'))

/** A CSV whose first column is a date and whose others are numbers; an empty cell is NaN. */
export function parseTable(csv: string): Table {
  const [header, ...lines] = csv.trim().split(/\r?\n/)
  const rows = lines.map((line) => line.split(','))
  const columns = header
    .split(',')
    .slice(1)
    .map((name, k): [string, Float64Array] => [
      name,
      Float64Array.from(rows, (row) => (row[k + 1] === '' ? Number.NaN : Number(row[k + 1]))),
    ])
  return { dates: rows.map((row) => row[0]), columns: new Map(columns) }
}

/** Simple returns of prices; one shorter. */
export const returnsOf = (prices: Float64Array): Float64Array =>
  Float64Array.from({ length: prices.length - 1 }, (_, i) => prices[i + 1] / prices[i] - 1)
