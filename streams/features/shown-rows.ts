/** Which rows formulas see of a data set that keeps rows of one entity and time apart: those whose key is the declared one. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { cellOf, type Rows, rowsWhere } from '../../schemas/rows.ts'

/** Formulas see one row for an entity and event time. All rows are seen where the data set declares no key. */
export function shownRows(rows: Rows, spec: DatasetSpec | undefined): Rows {
  const shown = (spec?.rows.shown ?? []).map(({ column, is }) => ({
    column: rows.columns.find(({ name }) => name === column),
    is,
  }))
  if (shown.length === 0) return rows
  return rowsWhere(rows, (row) =>
    shown.every(({ column, is }) => column !== undefined && String(cellOf(column, row)) === is),
  )
}
