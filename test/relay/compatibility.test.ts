/** BACKWARD compatibility of Avro schemas, against avsc's own resolver, and with the name of the field that breaks it. */
import avsc from 'avsc'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Schema } from '../../schemas/avro.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { incompatibility } from '../../schemas/topics/compatibility.ts'
import { recordedMessage } from '../../schemas/topics/message.ts'
import { Alert, Capital, Model, Prediction } from '../../schemas/topics/oms.ts'

const record = (fields: readonly unknown[], name = 'asof.R'): Schema => ({ type: 'record', name, fields })
const field = (name: string, type: Schema, rest: object = {}) => ({ name, type, ...rest })

test.each<[string, Schema, Schema, string | null]>([
  ['the same', record([field('a', 'long')]), record([field('a', 'long')]), null],
  [
    'a new field',
    record([field('a', 'long'), field('b', 'string')]),
    record([field('a', 'long')]),
    'b: it is new and has no default',
  ],
  [
    'a new field with a default',
    record([field('a', 'long'), field('b', 'string', { default: '' })]),
    record([field('a', 'long')]),
    null,
  ],
  [
    'a field that went',
    record([field('a', 'long')]),
    record([field('a', 'long'), field('b', 'string')]),
    null,
  ],
  [
    'another type',
    record([field('a', 'string')]),
    record([field('a', 'long')]),
    'a: it was a long, and is a string',
  ],
  ['a wider type', record([field('a', 'double')]), record([field('a', 'long')]), null],
  [
    'a narrower type',
    record([field('a', 'long')]),
    record([field('a', 'double')]),
    'a: it was a double, and is a long',
  ],
  ['now nullable', record([field('a', ['null', 'long'])]), record([field('a', 'long')]), null],
  [
    'no longer nullable',
    record([field('a', 'long')]),
    record([field('a', ['null', 'long'])]),
    'a: it was a null, and is a long',
  ],
  [
    'within rows',
    record([field('rows', { type: 'array', items: record([field('w', 'string')], 'asof.Row') })]),
    record([field('rows', { type: 'array', items: record([field('w', 'double')], 'asof.Row') })]),
    'rows.w: it was a double, and is a string',
  ],
  [
    'another record',
    record([field('r', record([], 'asof.B'))]),
    record([field('r', record([], 'asof.A'))]),
    'r: it was a asof.A, and is a asof.B',
  ],
  [
    'fewer symbols',
    record([field('e', { type: 'enum', name: 'asof.E', symbols: ['x'] })]),
    record([field('e', { type: 'enum', name: 'asof.E', symbols: ['x', 'y'] })]),
    'e: it may no longer be y',
  ],
  ['an alias', record([field('b', 'long', { aliases: ['a'] })]), record([field('a', 'long')]), null],
])('%s', (_, reader, writer, problem) => {
  expect(incompatibility(reader, writer)).toBe(problem)
  expect(resolves(reader, writer)).toBe(problem === null)
})

/** What avsc says. */
function resolves(reader: Schema, writer: Schema): boolean {
  const type = (schema: Schema) => avsc.Type.forSchema(schema as avsc.Schema)
  try {
    type(reader).createResolver(type(writer))
    return true
  } catch {
    return false
  }
}

const primitive = fc.constantFrom<Schema>('boolean', 'int', 'long', 'float', 'double', 'string', 'bytes')
const fieldType: fc.Arbitrary<Schema> = fc.oneof(
  primitive,
  primitive.map((type): Schema => ['null', type]),
  primitive.map((items): Schema => ({ type: 'array', items })),
  fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 }).map(
    (names): Schema => ({
      type: 'array',
      items: record(
        names.map((name) => field(name, 'double')),
        'asof.Row',
      ),
    }),
  ),
)
const someRecord = fc
  .uniqueArray(
    fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), type: fieldType, hasDefault: fc.boolean() }),
    { selector: ({ name }) => name, maxLength: 3 },
  )
  .filter((fields) => fields.filter(({ type }) => JSON.stringify(type).includes('asof.Row')).length < 2)
  .map((fields) =>
    record(
      fields.map(({ name, type, hasDefault }) =>
        field(name, type, hasDefault && Array.isArray(type) ? { default: null } : {}),
      ),
    ),
  )

test('it agrees with avsc on any two schemas', () => {
  fc.assert(
    fc.property(someRecord, someRecord, (reader, writer) => {
      expect([reader, writer, incompatibility(reader, writer) === null]).toEqual([
        reader,
        writer,
        resolves(reader, writer),
      ])
    }),
    { numRuns: 2_000 },
  )
})

test('each schema of ours can follow itself, as a registry gives it back', () => {
  const all = [...REGISTRY.values()].map((definition) => recordedMessage(definition))
  for (const { schema, avro } of [...all, Prediction, Capital, Model, Alert])
    expect(incompatibility(schema, avro.schema({ exportAttrs: true }) as Schema)).toBeNull()
})
