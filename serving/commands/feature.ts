/** `feature.define`: a feature set, by its formulas. */
import { z } from 'zod'
import { type FeatureSetSpec, featureSetSpec } from '../../schemas/events/feature.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { dataColumns } from '../../streams/features/data-columns.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { defineFeatures } from '../actions.ts'
import { defineCommand } from './definition.ts'

const featureName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)

const input = z.strictObject({
  set: featureSetSpec.omit({ hash: true }).extend({
    features: z.array(featureSetSpec.shape.features.element.extend({ unit: z.string().nullable() })).min(1),
    joins: featureSetSpec.shape.joins.default([]),
    /** Names that the formulas use for numbers and for other formulas. */
    define: z.array(z.strictObject({ name: featureName, formula: z.string().min(1) })).default([]),
  }),
})

type Defined = FeatureSetSpec & Readonly<{ rows: number }>

export const featureDefine = defineCommand<z.infer<typeof input>, Defined>({
  name: 'feature.define',
  about: 'Define a feature set and compute it over what has arrived.',
  input,
  permission: 'feature.define',
  async act(platform, { set: draft }, act) {
    const { datasets } = platform.folds.datasets.state()
    const columns = new Map(Object.entries(datasets).map(([name, { spec }]) => [name, dataColumns(spec)]))
    const own = columns.get(draft.dataset)
    if (own === undefined) throw refuse('data.unknown-dataset', { dataset: draft.dataset })
    const set = defineSet(draft, own, columns)
    const { position, changed } = await defineFeatures(platform, set, act)
    const { rows } = platform.folds.features.state().sets[`${set.set}@${set.version}`]
    return { position, changed, answer: { ...set, rows } }
  },
})
