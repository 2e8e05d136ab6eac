/** What clients of Feast's feature server ask, in the platform's words: feature views are feature sets, feature services are models in force. */
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

export type Json = Readonly<Record<string, unknown>>

/** A feature set that is asked for, and which of its features; `name` is what the client calls the view. */
export type View = Readonly<{ name: string; spec: FeatureSetSpec }>

/** A column of the answer: a feature of a view, under the name that the client asks for it by. */
export type Column = Readonly<{ view: View; feature: string; name: string }>

/** The entities of a join key: as they were sent, and as the store knows them. */
export type Entities = Readonly<{ told: readonly (string | number)[]; names: readonly string[] }>

export type Question = Readonly<{
  columns: readonly Column[]
  /** By join key, in the order of the request; each has as many as the others. */
  entities: ReadonlyMap<string, Entities>
  rows: number
  /** As known at this moment; null for now. */
  asOf: Micros | null
  /** Whether the answer says which version of each view was read. */
  withVersions: boolean
}>
