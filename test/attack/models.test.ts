/** A file of ONNX is a program, in native code. No file is run but those that training writes, and those that were read and can do no harm, whoever put it into the folder. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLinearFile, onnxOf } from '../../streams/inference/linear-file.ts'
import { loadPredictor } from '../../streams/inference/onnx.ts'

const modelOf = (weights: readonly number[], names = ['a', 'b', 'c'], intercept = 0.5) =>
  Buffer.from(onnxOf({ intercept, coefficients: Float64Array.from(weights) }, names))
const GOOD = modelOf([1, 2, 3])

/** ConstantOfShape of 1e9 floats, summed: with ONNX Runtime 1.30 its 208 bytes take 4 GB and 7 seconds to score one row. */
const BOMB = Buffer.from(
  'CAg6xQEKHAoEZGltcxIDYmlnIg9Db25zdGFudE9mU2hhcGUKFQoDYmlnEgNzdW0iCVJlZHVjZVN1bQodCgNzdW0SBXN1bTY0IgRDYXN0KgkKAnRvGAugAQIKHQoIZmVhdHVyZXMKBXN1bTY0EgVzY29yZSIDTXVsEgFnKhQIARAHQgRkaW1zSggAypo7AAAAAFocCghmZWF0dXJlcxIQCg4ICxIKCgMSAW4KAxIBa2IZCgVzY29yZRIQCg4ICxIKCgMSAW4KAxIBa0IECgAQDQ==',
  'base64',
)

/** A field of the outermost message that ONNX does not know, number 100, behind the file. */
const more = (bytes: Buffer, content: string) =>
  Buffer.concat([bytes, Buffer.of(0xa2, 0x06, content.length), Buffer.from(content)])
const replaced = (from: string, to: string) =>
  Buffer.from(GOOD.toString('latin1').replace(from, to), 'latin1')

describe('a model file', () => {
  it('that training writes is one', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes(','))
    const weights = fc.uniqueArray(fc.tuple(name, finite), {
      ...{ minLength: 1, maxLength: 50, selector: ([feature]: [string, number]) => feature },
    })
    fc.assert(
      fc.property(weights, finite, (named, intercept) => {
        const coefficients = Float64Array.from(named, ([, weight]) => weight)
        const features = named.map(([feature]) => feature)
        return isLinearFile(onnxOf({ coefficients, intercept }, features))
      }),
    )
    // In a larger piece of memory too, as files are read.
    expect(isLinearFile(Buffer.concat([Buffer.from('xyz'), GOOD]).subarray(3))).toBe(true)
  })

  const HARMFUL: [string, Uint8Array][] = [
    ['takes all memory', BOMB],
    ['has its model twice, of which the last counts', Buffer.concat([GOOD, GOOD])],
    ['weighs by what is no number', modelOf([1, Number.NaN, 3])],
    ['weighs by infinity', modelOf([1, 2, Number.POSITIVE_INFINITY])],
    ['starts from minus infinity', modelOf([1, 2, 3], ['a', 'b', 'c'], Number.NEGATIVE_INFINITY)],
    ['has no weight at all', modelOf([], [])],
    ['is cut off', GOOD.subarray(0, -1)],
    ['is nothing', Buffer.alloc(0)],
    ['opens groups without end', Buffer.alloc(1 << 20, 0x0b)],
    ['has tensors without end', Buffer.alloc(1 << 20, Buffer.of(0x3a, 0x02, 0x2a, 0x00))],
  ]
  /** What somebody else's trainer may write, and the built-in one never does. */
  const OTHERS: [string, Uint8Array][] = [
    ['takes away where it should add', replaced('Add', 'Sub')],
    ['is of another opset', replaced('\x10\x11', '\x10\x10')],
    ['holds more than it says', more(GOOD, 'hidden')],
    ['has a name less than it has weights', modelOf([1, 2, 3], ['a', 'b'])],
    ['has a name more', modelOf([1, 2, 3], ['a', 'b', 'c', 'd'])],
    ['has one name twice', modelOf([1, 2, 3], ['a', 'b', 'a'])],
    ['has an empty name', modelOf([1, 2, 3], ['a', '', 'c'])],
    [
      'is larger than any model',
      modelOf(
        Array(50_000).fill(1),
        Array.from({ length: 50_000 }, (_, at) => `feature-${at}`),
      ),
    ],
  ]

  it.each([...HARMFUL, ...OTHERS])('that %s is none that built-in training writes', (_, bytes) => {
    expect(isLinearFile(bytes)).toBe(false)
  })

  it.each(HARMFUL)('that %s is refused, and not run', async (_, bytes) => {
    await expect(loadPredictor(bytes)).rejects.toMatchObject({ fault: { code: 'model.unreadable' } })
  })

  it("that is somebody else's linear one is asked as it stands", async () => {
    const [[, other]] = OTHERS
    const scores = await (await loadPredictor(other)).predict(Float64Array.of(1, 1, 1), 3)
    expect([...scores]).toEqual([5.5])
  })
})
