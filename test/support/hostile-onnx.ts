/** Files of ONNX that end no program well: written by hand in the few fields of onnx.proto that they need. */

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
const bytes = (field: number, content: Uint8Array | string): Buffer => {
  const body = Buffer.from(content)
  return Buffer.concat([Buffer.of(...varint(field * 8 + 2), ...varint(body.length)), body])
}
const whole = (field: number, value: number): Buffer => Buffer.of(...varint(field * 8), ...varint(value))
const all = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts)

const DOUBLE = 11
const BOOL = 9
const GRAPH = 5

const value = (name: string, type: number, dims: readonly Buffer[]) =>
  all(
    bytes(1, name),
    bytes(2, bytes(1, all(whole(1, type), bytes(2, all(...dims.map((dim) => bytes(1, dim))))))),
  )
const matrix = (name: string, columns: number) => value(name, DOUBLE, [bytes(2, 'n'), whole(1, columns)])
const truth = (name: string) => value(name, BOOL, [])
const node = (type: string, inputs: readonly string[], outputs: readonly string[], attribute?: Buffer) =>
  all(
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, type),
    ...(attribute === undefined ? [] : [bytes(5, attribute)]),
  )

/** `while (true) score = features`: a Loop without a bound, whose condition is always so. */
export function loopingModel(columns: number): Buffer {
  const body = all(
    bytes(1, node('Identity', ['goes'], ['goes_on'])),
    bytes(1, node('Identity', ['carried'], ['carried_on'])),
    bytes(2, 'body'),
    bytes(11, value('turn', 7, [])),
    bytes(11, truth('goes')),
    bytes(11, matrix('carried', columns)),
    bytes(12, truth('goes_on')),
    bytes(12, matrix('carried_on', columns)),
  )
  const always = all(whole(2, BOOL), bytes(8, 'always'), bytes(9, Buffer.of(1)))
  const loop = all(bytes(1, 'body'), bytes(6, body), whole(20, GRAPH))
  const graph = all(
    bytes(1, node('Loop', ['', 'always', 'features'], ['score'], loop)),
    bytes(2, 'looping'),
    bytes(5, always),
    bytes(11, matrix('features', columns)),
    bytes(12, matrix('score', columns)),
  )
  return all(whole(1, 8), bytes(7, graph), bytes(8, all(bytes(1, ''), whole(2, 17))))
}

/**
 * ConstantOfShape of 1e9 floats, summed, times `features`: with ONNX Runtime 1.30 its 208 bytes take 4 GB and 7 seconds to score one row.
 * A dimension more, and they are 10 GB.
 */
export const GREEDY_MODEL = Buffer.from(
  'CAg6xQEKHAoEZGltcxIDYmlnIg9Db25zdGFudE9mU2hhcGUKFQoDYmlnEgNzdW0iCVJlZHVjZVN1bQodCgNzdW0SBXN1bTY0IgRDYXN0KgkKAnRvGAugAQIKHQoIZmVhdHVyZXMKBXN1bTY0EgVzY29yZSIDTXVsEgFnKhQIARAHQgRkaW1zSggAypo7AAAAAFocCghmZWF0dXJlcxIQCg4ICxIKCgMSAW4KAxIBa2IZCgVzY29yZRIQCg4ICxIKCgMSAW4KAxIBa0IECgAQDQ==',
  'base64',
)
