/** Which data sets there are, and how much has arrived in each: what is asked of them at every act. What arrived is listed elsewhere. */
import { DatasetDeclared, type DatasetSpec, RowsArrived, RowsQuarantined } from '../../schemas/events/data.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'

type Declared = {
  spec: DatasetSpec
  arrivals: number
  rows: number
  rowsQuarantined: number
  /** When the newest row became known; null where there is none. */
  knownTo: Micros | null
}

export type DeclaredState = { datasets: Record<string, Declared> }

export const declared = defineProjection<DeclaredState>({
  name: 'declared',
  version: 1,
  initial: () => ({ datasets: {} }),
  handlers: [
    on(DatasetDeclared, (state, { data }) => {
      // Declared anew only while it has no row; what was quarantined stays counted.
      const { rowsQuarantined = 0, arrivals = 0, knownTo = null } = state.datasets[data.dataset] ?? {}
      state.datasets[data.dataset] = { spec: data, arrivals, rows: 0, rowsQuarantined, knownTo }
    }),
    on(RowsArrived, (state, { data }) => {
      const view = state.datasets[data.dataset]
      if (view === undefined) return
      view.arrivals++
      view.rows += data.rows
      if (data.rows > 0) view.knownTo = Math.max(view.knownTo ?? data.knownTo, data.knownTo)
    }),
    on(RowsQuarantined, (state, { data }) => {
      const view = state.datasets[data.dataset]
      if (view !== undefined) view.rowsQuarantined += data.rows
    }),
  ],
})
