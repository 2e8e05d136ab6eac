/** Feature sets, and how many rows of values each has: what is asked of them at every act. Where the values lie is listed elsewhere. */
import { type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { defineProjection, on } from '../projection.ts'

/** Sets by `name@version`. */
export type DefinedState = { sets: Record<string, { spec: FeatureSetSpec; rows: number }> }

export const defined = defineProjection<DefinedState>({
  name: 'defined',
  version: 1,
  initial: () => ({ sets: {} }),
  handlers: [
    on(SetDefined, (state, { data }) => {
      state.sets[`${data.set}@${data.version}`] = { spec: data, rows: 0 }
    }),
    on(ValuesComputed, (state, { data }) => {
      const view = state.sets[`${data.set}@${data.version}`]
      if (view !== undefined) view.rows += data.rows
    }),
  ],
})
