/** What a person writes of a feature set. */
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'

/** A name that formulas may use for a number or for another formula. */
export type Definition = Readonly<{ name: string; formula: string }>

/** What a person writes: formulas in any spelling, names for parts of them, and no hash. */
export type FeatureSetDraft = Omit<FeatureSetSpec, 'hash' | 'joins' | 'features'> &
  Readonly<{
    /** A unit that is null is the one that the formula gives. */
    features: { name: string; formula: string; unit: string | null }[]
    joins?: FeatureSetSpec['joins']
    define?: Definition[]
  }>
