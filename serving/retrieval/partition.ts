/** Rows of an answer by year, month or day of their moments (UTC), each under the path that Hive's layout gives it. */
import type { AnswerSchema, AnswerTable } from '../../schemas/answer.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { type Digest, digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatDay, type Micros } from '../../schemas/kernel/time.ts'

const PERIODS = { year: ['year'], month: ['year', 'month'], day: ['year', 'month', 'day'] } as const
export type Period = keyof typeof PERIODS

/** `from` inclusive, `to` exclusive. */
export type Part = Readonly<{ path: string; from: number; to: number }>

export const isPeriod = (text: string): text is Period => Object.hasOwn(PERIODS, text)

/** The columns that a folder's names tell, and its files do not: whole numbers. */
export const columnsOf = (period: Period): readonly string[] => PERIODS[period]

export const FILE = 'part-0.parquet'

/** An answer in parts: the same question of the same log has the same. */
export type Partitioned = Readonly<{
  /** What tells it from any other. */
  answer: Digest
  parts: readonly Part[]
  /** The table, whose notes name the answer. */
  table: AnswerTable
  /** What is told of all files at once. */
  told: Readonly<{
    about: AnswerSchema['about']
    columns: readonly Readonly<{ name: string; kind: string; unit: string }>[]
    partition: readonly string[]
  }>
}>

/** @throws Refusal `retrieval.name-taken` */
export function partitioned(table: AnswerTable, period: Period): Partitioned {
  const { schema } = table
  const parts = partsOf(table, period)
  const columns = schema.fields.map(({ name, kind, unit = '' }) => ({ name, kind, unit }))
  const partition = columnsOf(period)
  const answer = digestOf({ about: schema.about, columns, partition, rows: table.digest() })
  const about = { ...schema.about, 'asof.answer': answer, 'asof.partition': partition.join() }
  const named = { ...table, schema: { ...schema, about } }
  return { answer, parts, table: named, told: { about, columns, partition } }
}

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
