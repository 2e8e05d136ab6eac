/** What a read of features answers. */

import type { Position } from '../../schemas/envelope.ts'
import type { FeatureStatus } from '../../schemas/feature-status.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

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

/** `entity[i]` is a place in `entities`. @param knownBy hides what became known after it; nothing is hidden without it */
export type JoinedSpine = Readonly<{
  entities: readonly string[]
  entity: ArrayLike<number>
  moment: ArrayLike<Micros>
  knownBy?: Micros
}>

/** For each row of a spine, the row of the index (-1 for none that may be used) and the place of its status. */
export type Joined = Readonly<{ row: Int32Array; status: Uint8Array }>
