/** Rows of an answer by year, month or day of their moments (UTC), each under the path that Hive's layout gives it. */
import type { AnswerSchema, AnswerTable } from '../../schemas/answer.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatDay, type Micros } from '../../schemas/kernel/time.ts'

const PERIODS = { year: ['year'], month: ['year', 'month'], day: ['year', 'month', 'day'] } as const
export type Period = keyof typeof PERIODS

/** `from` inclusive, `to` exclusive. */
export type Part = Readonly<{ path: string; from: number; to: number }>

export const isPeriod = (text: string): text is Period => Object.hasOwn(PERIODS, text)

/** The columns that a folder's names tell, and its files do not: whole numbers. */
export const columnsOf = (period: Period): readonly string[] => PERIODS[period]

/** @throws Refusal `retrieval.name-taken` where a column has the name of one that the folders tell */
export function partsOf(
  { schema, rows, momentAt }: Pick<AnswerTable, 'schema' | 'rows' | 'momentAt'>,
  period: Period,
): readonly Part[] {
  assertFree(schema, period)
  const parts: Part[] = []
  for (let from = 0; from < rows; ) {
    const path = pathOf(momentAt(from), period)
    let [to, beyond] = [from + 1, rows]
    while (to < beyond) {
      const middle = (to + beyond) >>> 1
      if (pathOf(momentAt(middle), period) === path) to = middle + 1
      else beyond = middle
    }
    parts.push({ path, from, to })
    from = to
  }
  assert(new Set(parts.map(({ path }) => path)).size === parts.length, 'moments never go back')
  return parts
}

function assertFree({ fields }: AnswerSchema, period: Period): void {
  const taken = fields.find(({ name }) => columnsOf(period).includes(name.toLowerCase()))
  if (taken !== undefined) throw refuse('retrieval.name-taken', { name: taken.name })
}

/** With two digits for months and days, so that files in the order of their paths are in that of time. */
function pathOf(at: Micros, period: Period): string {
  const digits = formatDay(at).split('-')
  return columnsOf(period)
    .map((name, place) => `${name}=${digits[place]}`)
    .join('/')
}
