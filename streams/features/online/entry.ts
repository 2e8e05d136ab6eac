/**
 * An entity's vectors as bytes: the one that counts now, and those that are known from later on. Each is float64, little-endian: event
 * time, known time, log position, then the set's features in order. A packed vector is one value to write and one to read.
 */
import type { Position } from '../../../schemas/envelope.ts'
import { type Digest, sha256 } from '../../../schemas/kernel/canonical.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import type { Entries, SetHead } from './port.ts'
import type { LookedUp, LookedUpStatus } from './row.ts'

/** A vector from the moment on at which it became known. */
export type Step = Readonly<{
  eventTime: Micros
  knownAt: Micros
  position: Position
  values: ArrayLike<number>
}>

const TIMES = 3
const BYTES = 8

export function packed(steps: readonly Step[]): Uint8Array {
  const width = TIMES + (steps[0]?.values.length ?? 0)
  const bytes = new DataView(new ArrayBuffer(steps.length * width * BYTES))
  for (const [i, { eventTime, knownAt, position, values }] of steps.entries())
    for (const [j, value] of [eventTime, knownAt, position, ...Array.from(values)].entries())
      bytes.setFloat64((i * width + j) * BYTES, value, true)
  return new Uint8Array(bytes.buffer)
}

/** Null for bytes that are no vectors of the set. */
export function unpacked(bytes: Uint8Array, features: number): readonly Step[] | null {
  const width = (TIMES + features) * BYTES
  if (bytes.length === 0 || bytes.length % width !== 0) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / width }, (_, i) => {
    const at = (place: number) => view.getFloat64(i * width + place * BYTES, true)
    const values = Float64Array.from({ length: features }, (_, j) => at(TIMES + j))
    return { eventTime: at(0), knownAt: at(1), position: at(2), values }
  })
}

/** What no moment from this one on asks for left out. */
export function from(steps: readonly Step[], moment: Micros): readonly Step[] {
  const next = steps.findIndex(({ knownAt }) => knownAt > moment)
  return steps.slice(Math.max(0, (next < 0 ? steps.length : next) - 1))
}

type Asked = Readonly<{ entities: readonly string[]; names: readonly string[]; moment: Micros }>

/**
 * The rows of entities as they were known at a moment: what the point-in-time index says of them.
 * @returns null for an entity of which only an index knows: the moment is before its oldest vector here, or the bytes are none of the set's
 */
export function rowsIn(
  entries: readonly (Uint8Array | null)[],
  { features, stalenessMicros }: Pick<SetHead, 'features' | 'stalenessMicros'>,
  { entities, names, moment }: Asked,
): readonly (LookedUp | null)[] {
  const places = names.map((name) => features.indexOf(name))
  const width = (TIMES + features.length) * BYTES
  const missing = (entity: string): LookedUp => ({
    ...{
      entity,
      eventTime: Number.NaN,
      values: new Float64Array(names.length).fill(Number.NaN),
      stalenessMicros,
    },
    unusable: names.map((feature) => ({ feature, status: 'NOT_FOUND' })),
  })
  return entities.map((entity, i) => {
    const bytes = entries[i] ?? null
    if (bytes === null) return missing(entity)
    if (bytes.length % width !== 0) return null
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let start = bytes.length - width
    while (start >= 0 && view.getFloat64(start + BYTES, true) > moment) start -= width
    if (start < 0) return null
    const told = view.getFloat64(start, true)
    // All that was known had been taken back: there is no event.
    const isGone = told === Number.NEGATIVE_INFINITY
    const eventTime = isGone ? Number.NaN : told
    const isFresh = moment - eventTime <= stalenessMicros
    const values = new Float64Array(names.length).fill(Number.NaN)
    const unusable: { feature: string; status: LookedUpStatus }[] = []
    for (let at = 0; at < values.length; at++) {
      if (isFresh && places[at] >= 0) values[at] = view.getFloat64(start + (TIMES + places[at]) * BYTES, true)
      if (Number.isNaN(values[at]))
        unusable.push({
          feature: names[at],
          status: isGone ? 'WITHDRAWN' : isFresh ? 'NULL_AT_SOURCE' : 'TOO_OLD',
        })
    }
    return { entity, eventTime, values, unusable, stalenessMicros }
  })
}

/** Of all vectors that a moment or a later one asks for: two stores of one digest answer alike from then on. */
export function digestFrom(
  entries: Entries,
  { features }: Pick<SetHead, 'features'>,
  moment: Micros,
): Digest {
  const parts = [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([entity, bytes]) => {
      const steps = unpacked(bytes, features.length)
      const kept = steps === null ? bytes : packed(from(steps, moment))
      return [JSON.stringify([entity, kept.length]), Buffer.from(kept)]
    })
  return sha256(Buffer.concat(parts.map((part) => Buffer.from(part))))
}
