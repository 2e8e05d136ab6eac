import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FaultCode, Refusal } from '../../schemas/kernel/fault.ts'
import { compileSet, defineSet } from '../../streams/features/definition.ts'
import { editDistance } from '../../streams/features/formula/near.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { printExpression } from '../../streams/features/formula/print.ts'
import { formula } from './arbitrary.ts'

const COLUMNS = ['a', 'b', 'c', 'close', 'volume', 'Adj Close']
const canonical = (text: string) => printExpression(parseFormula(text, COLUMNS))

function refused(text: string): { code: FaultCode; message: string } {
  try {
    canonical(text)
  } catch (error) {
    if (error instanceof Refusal) return error.fault
    throw error
  }
  throw new Error(`${text} was not refused`)
}

describe('the canonical text of a formula', () => {
  test.each([
    ['a+b*c', 'a + b * c'],
    ['(a+b)*c', '(a + b) * c'],
    ['((a)) - (b - c)', 'a - (b - c)'],
    ['(a - b) - c', 'a - b - c'],
    ['a / (b * c)', 'a / (b * c)'],
    ['-a ^ 2', '-a ^ 2'],
    ['-(a ^ 2)', '-a ^ 2'],
    ['(-a) ^ 2', '(-a) ^ 2'],
    ['a ^ b ^ c', 'a ^ b ^ c'],
    ['(a ^ b) ^ c', '(a ^ b) ^ c'],
    ['2 ^ -a', '2 ^ (-a)'],
    ['- - a', '--a'],
    ['a - -b', 'a - -b'],
    ['a < b == c', null],
    ['(a < b) == c', '(a < b) == c'],
    ['a < b && b < c || c > 1', 'a < b && b < c || c > 1'],
    ['a && (b || c)', 'a && (b || c)'],
    ['a ? b : c ? a : b', 'a ? b : c ? a : b'],
    ['(a ? b : c) ? a : b', '(a ? b : c) ? a : b'],
    ['(a ? b : c) + 1', '(a ? b : c) + 1'],
    ['1.50e2 + .5 + 2.', '150 + 0.5 + 2'],
    ['`Adj Close` / `close`', '`Adj Close` / close'],
    ['ts_mean( close ,(20) )', 'ts_mean(close, 20)'],
    ['correlation(rank(close),rank(volume),10)', 'correlation(rank(close), rank(volume), 10)'],
  ])('%s is %s', (text, expected) => {
    if (expected === null) expect(refused(text).code).toBe('formula.syntax')
    else expect(canonical(text)).toBe(expected)
  })

  test('is read again as the same tree', () => {
    fc.assert(
      fc.property(formula, (text) => {
        const tree = parseFormula(text, COLUMNS)
        expect(parseFormula(printExpression(tree), COLUMNS)).toEqual(tree)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a formula that cannot be read', () => {
  test.each<[string, FaultCode, RegExp]>([
    ['close +', 'formula.syntax', /Column 8 .*the end is not expected here; write a number, a column/],
    ['close close', 'formula.syntax', /Column 7 .*"close" is not expected here; write an operator/],
    ['(close', 'formula.syntax', /Column 7 .*write "\)"/],
    ['close ? 1', 'formula.syntax', /Column 10 .*write ":"/],
    ['close # 1', 'formula.syntax', /Column 7 .*"#" has no meaning/],
    ['rank(close,)', 'formula.syntax', /Column 12/],
    ['', 'formula.syntax', /Column 1 /],
    ['1e999', 'formula.syntax', /too large/],
    [`${'('.repeat(500)}a`, 'formula.syntax', /levels are nested/],
    [
      'closse',
      'formula.unknown-name',
      /no column "closse". Did you mean close\? Available: Adj Close, a, b, c, close/,
    ],
    ['ts_meen(close, 5)', 'formula.unknown-name', /no function "ts_meen". Did you mean ts_mean/],
    ['Rank(close)', 'formula.unknown-name', /no function "Rank". Did you mean rank\?/],
    ['rank', 'formula.unknown-name', /to call the function/],
    ['zzzzzz(close)', 'formula.unknown-name', /"zzzzzz". Available: abs, /],
    ['ts_mean(close)', 'formula.arity', /write ts_mean\(x, window\); ts_mean was given 1 argument/],
    ['correlation(close, 5)', 'formula.arity', /correlation\(x, y, window\)/],
    ['ts_mean(close, 0)', 'formula.window', /Column 16 .*It was "0"/],
    ['ts_mean(close, 2.5)', 'formula.window', /"2.5"/],
    ['ts_mean(close, -5)', 'formula.window', /"-5"/],
    ['delay(close, volume)', 'formula.window', /"volume"/],
  ])('%s: %s', (text, code, message) => {
    const fault = refused(text)
    expect(fault.code).toBe(code)
    expect(fault.message).toMatch(message)
  })

  test('is never anything but refused, whatever the text', () => {
    const piece = fc.constantFrom(
      'a',
      '1',
      '+',
      '-',
      '(',
      ')',
      ',',
      '?',
      ':',
      'rank(',
      'delay(',
      '^',
      '<',
      ' ',
      '`',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          canonical(pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

test.each([
  ['a sum', (terms: number) => Array(terms).fill('a').join(' + ')],
  [
    'a sum in brackets',
    (terms: number) =>
      `(${Array(terms / 2)
        .fill('a')
        .join(' + ')}) * ${Array(terms / 2)
        .fill('a')
        .join(' - ')}`,
  ],
])('%s is computed up to its greatest length, and refused beyond it however long', (_, made) => {
  const defined = (formula: string) =>
    compileSet(
      defineSet({
        ...{ set: 's', version: 1, entity: 'instrument', dataset: 'd', lagMicros: 0, maxGapSessions: 9 },
        ...{ stalenessMicros: 1, features: [{ name: 'x', formula, unit: '' }] },
      }),
    )
  expect(defined(made(1_000)).program).toBeDefined()
  for (const terms of [1_002, 16_000, 200_000]) {
    const fault = refused(made(terms))
    expect(fault.code).toBe('formula.syntax')
    expect(fault.message).toMatch(/more than 1000 operators are chained/)
    expect(fault.message.length).toBeLessThan(300)
  }
})

test('the distance of two words is the number of edits between them', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3)
  expect(editDistance('', 'abc')).toBe(3)
  expect(editDistance('rank', 'rank')).toBe(0)
})

describe('the rows that a formula looks back', () => {
  test.each([
    ['a + 1', 0],
    ['ts_mean(a, 20)', 19],
    ['delay(a, 20)', 20],
    ['ts_std(delta(a, 1), 20)', 20],
    ['rank(ts_mean(delay(a, 5), 10)) + ts_sum(b, 3)', 14],
  ])('%s: %d', (text, rows) => {
    const features = [{ name: 'f', formula: text, unit: '' }]
    const spec = {
      set: 's',
      version: 1,
      entity: 'e',
      dataset: 'd',
      features,
      stalenessMicros: 1,
      lagMicros: 0,
      maxGapSessions: 0,
    }
    expect(compileSet(defineSet(spec, COLUMNS)).lookbackRows).toBe(rows)
  })
})
