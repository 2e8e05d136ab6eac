/** Every version of every event has golden bytes, and they are read as they were written. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvent, type EventDefinition } from '../../schemas/event.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { codecOf } from '../../streams/log/codec.ts'
import { EXAMPLES } from './examples.ts'
import { avroAt, extended, fingerprintOf, type Golden, goldenOf, readGolden } from './golden.ts'

const GOLDEN = readGolden()
const definitions = [...REGISTRY.values()]

test('every version of every registered event has golden bytes, and nothing else has', () => {
  const released = definitions.flatMap(({ type, version }) =>
    Array.from({ length: version }, (_, earlier) => `${type} ${earlier + 1}`),
  )
  expect(GOLDEN.map(({ type, version }) => `${type} ${version}`).toSorted()).toEqual(released.toSorted())
  expect([...EXAMPLES.keys()].toSorted()).toEqual([...REGISTRY.keys()].toSorted())
})

test.each(GOLDEN.map((golden): [string, Golden] => [`${golden.type} ${golden.version}`, golden]))(
  '%s decodes to its example and encodes to its bytes',
  (_, { type, version, schema, data, bytes }) => {
    const definition = REGISTRY.get(type)
    const avro = definition === undefined ? undefined : avroAt(definition, version)
    if (avro === undefined) throw new Error('the version is not registered')
    expect(fingerprintOf(avro)).toBe(schema)
    expect(avro.toBuffer(data).toString('hex')).toBe(bytes)
    expect(avro.fromBuffer(Buffer.from(bytes, 'hex'))).toEqual(data)
    if (definition?.version === version) expect(definition.data.parse(data)).toEqual(data)
    // As the log reads it, whatever its version: upcasts lead to the current shape.
    const stored = storedOf(type, version, bytes)
    const [event] = codecOf(REGISTRY).decode(stored)
    expect(definition?.data.safeParse(event.data).success).toBe(true)
  },
)

test('golden bytes are added and never changed', () => {
  const [first, second] = GOLDEN
  expect(extended([second], [first, second])).toEqual([first, second])
  expect(() => extended(GOLDEN, [{ ...first, bytes: `${first.bytes}00` }])).toThrow(first.type)
  expect(() => extended(GOLDEN, [{ ...first, schema: second.schema }])).toThrow(first.type)
})

// An event as it could become: version 1 had a price, version 2 a currency beside it, version 3 the price in cents.
// What an upcast does not touch is carried over as it was read, records inside records too.
const venue = z.strictObject({ code: z.string() })
const VENUE = { code: 'XNYS' }
const version1 = z.strictObject({ price: z.number(), venue })
const version2 = z.strictObject({ price: z.number(), currency: z.string(), venue })
const Traded = defineEvent({
  type: 'madeup.Traded',
  version: 3,
  data: z.strictObject({ cents: z.int(), currency: z.string().min(1), venue }),
  old: {
    1: { data: version1, upcast: (old: z.infer<typeof version1>) => ({ ...old, currency: 'USD' }) },
    2: {
      data: version2,
      upcast: ({ price, ...rest }: z.infer<typeof version2>) => ({
        ...rest,
        cents: Math.round(price * 100),
      }),
    },
  },
})
const Traded1 = defineEvent({ type: 'madeup.Traded', version: 1, data: version1 })
const Traded2 = defineEvent({ type: 'madeup.Traded', version: 2, data: version2 })
const MADE_UP: ReadonlyMap<string, EventDefinition> = new Map([
  ['madeup.Traded', Traded as unknown as EventDefinition],
])

test('an event of an old version is read through every upcast after it', () => {
  const read = (definition: EventDefinition, data: unknown) => {
    const { type, version, bytes } = goldenOf(definition, data)
    return codecOf(MADE_UP).decode(storedOf(type, version, bytes))[0]
  }
  expect(read(Traded1 as unknown as EventDefinition, { price: 1.25, venue: VENUE }).data).toEqual({
    cents: 125,
    currency: 'USD',
    venue: VENUE,
  })
  const second = read(Traded2 as unknown as EventDefinition, { price: 0.5, currency: 'EUR', venue: VENUE })
  expect(second).toMatchObject({ version: 3, data: { cents: 50, currency: 'EUR', venue: VENUE } })
  expect(() => read(Traded2 as unknown as EventDefinition, { price: 1, currency: '', venue: VENUE })).toThrow(
    'currency',
  )
})

/** An event as a log has stored it. */
function storedOf(type: string, version: number, bytes: string) {
  const times = { eventTime: 0, knownAt: 0, chunks: [] }
  const event = {
    position: 1,
    id: 'id',
    type,
    version,
    data: Buffer.from(bytes, 'hex'),
    leaf: Buffer.of(),
    ...times,
  }
  const provenance = { commandId: 'c', actor: 'a', correlationId: 'c', causationId: null, stream: 's' }
  const place = { firstPosition: 1, firstRevision: 1, eventCount: 1, recordedAt: 1, knownHigh: 0, late: 0 }
  return { ...provenance, ...place, events: [event] }
}
