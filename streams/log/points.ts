/** Values of metrics as the bytes of an Arrow IPC file, and back: the same values always make the same bytes. */
import {
  type Data,
  Dictionary,
  Field,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import { type Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { checkTable, MOST_BLOCKS } from './arrow-check.ts'
import { verifyArrow } from './arrow-verify.ts'

/** A value of a metric; texts are empty where nothing is told. Times are milliseconds since 1970 UTC. */
export type MetricPoint = Readonly<{
  key: string
  value: number
  timestamp: number
  step: number
  loggedModel: string
  dataset: string
  datasetDigest: string
}>

const TEXTS = ['key', 'loggedModel', 'dataset', 'datasetDigest'] as const
const WHOLES = ['step', 'timestamp'] as const
const COLUMNS = [...TEXTS, ...WHOLES, 'value'] as const

/**
 * One record batch: `value` (double), and `key`, `step`, `timestamp` as dictionaries, because a batch repeats them; beside them the
 * model and the data set where any value has one. A thousand values of a training take about 12 KiB. It opens in pyarrow and Polars.
 */
export function encodePoints(points: readonly MetricPoint[]): Uint8Array {
  const { length } = points
  const told = COLUMNS.filter(
    (name) => name === 'key' || !isText(name) || points.some((point) => point[name] !== ''),
  )
  const columns = told.map((name, id): readonly [Field, Data] => {
    if (name === 'value') {
      const data = Float64Array.from(points, ({ value }) => value)
      const type = new Float64()
      return [new Field(name, type, false), makeData({ type, length, nullCount: 0, data })]
    }
    return isText(name)
      ? repeated(name, id, { values: points.map((point) => point[name]), type: new Utf8() })
      : repeated(name, id, { values: points.map((point) => BigInt(point[name])), type: new Int64() })
  })
  const fields = columns.map(([field]) => field)
  const schema = new Schema(fields)
  const children = columns.map(([, data]) => data)
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(fields), length, nullCount: 0, children }),
  )
  return tableToIPC(new Table(schema, [batch]), 'file')
}

/**
 * A column as its distinct values, in the order in which they come, and the narrowest indices that hold them; numbers that hardly
 * repeat as they are.
 */
function repeated<T extends string | bigint>(
  name: string,
  id: number,
  { values, type }: Readonly<{ values: readonly T[]; type: Utf8 | Int64 }>,
): readonly [Field, Data] {
  const places = new Map<T, number>()
  for (const value of values) if (!places.has(value)) places.set(value, places.size)
  const at = (value: T): number => places.get(value) ?? 0
  const count = places.size
  if (!(type instanceof Utf8) && count * 2 > values.length) {
    const data = BigInt64Array.from(values as readonly bigint[])
    return [new Field(name, type, false), makeData({ type, length: values.length, nullCount: 0, data })]
  }
  const [indexType, data] =
    count <= 0x80
      ? ([new Int8(), Int8Array.from(values, at)] as const)
      : count <= 0x8000
        ? ([new Int16(), Int16Array.from(values, at)] as const)
        : ([new Int32(), Int32Array.from(values, at)] as const)
  const dictionary = vectorFromArray([...places.keys()], type as Utf8)
  // A fixed id: apache-arrow would count dictionaries over the whole process, and the bytes would differ.
  const told = new Dictionary(type as Utf8, indexType as Int32, id, false)
  const column = { type: told, length: values.length, nullCount: 0, data: data as Int32Array, dictionary }
  return [new Field(name, told, false), makeData(column)]
}

/**
 * The values of a chunk. A folder may come from anybody, so what is read is written again and compared.
 * @throws Refusal `chunk.malformed` for bytes that `encodePoints` would not make
 */
export function decodePoints(bytes: Uint8Array): readonly MetricPoint[] {
  try {
    const points = pointsIn(bytes)
    if (Buffer.compare(encodePoints(points), bytes) === 0) return points
  } catch (error) {
    throw malformed(
      `it is no Arrow file of metrics (${error instanceof Error ? error.message : String(error)})`,
    )
  }
  throw malformed('Asof writes those values in other bytes')
}

function pointsIn(bytes: Uint8Array): readonly MetricPoint[] {
  verifyArrow(bytes, MOST_BLOCKS)
  const table = tableFromIPC(bytes.byteOffset % 8 === 0 ? bytes : bytes.slice())
  checkTable(table, bytes)
  const texts = TEXTS.map((name) => [...(table.getChild(name) ?? [])])
  const wholes = WHOLES.map((name) => [...(table.getChild(name) ?? [])].map(Number))
  const values: Float64Array = table.getChild('value')?.toArray() ?? new Float64Array()
  return Array.from({ length: table.numRows }, (_, row) => ({
    key: textAt(texts[0], row),
    loggedModel: textAt(texts[1], row),
    dataset: textAt(texts[2], row),
    datasetDigest: textAt(texts[3], row),
    step: wholes[0][row],
    timestamp: wholes[1][row],
    value: values[row],
  }))
}

const textAt = (column: readonly unknown[], row: number): string => String(column[row] ?? '')
const isText = (name: string): name is (typeof TEXTS)[number] => (TEXTS as readonly string[]).includes(name)
const malformed = (problem: string): Refusal => refuse('chunk.malformed', { problem })
