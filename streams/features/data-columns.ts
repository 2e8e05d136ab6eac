/** The columns of a declared data set, as formulas may use them. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { DataColumn } from './resolve.ts'

/** Each column with its unit. */
export const dataColumns = ({ columns }: Pick<DatasetSpec, 'columns'>): readonly DataColumn[] =>
  columns.map(({ name, unit }) => ({ name, unit }))
