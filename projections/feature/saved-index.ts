/** What a snapshot keeps of a point-in-time index. */
import type { Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

export type SavedIndex = Readonly<{
  features: readonly string[]
  stalenessMicros: Micros
  floor: Micros
  full: Micros
  marks: Float64Array
  latest: Position
  values: readonly Float64Array[]
  eventTime: Float64Array
  knownAt: Float64Array
  position: Float64Array
  /** The rows of each entity's steps. */
  steps: ReadonlyMap<string, Int32Array>
  /** Which steps begin anew, of the entities that have such. */
  anew?: ReadonlyMap<string, Uint8Array>
}>
