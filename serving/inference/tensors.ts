/** Tensors of the Open Inference Protocol into what models take, and back into bytes: little-endian, row after row, no padding. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { InputTensor, OutputTensor } from './port.ts'

/** Bytes of one element; 0 where each has its own length. */
export const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
}

/** What is wrong with a tensor is told of the model and the tensor. */
export const tensorRefused = (model: string, tensor: string, problem: string) =>
  refuse('inference.tensor', { model, tensor, problem })

/**
 * The values of a float64 matrix with so many columns.
 * @throws Refusal `inference.tensor`
 */
export function matrixOf(
  model: string,
  { name, datatype, shape, content }: InputTensor,
  { columns, mostValues }: Readonly<{ columns: number; mostValues: number }>,
): Float64Array {
  const refused = (problem: string) => tensorRefused(model, name, problem)
  if (datatype !== 'FP64') throw refused(`its datatype is ${datatype}, and the model takes FP64`)
  const [rows, width] = shape
  if (shape.length !== 2 || !isCount(rows) || width !== columns)
    throw refused(`its shape is [${shape.join(', ')}], and the model takes [-1, ${columns}]`)
  if (rows === 0) throw refused('it has no rows')
  const length = rows * columns
  if (length > mostValues)
    throw refused(`it has ${length} values, and a request has at most ${mostValues}; send it in parts`)
  const values =
    'raw' in content ? doublesIn(content.raw, length, refused) : numbersIn(content.values, length, refused)
  const strange = values.findIndex((value) => !Number.isFinite(value))
  if (strange >= 0)
    throw refused(
      `row ${Math.floor(strange / columns)}, column ${strange % columns} is ${values[strange]}, and no model is shown what is no finite number`,
    )
  return values
}

type Refused = (problem: string) => Error

function doublesIn(raw: Uint8Array, length: number, refused: Refused): Float64Array {
  if (raw.length !== length * 8)
    throw refused(`it has ${raw.length} bytes, and its shape and datatype make ${length * 8}`)
  const values = new Float64Array(length)
  new Uint8Array(values.buffer).set(raw)
  return values
}

function numbersIn(found: readonly unknown[], length: number, refused: Refused): Float64Array {
  if (found.length !== length) throw refused(`it has ${found.length} elements, and its shape makes ${length}`)
  const values = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    const value = found[i]
    if (typeof value !== 'number') throw refused(`element ${i} is no number`)
    values[i] = value
  }
  return values
}

/** Texts of a BYTES tensor with the shape [n] or [n, 1]. @throws Refusal `inference.tensor` */
export function textsOf(
  model: string,
  { name, datatype, shape, content }: InputTensor,
  most: number,
): readonly string[] {
  const refused = (problem: string) => tensorRefused(model, name, problem)
  if (datatype !== 'BYTES') throw refused(`its datatype is ${datatype}, and texts are BYTES`)
  const [count, width = 1] = shape
  if (shape.length > 2 || !isCount(count) || width !== 1)
    throw refused(`its shape is [${shape.join(', ')}], and texts come as [n] or [n, 1]`)
  if (count === 0) throw refused('it has no rows')
  if (count > most) throw refused(`it has ${count} rows, and a request has at most ${most}; send it in parts`)
  const found = 'raw' in content ? prefixed(content.raw, refused) : content.values
  if (found.length !== count) throw refused(`it has ${found.length} elements, and its shape makes ${count}`)
  return found.map((one, i) => textIn(one, () => refused(`element ${i} is no text in UTF-8`)))
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textIn(value: unknown, refused: () => Error): string {
  if (typeof value === 'string') return value
  if (!(value instanceof Uint8Array)) throw refused()
  try {
    return UTF8.decode(value)
  } catch {
    throw refused()
  }
}

/** Elements with their lengths before them, in four bytes. */
function prefixed(raw: Uint8Array, refused: Refused): readonly Uint8Array[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const found: Uint8Array[] = []
  for (let at = 0; at < raw.length; ) {
    const end = at + 4 > raw.length ? Number.NaN : at + 4 + view.getUint32(at, true)
    if (!(end <= raw.length)) throw refused(`its bytes end within element ${found.length}`)
    found.push(raw.subarray(at + 4, end))
    at = end
  }
  return found
}

const isCount = (value: number | undefined): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

/** An output as the bytes of its elements. */
export function bytesOf({ datatype, values }: OutputTensor): Buffer {
  if (datatype === 'FP64') return Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  const whole = BigInt64Array.from(values, (value) => BigInt(value))
  return Buffer.from(whole.buffer)
}
