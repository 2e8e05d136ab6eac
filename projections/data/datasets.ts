/** Which data sets there are, and what has arrived in each. */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived, RowsQuarantined } from '../../schemas/events/data.ts'
import { defineProjection, on } from '../projection.ts'

type Arrival = {
  source: string
  position: Position
  rows: number
  knownTo: number
  chunks: readonly ChunkRef[]
}

type DatasetView = {
  spec: DatasetSpec
  arrivals: Arrival[]
  rows: number
  rowsQuarantined: number
  /** Why rows were quarantined, and how often. */
  reasons: Record<string, number>
}

type DatasetsState = { datasets: Record<string, DatasetView> }

export const datasets = defineProjection<DatasetsState>({
  name: 'datasets',
  version: 1,
  parts: ['datasets.*', 'datasets.*.arrivals.*'],
  initial: () => ({ datasets: {} }),
  handlers: [
    on(DatasetDeclared, (state, { data }) => {
      const before = state.datasets[data.dataset]
      // Declared anew only while it has no row; what was quarantined stays counted.
      const { rowsQuarantined = 0, reasons = {} } = before ?? {}
      const arrivals = before?.arrivals ?? []
      state.datasets[data.dataset] = { spec: data, arrivals, rows: 0, rowsQuarantined, reasons }
    }),
    on(RowsArrived, (state, { data, position, chunks }) => {
      const view = state.datasets[data.dataset]
      if (view === undefined) return
      view.arrivals.push({ source: data.source, position, rows: data.rows, knownTo: data.knownTo, chunks })
      view.rows += data.rows
    }),
    on(RowsQuarantined, (state, { data }) => {
      const view = state.datasets[data.dataset]
      if (view === undefined) return
      view.rowsQuarantined += data.rows
      for (const { reason, rows } of data.reasons) view.reasons[reason] = (view.reasons[reason] ?? 0) + rows
    }),
  ],
})
