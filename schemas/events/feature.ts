/** Features: a set is defined by formulas under a version, then its values are computed from each arrival. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

const feature = z.strictObject({
  name,
  /** The formula in its canonical form: one text for one meaning. */
  formula: z.string().min(1),
  unit: z.string(),
})

const featureSetV1 = z.strictObject({
  set: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  version: z.int().positive(),
  /** What a row is about, for example `instrument`. */
  entity: z.string().min(1),
  dataset: name.regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** In the order of a feature vector. */
  features: z.array(feature).min(1),
  /** A value whose event time is further back than this is too old to be used. */
  stalenessMicros: z.int().positive(),
  /** Publication lag: added to the `knownAt` of the newest fact that a value was made from. */
  lagMicros: z.int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
})

const featureSetV2 = featureSetV1.extend({
  /** Two consecutive rows of an entity that lie more sessions apart than this are not in one window; 0 for no limit. */
  maxGapSessions: z.int().nonnegative(),
})

const join = z.strictObject({
  /** What formulas call it. */
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  dataset: name.regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** Whose rows are read at every row; empty for those of the row's own entity. */
  entity: z.string(),
  /** A row whose event time is further back than this is too old to be used; 0 for no limit. */
  stalenessMicros: z.int().nonnegative(),
})

/** A feature set as it is defined: `hash` covers every other field, so it stands for the meaning. */
export const featureSetSpec = featureSetV2.extend({
  /** Other data sets, whose values stand in formulas as they were known. */
  joins: z.array(join),
})
export type FeatureSetSpec = z.infer<typeof featureSetSpec>

export const SetDefined = defineEvent({
  type: 'feature.SetDefined',
  version: 3,
  data: featureSetSpec,
  old: {
    1: {
      data: featureSetV1,
      upcast: (old: z.infer<typeof featureSetV1>): z.infer<typeof featureSetV2> => ({
        ...old,
        maxGapSessions: 0,
      }),
    },
    2: {
      data: featureSetV2,
      upcast: (old: z.infer<typeof featureSetV2>): FeatureSetSpec => ({ ...old, joins: [] }),
    },
  },
})

/** The values that one arrival of data gave rise to; its chunks hold them. */
export const ValuesComputed = defineEvent({
  type: 'feature.ValuesComputed',
  version: 1,
  saidBy: 'features',
  data: z.strictObject({
    set: z.string(),
    version: z.int().positive(),
    /** The hash of the set's definition. */
    hash: z.string(),
    dataset: name,
    /** The log position of the arrival. */
    cause: z.int().positive(),
    rows: z.int().nonnegative(),
    /** The least and greatest `knownAt` of the rows; both 0 when there are none. */
    knownFrom: z.int(),
    knownTo: z.int(),
  }),
})

/** The data sets that a set reads, its own first. */
export const datasetsOf = ({ dataset, joins }: FeatureSetSpec): readonly string[] => [
  dataset,
  ...joins.map((join) => join.dataset),
]
