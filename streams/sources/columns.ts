/** Which column of a file holds what, as its data set was declared. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'

/** Places of columns in the file, from 0; -1 where the data set has no such column. */
export type Plan = Readonly<{
  names: readonly string[]
  time: number
  /** The column with the time of day beside that of the date. */
  clock: number
  known: number
  /** -1 in a wide file, and where the file's own name tells the entity. */
  entity: number
  /** Long: the declared columns, in order, then the one that says which rows are taken back. Wide: one column per entity. */
  values: readonly number[]
  /** Wide: the entity of each of `values`. Long: empty. */
  entities: readonly string[]
}>

/** @throws Refusal `source.missing-column`, `source.duplicate-column`, `source.unnamed-column` */
export function planColumns(file: string, names: readonly string[], spec: DatasetSpec): Plan {
  const place = (column: string): number => {
    const at = names.indexOf(column)
    if (at < 0) throw missingColumn(file, column, names)
    if (names.indexOf(column, at + 1) >= 0) throw refuse('source.duplicate-column', { file, column })
    return at
  }
  const time = spec.layout === 'wide' && spec.timeColumn === '' ? 0 : place(spec.timeColumn)
  const clock = spec.format.clockColumn === '' ? -1 : place(spec.format.clockColumn)
  const known = spec.knownAt.kind === 'declared' ? place(spec.knownAt.column) : -1
  if (spec.layout === 'long') {
    const values = valueColumns(spec).map(place)
    const entity = spec.entityColumn === '' ? -1 : place(spec.entityColumn)
    return { names, time, clock, known, entity, values, entities: [] }
  }
  const values = names.map((_, at) => at).filter((at) => at !== time && at !== known && at !== clock)
  const entities = values.map((at) => names[at] ?? '')
  if (entities.length === 0) throw missingColumn(file, 'an entity', names)
  const unnamed = entities.indexOf('')
  if (unnamed >= 0) throw refuse('source.unnamed-column', { file, place: (values[unnamed] ?? 0) + 1 })
  if (new Set(entities).size < entities.length) for (const entity of entities) place(entity)
  return { names, time, clock, known, entity: -1, values, entities }
}

/** What a long file calls the columns whose cells are read, in the order in which they are staged. */
export const valueColumns = (spec: Pick<DatasetSpec, 'columns' | 'format' | 'rows'>): readonly string[] => [
  ...spec.columns.map(({ name }) => sourceOf(spec, name)),
  ...(spec.rows.withdrawn.column === '' ? [] : [spec.rows.withdrawn.column]),
]

/** What the file calls a column that is declared under a name. */
export const sourceOf = (spec: Pick<DatasetSpec, 'format'>, column: string): string =>
  spec.format.columns.find(({ name }) => name === column)?.source || column

/** The columns that a file of records must have, as it calls them. */
export const neededColumns = (spec: DatasetSpec): readonly string[] =>
  [
    spec.layout === 'wide' ? '' : spec.entityColumn,
    spec.timeColumn,
    spec.format.clockColumn,
    spec.knownAt.kind === 'declared' ? spec.knownAt.column : '',
    ...(spec.layout === 'wide' ? [] : valueColumns(spec)),
  ].filter((column) => column !== '')

export const missingColumn = (file: string, column: string, names: readonly string[]) =>
  refuse('source.missing-column', { file, column, columns: names.join(', ').slice(0, 500) })

/** Without the blanks around it: an entity with a stray space is the same entity in every format. */
export const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')
