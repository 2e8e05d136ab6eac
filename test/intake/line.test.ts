/** Messages into lines: JSON as it was written, Avro with every digit, and a reason for what is neither. */
import { expect, test } from 'vitest'
import { avroType, type Schema } from '../../schemas/avro.ts'
import { framed } from '../../schemas/topics/wire.ts'
import { avroLines } from '../../streams/sources/kafka/avro-line.ts'
import { jsonLine } from '../../streams/sources/kafka/line.ts'
import { longSpec } from '../data/files.ts'

const record = (...fields: readonly object[]): Schema => ({ type: 'record', name: 'R', fields })
const ENTITY = { name: 'entity', type: 'string' }
const DATE = { name: 'date', type: 'string' }

function lineOf(schema: Schema, value: object): unknown {
  const read = avroLines(
    longSpec,
    async () => schema,
    () => 0,
  )
  return Promise.resolve(read(framed(7, avroType(schema).toBuffer(value)))).then((lines) =>
    'text' in lines ? JSON.parse(String(lines.text)) : lines,
  )
}

test('JSON over several lines becomes one; a line feed within a text makes it none', () => {
  expect(jsonLine(Buffer.from('{\n"a": 1\n}'))).toEqual({ text: Buffer.from('{ "a": 1 }') })
  expect(jsonLine(Buffer.from('{"a": "x\ny"}'))).toMatchObject({ dead: 'message.not-json' })
  expect(jsonLine(Buffer.from(' \n\t'))).toEqual({ dead: 'message.empty' })
})

test('a number is written as it is: all digits of a long, and a double that reads as the same', async () => {
  const read = avroLines(
    longSpec,
    async () => record(ENTITY, DATE, { name: 'close', type: 'long' }),
    () => 0,
  )
  // 2^53 + 1 as a zigzag varint.
  const long = Buffer.from([0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20])
  const avro = Buffer.concat([Buffer.from([2, 0x41, 2, 0x42]), long])
  expect(await read(framed(7, avro))).toEqual({ text: '{"entity":"A","date":"B","close":9007199254740993}' })
  for (const close of [0.1, -0, 5e-324, 1.7976931348623157e308, 1 / 3]) {
    const schema = record(ENTITY, DATE, { name: 'close', type: 'double' })
    const found = (await lineOf(schema, { entity: 'A', date: 'B', close })) as { close: number }
    expect(Object.is(found.close, close)).toBe(true)
  }
})

test('a branch of a union is its value, in whichever way the union is read', async () => {
  const union = (...type: readonly string[]) => record(ENTITY, DATE, { name: 'close', type })
  expect(await lineOf(union('null', 'double'), { entity: 'A', date: 'B', close: null })).toMatchObject({
    close: null,
  })
  const two = record(ENTITY, DATE, { name: 'close', type: ['int', 'double'] })
  expect(await lineOf(two, { entity: 'A', date: 'B', close: { double: 2.5 } })).toMatchObject({ close: 2.5 })
})

test('a schema that lacks what the data set needs, and one that is no record, are named', async () => {
  expect(await lineOf(record(ENTITY, DATE), { entity: 'A', date: 'B' })).toMatchObject({
    dead: 'message.other-schema',
    why: 'schema 7 has no field "close"; it has entity, date',
  })
  const read = avroLines(
    longSpec,
    async () => 'string',
    () => 0,
  )
  expect(await read(framed(7, avroType('string').toBuffer('x')))).toMatchObject({
    dead: 'message.other-schema',
  })
})

test('a registry that does not know a schema is asked again later, and one that is away is told', async () => {
  let now = 0
  let asked = 0
  const read = avroLines(
    longSpec,
    async () => {
      asked++
      return null
    },
    () => now,
  )
  const bytes = framed(7, Buffer.from([0]))
  expect(await read(bytes)).toEqual({ dead: 'message.unknown-schema', why: 'schema 7' })
  await read(bytes)
  expect(asked).toBe(1)
  now = 60_000
  await read(bytes)
  expect(asked).toBe(2)
  const away = avroLines(
    longSpec,
    () => Promise.reject(new Error('away')),
    () => 0,
  )
  await expect(Promise.resolve(away(bytes))).rejects.toThrow('away')
})
