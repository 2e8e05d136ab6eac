/** A chunk of a folder that was handed in is the table that Asof writes, or it is refused: no reader sees other rows in it. */
import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { decodeRows, encodeRows } from '../../streams/log/arrow.ts'

type Column = Readonly<{ name: string; data: Data; nullable?: boolean }>

const TIMES = BigInt64Array.of(1n, 2n, 3n)
const UTC = new TimestampMicrosecond('UTC')
const FIRST_IS_NULL = { nullCount: 1, nullBitmap: Uint8Array.of(0b110) }

const texts = (values: readonly (string | null)[], indices = Int32Array.of(0, 1, 0), more = {}): Data =>
  makeData({
    ...{ type: new Dictionary(new Utf8(), new Int32(), 0, false), length: 3, nullCount: 0, data: indices },
    ...{ dictionary: vectorFromArray([...values], new Utf8()), ...more },
  })
const times = (type: DataType = UTC, data = TIMES, more = {}): Data =>
  makeData({ type, length: 3, nullCount: 0, data: data.slice(), ...more } as never)
const doubles = (more = {}): Data =>
  makeData({ type: new Float64(), length: 3, nullCount: 0, data: Float64Array.of(7, 8, 9), ...more })

const GOOD: readonly Column[] = [
  { name: 'entity', data: texts(['A', 'B']) },
  { name: 'eventTime', data: times() },
  { name: 'knownAt', data: times() },
  { name: 'close', data: doubles(), nullable: true },
]
/** The good table, with some of its columns in another form. */
const but = (...changed: readonly Column[]): readonly Column[] => {
  const rest = changed.filter(({ name }) => GOOD.every((column) => column.name !== name))
  return [...GOOD.map((column) => changed.find(({ name }) => name === column.name) ?? column), ...rest]
}

function bytesOf(columns: readonly Column[], batches = 1): Uint8Array {
  const fields = columns.map(({ name, data, nullable }) => new Field(name, data.type, nullable ?? false))
  const children = columns.map(({ data }) => data)
  const schema = new Schema(fields)
  const struct = makeData({ type: new Struct(fields), length: 3, nullCount: 0, children })
  const batch = new RecordBatch(schema, struct)
  return tableToIPC(new Table(schema, Array(batches).fill(batch)), 'file')
}

const decodeBatch = (bytes: Uint8Array) => tableFromIPC(bytes).batches[0]

