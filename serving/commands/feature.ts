/** `feature.define`: a feature set, by its formulas. */
import { z } from 'zod'
import { type FeatureSetSpec, featureSetSpec } from '../../schemas/events/feature.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { defineFeatures } from '../actions.ts'
import { defineCommand } from './definition.ts'

const input = z.strictObject({
  set: featureSetSpec.omit({ hash: true }),
})

type Defined = FeatureSetSpec & Readonly<{ rows: number }>

export const featureDefine = defineCommand<z.infer<typeof input>, Defined>({
  name: 'feature.define',
  about: 'Define a feature set and compute it over what has arrived.',
  input,
  permission: 'feature.define',
  async act(platform, { set: draft }, act) {
    const declared = platform.folds.datasets.state().datasets[draft.dataset]
    if (declared === undefined) throw refuse('data.unknown-dataset', { dataset: draft.dataset })
    const set = defineSet(
      draft,
      declared.spec.columns.map((column) => column.name),
    )
    const { position, changed } = await defineFeatures(platform, set, act)
    const { rows } = platform.folds.features.state().sets[`${set.set}@${set.version}`]
    return { position, changed, answer: { ...set, rows } }
  },
})
