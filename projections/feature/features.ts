/** Feature sets, and which events and files hold their values. */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import { type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'

export type FeatureSetView = {
  spec: FeatureSetSpec
  rows: number
  computed: { position: Position; knownFrom: Micros; knownTo: Micros; chunks: readonly ChunkRef[] }[]
}

/** Sets by `name@version`. */
export type FeaturesState = { sets: Record<string, FeatureSetView> }

export const features = defineProjection<FeaturesState>({
  name: 'features',
  version: 2,
  parts: ['sets.*', 'sets.*.computed.*'],
  initial: () => ({ sets: {} }),
  handlers: [
    on(SetDefined, (state, { data }) => {
      state.sets[`${data.set}@${data.version}`] = { spec: data, rows: 0, computed: [] }
    }),
    on(ValuesComputed, (state, { data, position, chunks }) => {
      const view = state.sets[`${data.set}@${data.version}`]
      if (view === undefined) return
      view.rows += data.rows
      view.computed.push({ position, knownFrom: data.knownFrom, knownTo: data.knownTo, chunks })
    }),
  ],
})
