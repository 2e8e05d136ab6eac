/** Memory as bytes: every bit comes back, and what was cut off or was never memory is refused. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Memory, memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 2 ** 53),
)
const column = fc.oneof(
  fc.float64Array({ maxLength: 9 }),
  fc.int32Array({ maxLength: 9 }),
  fc.uint32Array({ maxLength: 9 }),
  fc.uint8Array({ maxLength: 9 }),
)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 9 }),
  fc.constantFrom('$', '__proto__', 'of', '', '12', 'é\ud800'),
)
const { memory } = fc.letrec<{ memory: Memory }>((tie) => ({
  memory: fc.oneof(
    { depthSize: 'small' },
    ...[number, text, column, fc.boolean(), fc.constant(null)],
    fc.array(tie('memory'), { maxLength: 4 }),
    fc
      .array(fc.tuple(text, tie('memory')), { maxLength: 4 })
      .map((entries): Memory => Object.fromEntries(entries)),
    fc.array(fc.tuple(fc.oneof(text, number), tie('memory')), { maxLength: 4 }).map((of) => new Map(of)),
    fc.array(fc.oneof(text, number), { maxLength: 4 }).map((of) => new Set(of)),
  ),
}))

test('every memory comes back as it was: order, signs, maps, sets, columns and names that mean something elsewhere', () => {
  fc.assert(
    fc.property(memory, (one) => {
      const bytes = memoryBytes(one)
      const again = memoryFrom(bytes)
      expect(again).toStrictEqual(one)
      expect(memoryBytes(again).equals(bytes)).toBe(true)
    }),
    { numRuns: 500, seed: 7 },
  )
})

test('a column keeps the bits of each NaN, and shares none with what it was made of', () => {
  const bits = new BigUint64Array([0x7ff8000000000001n, 0xfff8dead00000000n, 0x8000000000000000n])
  const values = new Float64Array(bits.buffer)
  const bytes = memoryBytes({ values })
  values[0] = 1
  const { values: again } = memoryFrom(bytes) as { values: Float64Array }
  expect([...new BigUint64Array(again.buffer)]).toEqual([0x7ff8000000000001n, bits[1], bits[2]])
})

test('a part of a column alone is kept', () => {
  const whole = new Float64Array([1, 2, 3, 4])
  expect(memoryFrom(memoryBytes(whole.subarray(1, 3)))).toEqual(new Float64Array([2, 3]))
})

test('cut off anywhere, and whatever else is none, it is refused', () => {
  const bytes = memoryBytes({ a: new Float64Array([1, 2]), b: 'text' })
  for (let length = 0; length < bytes.length; length++)
    expect(() => memoryFrom(bytes.subarray(0, length))).toThrow(SyntaxError)
  for (const nonsense of ['', '\n', 'x\n{}', '9\n{}', '2\nno', '11\n{"$":"none"}'])
    expect(() => memoryFrom(Buffer.from(nonsense)), nonsense).toThrow(SyntaxError)
})

test.each([[undefined], [() => 1], [1n], [new Float32Array(1)], [{ a: undefined }]])(
  '%s is nothing that is remembered',
  (value) => {
    expect(() => memoryBytes(value as never)).toThrow(TypeError)
  },
)
