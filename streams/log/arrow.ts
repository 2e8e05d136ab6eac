/** Rows as the bytes of an Arrow IPC file, and back: the same rows always make the same bytes. */
import {
  Bool,
  type Data,
  Dictionary,
  Field,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  tableFromIPC,
  tableToIPC,
  Utf8,
} from 'apache-arrow'
import { assert } from '../../schemas/kernel/assert.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Column, Rows } from '../../schemas/rows.ts'
import { checkTable, MOST_BLOCKS } from './arrow-check.ts'
import {
  columnOfKind,
  dataOfKind,
  flags,
  flagsFrom,
  int64From,
  kindStoredAs,
  typeOfKind,
} from './arrow-kinds.ts'
import { dictionaryOf, namesOf } from './arrow-names.ts'
import { verifyArrow } from './arrow-verify.ts'

const TWO_32 = 2 ** 32
const TIME = new TimestampMicrosecond('UTC')
const NUMBER = new Float64()
/** A fixed id: apache-arrow would count dictionaries over the whole process, and the bytes would differ. */
const ENTITY = new Dictionary(new Utf8(), new Int32(), 0, false)
const FACTS = [
  new Field('entity', ENTITY, false),
  new Field('eventTime', TIME, false),
  new Field('knownAt', TIME, false),
] as const
/** Behind the facts, where a row is taken back. Columns of values may be null, so that none is taken for it. */
const WITHDRAWN = new Field('withdrawn', new Bool(), false)

/**
 * One record batch of `entity` (dictionary of text), `eventTime` and `knownAt` (timestamp[us, UTC]), `withdrawn` (bool) where a row is
 * taken back, then the columns (double, or what their kind is stored as; NaN becomes null). It opens in pyarrow, pandas and Polars as it
 * stands.
 */
export function encodeRows(rows: Rows): Uint8Array {
  const { length, entities, columns, withdrawn } = rows
  assert(isStrictlyAscending(entities), 'entities are unique and in code-unit order')
  const typed = columns.map(
    ({ name, kind }, place) => new Field(name, kind === undefined ? NUMBER : typeOfKind(kind, place), true),
  )
  const isTakenBack = withdrawn?.subarray(0, length).includes(1) ?? false
  const fields = [...FACTS, ...(isTakenBack ? [WITHDRAWN] : []), ...typed]
  const indices = new Int32Array(rows.entity.buffer, rows.entity.byteOffset, length)
  const own = new Set<ArrayBufferLike>([indices.buffer])
  const dictionary = dictionaryOf(entities)
  const children: Data[] = [
    makeData({ type: ENTITY, length, nullCount: 0, data: indices, dictionary }),
    makeData({ type: TIME, length, nullCount: 0, data: timesOf(rows.eventTime, length) }),
    makeData({ type: TIME, length, nullCount: 0, data: timesOf(rows.knownAt, length) }),
    ...(isTakenBack && withdrawn !== undefined ? [flags(withdrawn, length)] : []),
    ...columns.map((column, place) =>
      column.kind === undefined
        ? numbers(column.values.subarray(0, length), own)
        : dataOfKind(column.kind, column, length, typed[place].type),
    ),
  ]
  const schema = new Schema(fields)
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(fields), length, nullCount: 0, children }),
  )
  return tableToIPC(new Table(schema, [batch]), 'file')
}

/**
 * The rows of a chunk. Of the same table in any other form, some reader would make other rows: of nulls over values, of numbers in
 * another byte order, of text that is no UTF-8, of a second batch behind the first. So it is written again, and compared.
 * @throws Refusal `chunk.malformed` for bytes that `encodeRows` would not make
 */
export function decodeRows(bytes: Uint8Array): Rows {
  const rows = tableOf(bytes)
  if (Buffer.compare(encodeRows(rows), bytes) !== 0) throw malformed('Asof writes that table in other bytes')
  return rows
}

/** As `decodeRows`, for bytes that `encodeRows` made. */
export function tableOf(bytes: Uint8Array): Rows {
  const [batch, ...more] = open(bytes).batches
  if (batch === undefined || more.length > 0) throw malformed('it does not have exactly one record batch')
  const { fields } = batch.schema
  const isTakenBack = isWithdrawn(fields[FACTS.length])
  const kept = isTakenBack ? fields.toSpliced(FACTS.length, 1) : fields
  checkFields(kept)
  const [entity, eventTime, knownAt, ...rest] = batch.data.children
  const values = isTakenBack ? rest.slice(1) : rest
  const entities = namesOf(entity.dictionary)
  if (!areNames(entities)) throw malformed('entity is not a dictionary of texts in order, each once')
  for (const [index, { nullCount }] of [entity, eventTime, knownAt].entries())
    if (nullCount > 0) throw malformed(`its column ${FACTS[index].name} has nulls`)
  const length = batch.numRows
  return {
    length,
    entities,
    entity: new Uint32Array(entity.values.buffer, entity.values.byteOffset, length),
    eventTime: microsFrom('eventTime', eventTime),
    knownAt: microsFrom('knownAt', knownAt),
    columns: values.map((data, place) => columnFrom(kept[place + FACTS.length], data, place)),
    ...(isTakenBack && { withdrawn: flagsFrom(rest[0]) }),
  }
}

