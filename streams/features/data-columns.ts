/** The columns of a declared data set, as formulas may use them. */
import { isCoded, typeOfColumn } from '../../schemas/column-type.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { DataColumn } from './resolve.ts'

/** Each column with its unit. Categories and strings are names of groups: formulas see codes of them, which are equal or not. */
export const dataColumns = (spec: Pick<DatasetSpec, 'columns' | 'rows'>): readonly DataColumn[] =>
  spec.columns.map(({ name, unit }) => ({ name, unit, isGroup: isCoded(typeOfColumn(spec, name)) }))
