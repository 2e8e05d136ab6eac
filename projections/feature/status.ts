/** What a read of features answers, and why there is a value or none. */

import type { Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

/**
 * Why there is a value or none. `NOT_FOUND`: nothing was ever told of the entity. `NOT_YET_KNOWN`: all of it became
 * known later. `TOO_OLD`: the newest is further back than the staleness limit. `WITHDRAWN`: every row that was known had been taken
 * back. `NULL_AT_SOURCE`: the row is there and the value is missing.
 */
export type FeatureStatus =
  | 'PRESENT'
  | 'NOT_FOUND'
  | 'NOT_YET_KNOWN'
  | 'TOO_OLD'
  | 'WITHDRAWN'
  | 'NULL_AT_SOURCE'
/** What can be said of a whole row. */
export type RowStatus = Exclude<FeatureStatus, 'NULL_AT_SOURCE'>

/** The statuses of rows by the code that a join gives. */
export const ROW_STATUSES = [
  'PRESENT',
  'NOT_FOUND',
  'NOT_YET_KNOWN',
  'TOO_OLD',
  'WITHDRAWN',
] as const satisfies RowStatus[]
export const [PRESENT, NOT_FOUND, NOT_YET_KNOWN, TOO_OLD, WITHDRAWN] = [0, 1, 2, 3, 4]

/** One row as it was known. Without one, times are NaN, the position is 0 and values are NaN. */
export type PointInTimeAnswer = Readonly<{
  status: RowStatus
  eventTime: Micros
  knownAt: Micros
  /** The log position of the event that told it. */
  position: Position
  /** The value of a feature; NaN unless it may be used. */
  value: (feature: string) => number
  statusOf: (feature: string) => FeatureStatus
}>
