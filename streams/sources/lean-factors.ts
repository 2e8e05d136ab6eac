/**
 * Lean's factor files as records that know nothing of the future. A line of such a file holds the factors that bring prices up to its
 * date to those of today: every later split and dividend is in them. What is told here is the other way round: what a price is times, from
 * a session on, to be comparable with those before it.
 */
import type { SourceReader, SourceRecord } from './records.ts'

/** A line: prices up to the end of this day, times both factors, are today's; `price` is the close of the day, as traded. */
export type FactorLine = Readonly<{ date: string; dividends: number; splits: number; price: number }>

/**
 * `splits` and `dividends`: what prices of the day behind the line are times for the splits and dividends between them; `factor`: for all
 * since the first line, 1 there. So close times factor is a price without jumps that no later action changes.
 */
export type ForwardFactor = Readonly<{ after: string; splits: number; dividends: number; factor: number }>

const COLUMNS = ['after', 'splits', 'dividends', 'factor', 'line'] as const

export const leanFactors: SourceReader = { columns: COLUMNS, records }

/** @throws Error that names the line */
function records(text: string): readonly SourceRecord[] {
  return forwardFactors(factorLines(text)).map(({ after, ...told }, at) => ({
    line: at + 1,
    cells: {
      after: dayBehind(after, 0),
      ...Object.fromEntries(Object.entries(told).map(([name, value]) => [name, String(value)])),
    },
  }))
}

/** `20140606,0.9011818,0.0357143,645.57`, by date. @throws Error that names the line */
export function factorLines(text: string): readonly FactorLine[] {
  const lines = text.split(/\r?\n/).flatMap((line, at): FactorLine[] => {
    if (line.trim() === '') return []
    const cells = line.split(',')
    const [date = '', ...numbers] = cells
    const [dividends = Number.NaN, splits = Number.NaN, price = Number.NaN] = numbers.map(Number)
    const isSound = /^\d{8}$/.test(date) && dividends > 0 && splits > 0 && Number.isFinite(price)
    if (!isSound || cells.length !== 4)
      throw new Error(`line ${at + 1} is not a date, two factors above 0 and a price: ${line.slice(0, 80)}`)
    return [{ date, dividends, splits, price }]
  })
  const turned = lines.findIndex(({ date }, at) => at > 0 && date <= (lines[at - 1]?.date ?? ''))
  if (turned > 0) throw new Error(`${lines[turned]?.date} does not come after the line before it`)
  return lines
}

/** From the first line's day on the factor is 1; what changes between two lines holds from the day behind the first of them. */
export function forwardFactors(lines: readonly FactorLine[]): readonly ForwardFactor[] {
  const [first] = lines
  if (first === undefined) return []
  const told: ForwardFactor[] = [
    { after: dayBehind(first.date, -1).replaceAll('-', ''), splits: 1, dividends: 1, factor: 1 },
  ]
  for (const [at, line] of lines.slice(0, -1).entries()) {
    const next = lines[at + 1]
    if (next === undefined || (next.dividends === line.dividends && next.splits === line.splits)) continue
    const [splits, dividends] = [next.splits / line.splits, next.dividends / line.dividends]
    const factor = (next.splits * next.dividends) / (first.splits * first.dividends)
    told.push({ after: line.date, splits, dividends, factor })
  }
  return told
}

/** A day so many days after one that is written `20140606`, as `2014-06-06`. */
export function dayBehind(date: string, days: number): string {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6)].map(Number)
  return new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, (day ?? 0) + days)).toISOString().slice(0, 10)
}
