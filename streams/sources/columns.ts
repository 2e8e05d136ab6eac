/** Which column of a file holds what, as its data set was declared. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'

/** Places of columns in the file, from 0; -1 where the data set has no such column. */
export type Plan = Readonly<{
  names: readonly string[]
  time: number
  known: number
  entity: number
  /** Long: the declared columns, in order. Wide: one column per entity. */
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
  const known = spec.knownAt.kind === 'declared' ? place(spec.knownAt.column) : -1
  if (spec.layout === 'long') {
    const values = spec.columns.map((column) => place(column.name))
    return { names, time, known, entity: place(spec.entityColumn), values, entities: [] }
  }
  const values = names.map((_, at) => at).filter((at) => at !== time && at !== known)
  const entities = values.map((at) => names[at] ?? '')
  if (entities.length === 0) throw missingColumn(file, 'an entity', names)
  const unnamed = entities.indexOf('')
  if (unnamed >= 0) throw refuse('source.unnamed-column', { file, place: (values[unnamed] ?? 0) + 1 })
  for (const entity of entities) place(entity)
  return { names, time, known, entity: -1, values, entities }
}

export const missingColumn = (file: string, column: string, names: readonly string[]) =>
  refuse('source.missing-column', { file, column, columns: names.join(', ').slice(0, 500) })

/** Without the blanks around it: an entity with a stray space is the same entity in every format. */
export const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')