function columnFrom({ name, type }: Field, data: Data, place: number): Column {
  const kind = kindStoredAs(type, place)
  return kind === null ? { name, values: float64From(data) } : columnOfKind(kind, name, data)
}

const isWithdrawn = (field: Field | undefined): boolean =>
  field !== undefined &&
  !field.nullable &&
  field.name === WITHDRAWN.name &&
  String(field.type) === String(WITHDRAWN.type)

/** @throws Refusal `chunk.malformed` where a column is not the one that `encodeRows` writes in its place */
function checkFields(fields: readonly Field[]): void {
  const names = fields.map((field) => field.name)
  if (new Set(names).size < names.length) throw malformed('two of its columns have one name')
  for (const [index, { name, type }] of FACTS.entries()) {
    const is = fields[index]
    if (is?.name !== name || is.nullable || String(is.type) !== String(type))
      throw malformed(`its column ${index + 1} is not ${name} (${type}, without nulls)`)
  }
  for (const [place, { name, type, nullable }] of fields.slice(FACTS.length).entries())
    if (!nullable || (String(type) !== String(NUMBER) && kindStoredAs(type, place) === null))
      throw malformed(`its column ${name} is not ${NUMBER}, or of another type that Asof writes, with nulls`)
}

/**
 * Arrow reads its arrays in place, for which the file must start at a multiple of 8 bytes in memory. A folder may come from anybody,
 * so a file is held to its bounds before and after.
 */
function open(bytes: Uint8Array): Table {
  try {
    verifyArrow(bytes, MOST_BLOCKS)
    const table = tableFromIPC(bytes.byteOffset % 8 === 0 ? bytes : bytes.slice())
    checkTable(table, bytes)
    return table
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw malformed(`it is not an Arrow file (${error instanceof Error ? error.message : error})`)
  }
}

const malformed = (problem: string): Refusal => refuse('chunk.malformed', { problem })

/**
 * A column as it lies in memory where that is possible. A value under a null is written as 0, so that two kinds of NaN
 * make the same bytes; and a buffer that was given twice is copied, since apache-arrow would write it once.
 */
function numbers(values: Float64Array, own: Set<ArrayBufferLike>): Data {
  const { length } = values
  let nullCount = 0
  for (let row = 0; row < length; row++) if (Number.isNaN(values[row])) nullCount++
  const shared = own.has(values.buffer)
  own.add(values.buffer)
  if (nullCount === 0) {
    return makeData({ type: NUMBER, length, nullCount, data: shared ? values.slice() : values })
  }
  const data = new Float64Array(length)
  const nullBitmap = new Uint8Array((length + 7) >> 3)
  for (let row = 0; row < length; row++) {
    const value = values[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    data[row] = value
    nullBitmap[row >> 3] = (nullBitmap[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return makeData({ type: NUMBER, length, nullCount, nullBitmap, data })
}

function float64From(data: Data): Float64Array {
  if (data.nullCount === 0) return data.values.subarray(0, data.length)
  const values = data.values.slice(0, data.length)
  const bits: Uint8Array = data.nullBitmap
  for (let row = 0; row < data.length; row++) {
    if (((bits[row >> 3] ?? 0) & (1 << (row & 7))) === 0) values[row] = Number.NaN
  }
  return values
}

function timesOf(micros: Float64Array, length: number): BigInt64Array {
  assert(!micros.subarray(0, length).some(Number.isNaN), 'a time is whole microseconds')
  return int64From(micros, length)
}

function microsFrom(name: string, data: Data): Float64Array {
  const words = new Int32Array(data.values.buffer, data.values.byteOffset, 2 * data.length)
  const micros = new Float64Array(data.length)
  for (let row = 0; row < data.length; row++) {
    const value = (words[2 * row + 1] ?? 0) * TWO_32 + ((words[2 * row] ?? 0) >>> 0)
    if (!Number.isSafeInteger(value))
      throw malformed(`its column ${name} has a time beyond 2^53 microseconds`)
    micros[row] = value
  }
  return micros
}

const areNames = (texts: readonly unknown[]): texts is readonly string[] =>
  texts.every((text) => typeof text === 'string') && isStrictlyAscending(texts)

function isStrictlyAscending(names: readonly string[]): boolean {
  for (let index = 1; index < names.length; index++) {
    if ((names[index - 1] ?? '') >= (names[index] ?? '')) return false
  }
  return true
}
