/** What a data set declares of its columns' types. */
import type { z } from 'zod'
import type { columnType, DatasetSpec } from './events/data.ts'
import type { ColumnKind } from './rows.ts'

export type ColumnType = 'float' | z.infer<typeof columnType>

/** A column of which nothing is declared is one of doubles. */
export const typeOfColumn = ({ rows }: Pick<DatasetSpec, 'rows'>, column: string): ColumnType =>
  rows.types.find((one) => one.column === column)?.type ?? 'float'

/** How chunks hold a type; undefined for doubles. */
export const kindOf = (type: ColumnType): ColumnKind | undefined =>
  type === 'float' || type === 'decimal' ? undefined : type

/** Whether formulas see codes of texts, which are equal or not, and nothing else. */
export const isCoded = (type: ColumnType): boolean => type === 'category' || type === 'string'