describe('a chunk', () => {
  it('as it is written here is the one that Asof writes', () => {
    const bytes = bytesOf(GOOD)
    expect(Buffer.compare(bytes, encodeRows(decodeRows(bytes)))).toBe(0)
  })

  it.each<[string, readonly Column[], RegExp]>([
    [
      'has a row of no entity',
      but({ name: 'entity', data: texts(['A', 'B'], Int32Array.of(99, 1, 0), FIRST_IS_NULL) }),
      /entity has nulls/,
    ],
    [
      'has a null row of an entity that is not there',
      but({ name: 'entity', data: texts(['A'], Int32Array.of(0, 0, 9), FIRST_IS_NULL) }),
      /index 9 of 1/,
    ],
    ['has an entity without a name', but({ name: 'entity', data: texts([null, 'B']) }), /texts in order/],
    ['names an entity twice', but({ name: 'entity', data: texts(['A', 'A']) }), /each once/],
    ['has its entities in no order', but({ name: 'entity', data: texts(['B', 'A']) }), /in order/],
    ['may have no entity', but({ name: 'entity', data: texts(['A', 'B']), nullable: true }), /is not entity/],
    [
      'has numbers for entities',
      but({
        name: 'entity',
        data: makeData({ type: new Int32(), length: 3, nullCount: 0, data: Int32Array.of(0, 1, 0) }),
      }),
      /is not entity/,
    ],
    [
      'has texts for entities',
      but({ name: 'entity', data: vectorFromArray(['A', 'B', 'A'], new Utf8()).data[0] }),
      /is not entity/,
    ],
    [
      'hides a time under a null',
      but({ name: 'eventTime', data: times(UTC, TIMES, FIRST_IS_NULL) }),
      /eventTime has nulls/,
    ],
    [
      'counts milliseconds',
      but({ name: 'eventTime', data: times(new TimestampMillisecond('UTC')) }),
      /is not eventTime/,
    ],
    [
      'counts nanoseconds',
      but({ name: 'knownAt', data: times(new TimestampNanosecond('UTC')) }),
      /is not knownAt/,
    ],
    ['counts without a unit', but({ name: 'knownAt', data: times(new Int64()) }), /is not knownAt/],
    [
      'is of no time zone',
      but({ name: 'knownAt', data: times(new TimestampMicrosecond()) }),
      /is not knownAt/,
    ],
    [
      'is of another time zone',
      but({ name: 'knownAt', data: times(new TimestampMicrosecond('Asia/Tokyo')) }),
      /is not knownAt/,
    ],
    [
      'has a time beyond those that doubles tell apart',
      but({ name: 'eventTime', data: times(UTC, BigInt64Array.of(2n ** 53n, 0n, 0n)) }),
      /beyond 2\^53/,
    ],
    [
      'has a time as far back',
      but({ name: 'eventTime', data: times(UTC, BigInt64Array.of(-(2n ** 63n), 0n, 0n)) }),
      /beyond 2\^53/,
    ],
    [
      'has numbers of half the bytes',
      but({
        name: 'close',
        data: makeData({ type: new Float32(), length: 3, nullCount: 0, data: Float32Array.of(1, 2, 3) }),
        nullable: true,
      }),
      /close is not Float64/,
    ],
    [
      'has nulls that it rules out',
      but({ name: 'close', data: doubles(FIRST_IS_NULL) }),
      /close is not Float64/,
    ],
    ['lacks a fact', GOOD.filter(({ name }) => name !== 'knownAt'), /column 3 is not knownAt/],
    ['has its facts in another order', [GOOD[1], GOOD[0], ...GOOD.slice(2)], /column 1 is not entity/],
    ['has nothing', [], /column 1 is not entity/],
  ])('that %s is refused', (_, columns, why) => {
    expect(() => decodeRows(bytesOf(columns))).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(why),
        fault: expect.objectContaining({ code: 'chunk.malformed' }),
      }),
    )
  })

  it.each(['close', 'entity'])('that has two columns of the name %s is refused', (name) => {
    // apache-arrow does not write one.
    const other = `${name.slice(0, -1)}_`
    const bytes = bytesOf(but({ name: other, data: doubles(), nullable: true }))
    const twice = Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(other, name), 'latin1')
    expect(() => decodeRows(twice)).toThrow(/two of its columns have one name/)
  })

  it('of text that is no UTF-8, as a stream, with no batch, or with a NaN for a null is refused', () => {
    const good = Buffer.from(bytesOf(GOOD))
    const own = (bytes: Uint8Array) => () => decodeRows(bytes)
    const changed = (from: string, to: string) =>
      Buffer.from(good.toString('latin1').replace(from, to), 'latin1')
    // The only entities, in the body of the dictionary.
    expect(own(changed('AB', '\xffB'))).toThrow(/other bytes|texts in order/)
    expect(own(changed('AB', 'A\xff'))).toThrow(/other bytes/)
    expect(own(bytesOf(GOOD, 0))).toThrow(/one record batch|other bytes/)
    const stream = tableToIPC(new Table(decodeBatch(good)), 'stream')
    expect(own(stream)).toThrow(/other bytes/)
    const nan = but({
      name: 'close',
      data: makeData({
        type: new Float64(),
        length: 3,
        nullCount: 0,
        data: Float64Array.of(7, Number.NaN, 9),
      }),
      nullable: true,
    })
    expect(own(bytesOf(nan))).toThrow(/other bytes/)
  })

  it('that is in two pieces is refused', () => {
    expect(() => decodeRows(bytesOf(GOOD, 2))).toThrow(/exactly one record batch/)
  })
})
