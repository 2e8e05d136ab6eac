/** Which data sets there are, and how much has arrived in each: what is asked of them at every act. What arrived is listed elsewhere. */
import { DatasetDeclared, type DatasetSpec, RowsArrived, RowsQuarantined } from '../../schemas/events/data.ts'
import { defineProjection, on } from '../projection.ts'

type Declared = { spec: DatasetSpec; arrivals: number; rows: number; rowsQuarantined: number }

export type DeclaredState = { datasets: Record<string, Declared> }

export const declared = defineProjection<DeclaredState>({
  name: 'declared',
  version: 1,
  initial: () => ({ datasets: {} }),
  handlers: [
    on(DatasetDeclared, (state, { data }) => {
      // Declared anew only while it has no row; what was quarantined stays counted.
      const { rowsQuarantined = 0, arrivals = 0 } = state.datasets[data.dataset] ?? {}
      state.datasets[data.dataset] = { spec: data, arrivals, rows: 0, rowsQuarantined }
    }),
    on(RowsArrived, (state, { data }) => {
      const view = state.datasets[data.dataset]
      if (view === undefined) return
      view.arrivals++
      view.rows += data.rows
    }),
    on(RowsQuarantined, (state, { data }) => {
      const view = state.datasets[data.dataset]
      if (view !== undefined) view.rowsQuarantined += data.rows
    }),
  ],
})
