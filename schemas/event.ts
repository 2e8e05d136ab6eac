/** What an event is: a type, a version, a shape, and how older versions are brought up to date. */

import type { Type as AvroType } from 'avsc'
import type { z } from 'zod'
import { avroOf } from './avro.ts'
import type { ChunkRef, Draft, Recorded } from './envelope.ts'
import type { Micros } from './kernel/time.ts'

/** An older version: how its bytes are read, and the pure step to the next version. */
export type OldVersion = Readonly<{ data: z.ZodType; upcast: (old: never) => unknown }>

export type EventDefinition<T extends string = string, S extends z.ZodType = z.ZodType> = Readonly<{
  type: T
  version: number
  data: S
  /** The processor that alone says it; null for what is decided on a command. */
  saidBy: string | null
  /** Every version that was ever released, by number, without the current one. */
  old: Readonly<Record<number, OldVersion>>
  /** Made when an event of the type is first written or read: most of what starts does neither with most types. */
  avro: AvroType
  /** Checks the data and makes a draft of it. */
  draft(data: z.infer<S>, times: Times, chunks?: readonly ChunkRef[]): Draft<T, z.infer<S>>
  is(event: Draft): event is Draft<T, z.infer<S>>
}>

export type Times = Readonly<{ eventTime: Micros; knownAt: Micros }>

/** The data of a definition: `DataOf<typeof RowsArrived>`. */
export type DataOf<D> = D extends EventDefinition<string, infer S> ? z.infer<S> : never
/** The recorded event of a definition: `EventOf<typeof RowsArrived>`. */
export type EventOf<D> = D extends EventDefinition<infer T, infer S> ? Recorded<T, z.infer<S>> : never

/**
 * Defines an event. The Avro schema is derived from the zod one, so that the two cannot disagree; golden bytes in
 * test/golden keep a released version from changing unseen.
 */
export function defineEvent<T extends string, S extends z.ZodType>(shape: {
  type: T
  version: number
  data: S
  saidBy?: string
  old?: Readonly<Record<number, OldVersion>>
}): EventDefinition<T, S> {
  let avro: AvroType | null = null
  return Object.freeze({
    old: {},
    saidBy: null,
    ...shape,
    get avro() {
      avro ??= avroOf(shape.type, shape.data)
      return avro
    },
    draft: (data: z.infer<S>, times: Times, chunks: readonly ChunkRef[] = []) => ({
      type: shape.type,
      data,
      eventTime: times.eventTime,
      knownAt: times.knownAt,
      chunks,
    }),
    is: (event: Draft): event is Draft<T, z.infer<S>> => event.type === shape.type,
  })
}

/** Narrows a recorded event to a definition. */
export const isEvent = <D extends EventDefinition>(definition: D, event: Recorded): event is EventOf<D> =>
  event.type === definition.type
