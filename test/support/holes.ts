/** Series as vendors send them: with holes, infinities, constants, ties, greatness, next to nothing, or nothing at all. */
import fc from 'fast-check'

const { POSITIVE_INFINITY, NEGATIVE_INFINITY, MIN_VALUE, MAX_VALUE, NaN: MISSING } = Number

const ordinary = fc.double({ min: -3, max: 3, noNaN: true })
const tied = fc.constantFrom(-1, 0, 1)
const extreme = fc.constantFrom(
  -0,
  0,
  MIN_VALUE,
  -MIN_VALUE,
  1e-310,
  1e12,
  -1e12,
  1e60,
  1e200,
  MAX_VALUE,
  -MAX_VALUE,
)
const hole = fc.constantFrom(MISSING, POSITIVE_INFINITY, NEGATIVE_INFINITY)

const seriesOf = (value: fc.Arbitrary<number>, maxLength: number): fc.Arbitrary<Float64Array> =>
  fc
    .oneof(fc.array(value, { maxLength: 5 }), fc.array(value, { minLength: 6, maxLength }))
    .map((values) => Float64Array.from(values))

const constantOf = (value: fc.Arbitrary<number>, maxLength: number): fc.Arbitrary<Float64Array> =>
  fc.tuple(value, fc.nat({ max: maxLength })).map(([one, length]) => new Float64Array(length).fill(one))

/** Any number that a cell may come to hold. */
export const cell: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: ordinary },
  { weight: 2, arbitrary: tied },
  { weight: 1, arbitrary: extreme },
  { weight: 1, arbitrary: hole },
)

export const anySeries = (maxLength = 60): fc.Arbitrary<Float64Array> =>
  fc.oneof(
    seriesOf(cell, maxLength),
    seriesOf(ordinary, maxLength),
    seriesOf(tied, maxLength),
    seriesOf(fc.oneof(ordinary, extreme), maxLength),
    constantOf(cell, maxLength),
  )

/** Two series of one length. */
export const anyPair = (maxLength = 60): fc.Arbitrary<readonly [Float64Array, Float64Array]> =>
  fc
    .tuple(anySeries(maxLength), anySeries(maxLength))
    .map(([x, y]) => [x.slice(0, Math.min(x.length, y.length)), y.slice(0, Math.min(x.length, y.length))])

export const hasHole = (series: Float64Array): boolean => series.some((value) => !Number.isFinite(value))
