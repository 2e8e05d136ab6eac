/** The newest row of an entity as it was known at a moment, wherever it was looked up. */
import type { Micros } from '../../../schemas/kernel/time.ts'

export type FeatureStatus =
  | 'PRESENT'
  | 'NOT_FOUND'
  | 'NOT_YET_KNOWN'
  | 'TOO_OLD'
  | 'NULL_AT_SOURCE'
  | 'NOT_FRESH'

/** The row, and why any of its values may not be used. */
export type LookedUp = Readonly<{
  entity: string
  /** NaN where there is no row. */
  eventTime: Micros
  /** NaN where they may not be used. */
  values: Float64Array
  unusable: readonly Readonly<{ feature: string; status: FeatureStatus }>[]
  /** How far back an event time may lie. */
  stalenessMicros: Micros
}>
