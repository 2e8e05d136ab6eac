/** What is asked of two versions of a table, and what the file of their change has: words for whoever does not compare them himself. */
import type { LakePlace } from './place.ts'
import type { LakeColumn, LakeVersion } from './table.ts'

/** Columns of the file beside the table's own, named as Delta's change data feed has them. */
export const CHANGE_TYPE = '_change_type'
export const COMMIT_VERSION = '_commit_version'
export const COMMIT_TIMESTAMP = '_commit_timestamp'
export const CHANGE_COLUMNS: readonly string[] = [CHANGE_TYPE, COMMIT_VERSION, COMMIT_TIMESTAMP]

export type ChangeAsked = Readonly<{
  place: LakePlace
  /** Null for the first one: all of its rows are added. */
  before: LakeVersion | null
  after: LakeVersion
  /** The table's newest schema: columns keep their identity where they were renamed, and are missing where they were not yet there. */
  schema: readonly LakeColumn[]
  /** Columns of it that the data set reads. */
  columns: readonly string[]
  /** Those of them that tell one row from another. */
  keys: readonly string[]
  /** The file to write. */
  out: string
}>

export type Change = Readonly<{ added: number; changed: number; deleted: number }>
