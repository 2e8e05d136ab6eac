/** Why a read of a feature has a value or none, wherever it is read. */

/**
 * `NOT_FOUND`: nothing was ever told of the entity. `NOT_YET_KNOWN`: all of it became known later. `TOO_OLD`: the newest is further back
 * than the staleness limit. `WITHDRAWN`: every row that was known had been taken back. `NULL_AT_SOURCE`: the row is there and the value
 * is missing.
 */
export type FeatureStatus =
  | 'PRESENT'
  | 'NOT_FOUND'
  | 'NOT_YET_KNOWN'
  | 'TOO_OLD'
  | 'WITHDRAWN'
  | 'NULL_AT_SOURCE'
