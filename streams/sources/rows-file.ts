/** How a declaration says what its rows are: the types of its columns, what tells rows apart, what is taken back. */
import { z } from 'zod'
import {
  type DatasetSpec,
  datasetSpec,
  PLAIN_ROWS,
  type RowsSpec,
  rowsSpec,
} from '../../schemas/events/data.ts'

const column = datasetSpec.shape.columns.element.shape
const { shape } = rowsSpec
const { shape: typeShape } = shape.types.element

/** A column with its type beside its name; `float` where nothing is said. */
const writtenColumn = z.strictObject({
  ...column,
  type: z.enum(['float', ...typeShape.type.options]).default('float'),
  pattern: typeShape.pattern.default(''),
})

export const writtenRows = {
  columns: z.array(writtenColumn).min(1),
  key: shape.key.default([]),
  /** `shown: { months: 3 }` */
  shown: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  withdrawn: shape.withdrawn.default(PLAIN_ROWS.withdrawn),
  ahead: shape.ahead.default(PLAIN_ROWS.ahead),
  reads: shape.reads.default(PLAIN_ROWS.reads),
}

type Written = Readonly<{
  columns: readonly z.infer<typeof writtenColumn>[]
  key: string[]
  shown: Readonly<Record<string, string | number | boolean>>
  withdrawn: RowsSpec['withdrawn']
  ahead: boolean
  reads: RowsSpec['reads']
}>

/** The written form as a declaration has it: types stand apart, so that a data set of doubles is declared as ever. */
export function rowsDeclared({
  columns,
  key,
  shown,
  withdrawn,
  ahead,
  reads,
}: Written): Pick<DatasetSpec, 'columns' | 'rows'> {
  const types = columns.flatMap(({ name, type, pattern }) =>
    type === 'float' ? [] : [{ column: name, type, pattern }],
  )
  // A bool is held as the number that formulas see.
  const seen = Object.entries(shown).map(([column, is]) => ({
    column,
    is: String(typeof is === 'boolean' ? Number(is) : is),
  }))
  return {
    columns: columns.map(({ name, unit }) => ({ name, unit })),
    rows: { types, key, shown: seen, withdrawn, ahead, reads },
  }
}

/** Names that a chunk gives to columns of its own. */
const OWN_NAMES = ['entity', 'eventTime', 'knownAt', 'withdrawn']

/** Each problem with the key that it is of. */
export function rowsProblems(
  spec: DatasetSpec,
  written: Written,
): readonly (readonly [key: string, problem: string])[] {
  const { rows, format, layout, knownAt, prices } = spec
  const names = spec.columns.map(({ name }) => name)
  const typed = new Map(rows.types.map(({ column, type }) => [column, type]))
  const unitOf = (name: string) => spec.columns.find((one) => one.name === name)?.unit
  const scaled = format.columns.filter(({ divideBy }) => divideBy !== 1).map(({ name }) => name)
  const isText = (type: string | undefined) => type === 'category' || type === 'string'
  const first = (of: readonly string[], is: (name: string) => boolean): string | undefined => of.find(is)
  const own = first(names, (name) => OWN_NAMES.includes(name))
  const noUnit = first(names, (name) => typed.get(name) === 'decimal' && unitOf(name) === '')
  const notScaled = first(scaled, (name) => typed.has(name) && typed.get(name) !== 'decimal')
  const stray = first(rows.key, (name) => !names.includes(name))
  const patterned = written.columns.find(({ type, pattern }) => pattern !== '' && type !== 'date')
  const measured = first(
    rows.key,
    (name) => names.includes(name) && [undefined, 'decimal'].includes(typed.get(name)),
  )
  const traded = [prices?.column, prices?.volume, prices?.dividend, prices?.split].find((name) =>
    isText(typed.get(name ?? '')),
  )
  const { column: told, words } = rows.withdrawn
  const checks: readonly (readonly [boolean, string, string])[] = [
    [
      own !== undefined,
      'columns',
      `${own} is the name of a column that every chunk has; give it another under format.columns`,
    ],
    [noUnit !== undefined, 'columns', `${noUnit} is a decimal, and has no unit`],
    [notScaled !== undefined, 'format.columns', `${notScaled} is no number that can be divided`],
    [patterned !== undefined, 'columns', `${patterned?.name} is no date, and has a pattern`],
    [traded !== undefined, 'prices', `${traded} is of texts`],
    [stray !== undefined, 'key', `the data set has no column ${stray}`],
    [new Set(rows.key).size < rows.key.length, 'key', 'a name is there twice'],
    [
      rows.shown.length !== rows.key.length || rows.shown.some(({ column }) => !rows.key.includes(column)),
      'shown',
      `formulas see one row for an entity and time; say what each column of the key is in it: ${rows.key.join(', ') || 'there is no key'}`,
    ],
    [
      measured !== undefined,
      'key',
      `${measured} is of doubles, which are rounded; declare it as int64, bool, date, category or string`,
    ],
    [layout === 'wide' && rows.key.length > 0, 'key', 'a wide file has one value for an entity and time'],
    [layout === 'wide' && told !== '', 'withdrawn', 'a wide file has no column for it'],
    [(told === '') !== (words.length === 0), 'withdrawn', 'it needs column and words'],
    [names.includes(told), 'withdrawn', `${told} is among the columns of values; leave it out there`],
    [
      rows.ahead && knownAt.kind === 'lag',
      'ahead',
      'a row that lags behind its event is not known before it',
    ],
    [rows.reads !== 'table' && layout === 'wide', 'reads', 'a source that is no table has rows of entities'],
    [rows.ahead && prices !== null, 'ahead', 'nothing is traded at prices of the future'],
    [
      rows.key.length > 0 && prices !== null,
      'key',
      'a session has one price; a data set with prices has no key',
    ],
  ]
  return checks.filter(([wrong]) => wrong).map(([, key, problem]) => [key, problem])
}
