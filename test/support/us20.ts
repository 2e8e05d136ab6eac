/** The daily panel of twenty American stocks, their index and five factor funds, where a copy is at hand. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const FOLDERS = ['../../serving/sample/us20/', '../../../shared/data/us20/']

export type Table = Readonly<{ dates: readonly string[]; columns: ReadonlyMap<string, Float64Array> }>

/** The folder that has the panel, or undefined: a test then is skipped. */
export const us20Folder: string | undefined = FOLDERS.map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
).find((folder) => existsSync(`${folder}sp500_index.csv.gz`))

/** One of the three files: `sp500_index`, `sp500_dataset`, `factors_dataset`. */
export function readUs20(name: string): Table {
  if (us20Folder === undefined) throw new Error('the us20 panel is not here')
  return parseTable(gunzipSync(readFileSync(`${us20Folder}${name}.csv.gz`)).toString('utf8'))
}

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
