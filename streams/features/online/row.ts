/** The newest row of an entity as it was known at a moment, wherever it was looked up. */
import type { FeatureStatus } from '../../../schemas/feature-status.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'

/** `NOT_FRESH`: of a past moment it is not known whether the newest was too old, or not yet known. */
export type LookedUpStatus = FeatureStatus | 'NOT_FRESH'

/** The row, and why any of its values may not be used. */
export type LookedUp = Readonly<{
  entity: string
  /** NaN where there is no row. */
  eventTime: Micros
  /** NaN where they may not be used. */
  values: Float64Array
  unusable: readonly Readonly<{ feature: string; status: LookedUpStatus }>[]
  /** How far back an event time may lie. */
  stalenessMicros: Micros
}>
