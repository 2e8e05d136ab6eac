/**
 * Holds a request to what any question has, before it is decoded: 4 MiB may hold two million tensors of two bytes each, which took a
 * gigabyte once they were made. Fields are those of inference.proto.
 */
import { MOST_VALUES } from '../inference/limits.ts'

/** Inputs, outputs, parameters and raw contents together, with the parameters of inputs. */
const MOST_PARTS = 1_024
/** Numbers and texts of typed contents and of shapes together. */
const MOST_ELEMENTS = MOST_VALUES + MOST_PARTS

/** Which fields of a message hold messages, and which hold elements. */
type Shape = Readonly<{ within: Readonly<Record<number, Shape>>; elements: ReadonlySet<number> }>
const LEAF: Shape = { within: {}, elements: new Set() }
const CONTENTS: Shape = { within: {}, elements: new Set([1, 2, 3, 4, 5, 6, 7, 8]) }
const TENSOR: Shape = { within: { 4: LEAF, 5: CONTENTS }, elements: new Set([3]) }
const REQUEST: Shape = { within: { 4: LEAF, 5: TENSOR, 6: LEAF }, elements: new Set() }

const LENGTH_DELIMITED = 2

/** @throws Error where it has more parts than any question */
export const assertCounted = (bytes: Uint8Array): void =>
  count(bytes, REQUEST, { parts: MOST_PARTS, elements: MOST_ELEMENTS })

type Left = { parts: number; elements: number }

/** What is no message is left to whoever decodes it, who stops there too. */
function count(bytes: Uint8Array, { within, elements }: Shape, left: Left): void {
  let at = 0
  while (at < bytes.length) {
    const tag = varint(bytes, at)
    const [field, wire] = [Math.floor(tag.value / 8), tag.value % 8]
    at = tag.end
    const isElement = elements.has(field)
    if (!isElement && --left.parts < 0) throw new Error(`it has more than ${MOST_PARTS} parts`)
    if (wire === LENGTH_DELIMITED) {
      const length = varint(bytes, at)
      const end = length.end + length.value
      const body = bytes.subarray(length.end, end)
      // Packed numbers end with a byte below 128 each; a text is one element, and so are 8 bytes of a double.
      if (isElement) left.elements -= field === 8 ? 1 : packed(body, field)
      else if (within[field] !== undefined) count(body, within[field], left)
      at = end
    } else {
      if (isElement) left.elements--
      const size = { 0: 0, 1: 8, 5: 4 }[wire]
      if (size === undefined) return
      at = wire === 0 ? varint(bytes, at).end : at + size
    }
    if (left.elements < 0) throw new Error(`it has more than ${MOST_ELEMENTS} elements`)
  }
}

const BYTES_EACH: Readonly<Record<number, number>> = { 6: 4, 7: 8 }

function packed(body: Uint8Array, field: number): number {
  const each = BYTES_EACH[field]
  if (each !== undefined) return Math.ceil(body.length / each)
  let found = 0
  for (let at = 0; at < body.length; at++) if (body[at] < 0x80) found++
  return found
}

function varint(bytes: Uint8Array, from: number): Readonly<{ value: number; end: number }> {
  let [value, scale, at] = [0, 1, from]
  for (;;) {
    const byte = bytes[at++] ?? 0
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) return { value, end: at }
  }
}
