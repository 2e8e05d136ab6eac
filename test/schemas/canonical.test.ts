/** Equal values have equal bytes and digests, however they were built; other values have other ones. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, digestOf, isSame } from '../../schemas/kernel/canonical.ts'

/** The same value with the keys of every object in another order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, one]) => [key, turned(one)]),
  )
}

test('the order of keys changes no byte and no digest, and the bytes are the value', () =>
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      expect(canonicalJson(turned(value))).toBe(text)
      expect(digestOf(turned(value))).toBe(digestOf(value))
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  ))

test('values that differ have digests that differ', () =>
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [left, right] = [one, other].map((value) => JSON.parse(JSON.stringify(value)))
      expect(digestOf(one) === digestOf(other)).toBe(isDeepStrictEqual(left, right))
    }),
  ))

/** A value with one leaf changed, or as it was. */
function nearly(value: unknown, way: number): unknown {
  let left = way
  return JSON.parse(JSON.stringify(value), (_, one) => {
    if (one === null || typeof one === 'object' || left-- !== 0) return one
    return [one, null, `${one}`, -Number(one) || 0, [one], { one }][String(one).length % 6]
  })
}

test('whether values are the same is told as by their digests', () =>
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.nat(4), (value, other, way) => {
      const like = turned(value)
      const near = nearly(value, way) ?? null
      for (const [one, two] of [
        [value, like],
        [value, other],
        [value, near],
        [near, value],
        [{ a: value, b: undefined }, { a: like }],
        [
          { a: value, b: undefined },
          { c: undefined, a: near },
        ],
        [
          [undefined, value],
          [null, like],
        ],
        [[value], { 0: value }],
      ])
        expect(isSame(one, two)).toBe(digestOf(one) === digestOf(two))
    }),
    { numRuns: 300 },
  ))

// RFC 8785, section 3.2.3 (order of keys) and appendix B (numbers).
test('keys are in the order of UTF-16 code units, numbers in their shortest form', () => {
  expect(
    canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, ö: 7 }),
  ).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\u{1f600}":5,"\ufb33":3}')
  expect(canonicalJson([1e21, 5e-324, -0, 9007199254740994, 333333333.3333333])).toBe(
    '[1e+21,5e-324,0,9007199254740994,333333333.3333333]',
  )
})

test('what is no number has no canonical form', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => canonicalJson({ value })).toThrow()
  expect(() => canonicalJson(undefined)).toThrow()
})
