/** Answers as Arrow IPC, a batch at a time: the same answer always makes the same bytes, however large it is. */
import {
  AsyncByteQueue,
  type Data,
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type RecordBatchWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow'
import type { AnswerBatch, AnswerCells, AnswerField, AnswerSchema } from '../../schemas/answer.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { int64From, withNulls } from './arrow-kinds.ts'

/** `stream` can be read while it comes; `file` (Feather version 2) can be opened at any place of it. */
export type ArrowForm = 'stream' | 'file'

/** What a writer writes, taken away after each batch. */
class Parts extends AsyncByteQueue {
  #parts: Uint8Array[] = []

  override write(part: Uint8Array): void {
    if (part.byteLength > 0) this.#parts.push(part)
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    return bytes
  }
}

/** The bytes of an answer: its schema and first batch, each further batch, and what ends it. */
export async function* arrowOf(
  { fields, about }: AnswerSchema,
  batches: AsyncIterable<AnswerBatch>,
  form: ArrowForm,
): AsyncGenerator<Uint8Array> {
  const dictionaries = fields.map((field) =>
    field.kind === 'category' ? vectorFromArray(field.texts, new Utf8()) : null,
  )
  const columns = fields.map((field, place) => {
    const told = field.unit === undefined ? undefined : new Map([['unit', field.unit]])
    return new Field(field.name, typeOf(field, place), true, told)
  })
  const schema = new Schema(columns, new Map(Object.entries(about)))
  const parts = new Parts()
  const writer: RecordBatchWriter =
    form === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter()
  writer.reset(parts, schema)
  for await (const { length, cells } of batches) {
    assert(cells.length === columns.length, 'a batch has the columns of its schema')
    const children = columns.map(({ type }, place) => dataOf(type, length, cells[place], dictionaries[place]))
    writer.write(
      new RecordBatch(schema, makeData({ type: new Struct(columns), length, nullCount: 0, children })),
    )
    yield parts.take()
  }
  writer.finish()
  yield parts.take()
}

const TIME = new TimestampMicrosecond('UTC')

/** Each dictionary has a number of its own, which would else count over the process. */
function typeOf({ kind }: AnswerField, place: number): DataType {
  switch (kind) {
    case 'number':
      return new Float64()
    case 'integer':
      return new Int64()
    case 'time':
      return TIME
    case 'text':
      return new Utf8()
    case 'category':
      return new Dictionary(new Utf8(), new Int32(), place, false)
  }
}

function dataOf(type: DataType, length: number, cells: AnswerCells, dictionary: Vector<Utf8> | null): Data {
  if (dictionary !== null) {
    const { buffer, byteOffset } = cells as Uint32Array
    return makeData({
      type: type as Dictionary<Utf8, Int32>,
      length,
      nullCount: 0,
      data: new Int32Array(buffer, byteOffset, length),
      dictionary,
    })
  }
  if (!(cells instanceof Float64Array)) {
    const [data] = vectorFromArray(cells as readonly (string | null)[], new Utf8()).data
    return data ?? makeData({ type: new Utf8(), length: 0 })
  }
  if (!(type instanceof Float64)) return withNulls(cells, length, { type, data: int64From(cells, length) })
  const values = cells.subarray(0, length)
  // What lies under a null is 0, so that two kinds of NaN make the same bytes.
  return withNulls(values, length, { type, data: values.map((value) => (Number.isNaN(value) ? 0 : value)) })
}
