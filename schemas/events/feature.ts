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

/** A feature set as it is defined: `hash` covers every other field, so it stands for the meaning. */
export const featureSetSpec = featureSetV1.extend({
  /** Two consecutive rows of an entity that lie more sessions apart than this are not in one window; 0 for no limit. */
  maxGapSessions: z.int().nonnegative(),
})
export type FeatureSetSpec = z.infer<typeof featureSetSpec>

export const SetDefined = defineEvent({
  type: 'feature.SetDefined',
  version: 2,
  data: featureSetSpec,
  old: {
    1: {
      data: featureSetV1,
      upcast: (old: z.infer<typeof featureSetV1>): FeatureSetSpec => ({ ...old, maxGapSessions: 0 }),
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
