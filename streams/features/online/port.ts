/** The online store of feature sets: the newest vectors of each entity, where any process that serves can read them. */
import type { Position } from '../../../schemas/envelope.ts'
import type { Digest } from '../../../schemas/kernel/canonical.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'

export type SetKey = Readonly<{ name: string; version: number }>

/** What is said of a set as a whole, with the vectors that it is true of. */
export type SetHead = Readonly<{
  set: string
  version: number
  /** Of the set's definition. */
  hash: Digest
  /** In the order of the vectors. */
  features: readonly string[]
  /** How far back an event time may lie. */
  stalenessMicros: Micros
  /** The log position of the newest values that were taken in, and the id of the event there; 0 and empty where there are none yet. */
  position: Position
  event: string
}>

/** For each entity, its packed vectors (`entry.ts`). */
export type Entries = ReadonlyMap<string, Uint8Array>

/** `older`: what is there is as new or newer, and stays. `gap`: what the change stands on is not there: the whole set has to be written. */
export type Written = 'written' | 'older' | 'gap'

/** Every method refuses with `online.away` where the store does not answer. */
export interface OnlineStore {
  /**
   * Puts a whole set in the place of what is there, at once for every reader.
   * @param over `older`: unless what is there is newer. `any`: whatever is there
   */
  replace(head: SetHead, entries: Entries, over: 'older' | 'any'): Promise<Exclude<Written, 'gap'>>
  /** Writes the entities that changed since `base`, at once for every reader, unless what is there is as new. */
  update(head: SetHead, base: Position, entries: Entries): Promise<Written>
  /** The set's head and the vectors of some entities, all of one moment; null for a set that is not there. */
  read(
    set: SetKey,
    entities: readonly string[],
  ): Promise<Readonly<{
    head: SetHead
    /** Null for an entity of which nothing was ever told. */
    entries: readonly (Uint8Array | null)[]
  }> | null>
  /** All of a set. */
  all(set: SetKey): Promise<Readonly<{ head: SetHead; entries: Entries }> | null>
  close(): Promise<void>
}
