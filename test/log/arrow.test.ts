/** Rows survive Arrow bit by bit, and equal rows have equal bytes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import type { Rows } from '../../schemas/rows.ts'
import { decodeRows, encodeRows } from '../../streams/log/arrow.ts'

const micros = fc.maxSafeInteger()
const number = fc.double()
const rowsOf = fc
  .tuple(
    fc.uniqueArray(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
    fc.nat(70),
    fc.nat(3),
  )
  .chain(([names, length, width]) => {
    const array = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: length, maxLength: length })
    return fc.record({
      length: fc.constant(length),
      entities: fc.constant([...names].sort()),
      entity: array(fc.nat(names.length - 1)).map((of) => Uint32Array.from(of)),
      eventTime: array(micros).map((of) => Float64Array.from(of)),
      knownAt: array(micros).map((of) => Float64Array.from(of)),
      columns: fc.tuple(
        ...Array.from({ length: width }, (_, i) =>
          array(number).map((of) => ({ name: `c${i}`, values: Float64Array.from(of) })),
        ),
      ),
    })
  })

const small: Rows = {
  length: 3,
  entities: ['AIG', 'LEH'],
  entity: Uint32Array.of(1, 0, 1),
  eventTime: Float64Array.of(-1, 0, 1_221_508_800_000_000),
  knownAt: Float64Array.of(5, 6, 2 ** 52),
  columns: [{ name: 'close', values: Float64Array.of(Number.NaN, -0, 3.65) }],
}

describe('rows as Arrow', () => {
  test('come back as they were, whatever they are', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        expect(decodeRows(encodeRows(rows))).toEqual(rows)
      }),
      { numRuns: 60 },
    )
  })

  test('have the same bytes each time, in every process', () => {
    // Golden: made once by this function; pyarrow 26.0.1 opened it, validated it in full and showed the rows above.
    expect(sha256(encodeRows(small))).toBe(sha256(encodeRows(structuredClone(small))))
    expect(sha256(encodeRows(small))).toBe('a46f7d63777956ba488f42b7e0b972b306ad2b927b69938e3f87e31f27713e68')
    const strange = structuredClone(small)
    new Uint32Array(strange.columns[0]?.values.buffer ?? new ArrayBuffer(8)).set([1], 0)
    expect(sha256(encodeRows(strange))).toBe(
      'a46f7d63777956ba488f42b7e0b972b306ad2b927b69938e3f87e31f27713e68',
    )
  })

  test('keep two columns apart that share their memory', () => {
    const values = Float64Array.from({ length: 64 }, (_, i) => i)
    const row = { entity: new Uint32Array(64), eventTime: values, knownAt: values }
    const columns = [
      { name: 'a', values },
      { name: 'b', values },
      { name: 'c', values },
    ]
    const rows: Rows = { length: 64, entities: ['A'], ...row, columns }
    expect(decodeRows(encodeRows(rows))).toEqual(rows)
  })

  test('are read where they lie at an odd address', () => {
    const bytes = encodeRows(small)
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    expect(decodeRows(shifted.subarray(1))).toEqual(small)
  })

  test('are refused where they are something else', () => {
    const malformed = expect.objectContaining({ fault: expect.objectContaining({ code: 'chunk.malformed' }) })
    expect(() => decodeRows(Buffer.from('not Arrow'))).toThrow(malformed)
    expect(() => decodeRows(encodeRows(small).slice(0, 700))).toThrow(malformed)
    expect(() => encodeRows({ ...small, entities: ['LEH', 'AIG'] })).toThrow('code-unit order')
  })

  test('name what they named, however many tables with other names came between', () => {
    const named = (...entities: string[]): Rows => ({ ...small, entities })
    const tables = [named('A', 'B'), named('A', 'BC'), named('AB', 'C'), named('', 'ABC'), named('Ä', 'ß')]
    const all = [...tables, ...Array.from({ length: 20 }, (_, at) => named(`N${at}`, `O${at}`)), ...tables]
    const bytes = all.map(encodeRows)
    for (const [at, rows] of all.entries()) expect(decodeRows(bytes[at]).entities).toEqual(rows.entities)
  })

  test('have no name that their bytes do not have: half a surrogate is written as another character', () => {
    const halves = { ...small, entities: ['A', 'B\ud800'] }
    for (const _ of [1, 2]) expect(decodeRows(encodeRows(halves)).entities).toEqual(['A', 'B\ufffd'])
  })
})
