/** What formulas may say beside columns: definitions, features, groups, lengths of time, other data sets, units. */
import { describe, expect, test } from 'vitest'
import { RowsArrived } from '../../schemas/events/data.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { compileSet, defineSet, type FeatureSetDraft } from '../../streams/features/definition.ts'
import { featureProcessor } from '../../streams/features/processor.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'

const COLUMNS = [
  { name: 'close', unit: 'USD' },
  { name: 'open', unit: 'USD' },
  { name: 'volume', unit: 'shares' },
  { name: 'size', unit: 'USD' },
  { name: 'sector', unit: '', isGroup: true },
]
const OTHERS = new Map([
  ['reports', [{ name: 'eps', unit: 'USD' }, 'region']],
  ['vix-daily', ['close']],
])

const HEAD = `
set: s
version: 1
entity: instrument
dataset: prices
staleness: 7d
lag: 0s
join:
  fundamentals: { dataset: reports, staleness: 120d }
  vix: { dataset: vix-daily, entity: VIX, staleness: none }
`
const draftOf = (features: string, define = ''): Promise<FeatureSetDraft> =>
  readFeatureSet('s.yaml', `${HEAD}define: {${define}}\nfeatures:\n${features.replace(/^/gm, '  ')}`)
const defined = async (features: string, define = '') =>
  defineSet(await draftOf(features, define), COLUMNS, OTHERS)
const formulaOf = async (formula: string, define = '') =>
  (await defined(`x: ${JSON.stringify(formula)}`, define)).features[0]

async function refusedBy(formula: string, define = ''): Promise<string> {
  try {
    await formulaOf(formula, define)
  } catch (error) {
    if (error instanceof Refusal) return `${error.fault.code}: ${error.message}`
    throw error
  }
  return 'not refused'
}

describe('the canonical text', () => {
  test.each([
    ['ts_mean(close, n)', 'n: 20', 'ts_mean(close, 20)'],
    ['ts_mean(close, 2 * n)', 'n: 20', 'ts_mean(close, 40)'],
    ['ts_mean(close, 90m)', '', 'ts_mean(close, 90m)'],
    ['ts_mean(close, 5400s)', '', 'ts_mean(close, 90m)'],
    ['r + 1', 'r: "close / delay(close, 1)"', 'close / delay(close, 1) + 1'],
    ['(r + s) * 2', 'r: open - 1, s: r - close', '(open - 1 + (open - 1 - close)) * 2'],
    ['rank(close) by sector', '', 'rank(close) by sector'],
    ['rank(close)by(sector)', '', 'rank(close) by sector'],
    ['rank(close, sector)', '', 'rank(close) by sector'],
    ['neutralize(close, sector, size)', '', 'neutralize(close, size) by sector'],
    ['neutralize(close, size, open)', '', 'neutralize(close, size, open)'],
    ['rank(close) by bucket(size, 5)', '', 'rank(close) by bucket(size, 5)'],
    ['rank(close) by (size > 3)', '', 'rank(close) by (size > 3)'],
    ['rank(close) by (bucket(size, 2) by sector)', '', 'rank(close) by (bucket(size, 2) by sector)'],
    ['scale(close, 1)', '', 'scale(close)'],
    ['scale(close, 2)', '', 'scale(close, 2)'],
    ['prices.close', '', 'close'],
    ['close / fundamentals.eps', '', 'close / fundamentals.eps'],
    ['fundamentals[eps]', '', 'fundamentals.eps'],
    ['fundamentals[eps/delay(eps, 4)]', '', 'fundamentals[eps / delay(eps, 4)]'],
    ['rank(close) by fundamentals.region', '', 'rank(close) by fundamentals.region'],
    ['close / plain(volume)', '', 'close / plain(volume)'],
  ])('%s with {%s}', async (formula, define, text) => {
    const set = await defined(`x: ${JSON.stringify(formula)}`, define)
    expect(set.features[0].formula).toBe(text)
    // What is recorded is read again without definitions, and has the same hash.
    expect(compileSet(set).hash).toBe(set.hash)
  })

  test('of a feature that uses another one has it written out, in any order', async () => {
    const { features } = await defined('a: b * 2\nb: close - open')
    expect(features.map(({ formula }) => formula)).toEqual(['(close - open) * 2', 'close - open'])
  })
})

test('a sub-expression is computed once, however it was written', async () => {
  const { program } = compileSet(
    await defined('a: ts_mean(close / open, 20)\nb: (ts_mean(q, 4 * 5) + 1) / a', 'q: close / open'),
  )
  // The quotient, its mean, the number, the sum, and the last quotient.
  expect(program.nodes).toHaveLength(5)
})

describe('is refused', () => {
  test.each([
    [
      'close + volume',
      '',
      /formula.unit: Column 9 .*shares does not go with USD|USD does not go with shares/,
    ],
    ['close > volume', '', /formula.unit/],
    ['ts_sum(close, 5) - close * volume', '', /USD\*shares|shares\*USD/],
    ['exp(close)', '', /formula.unit: .*plain number, and was given USD/],
    ['sector + 1', '', /formula.group: .*sector holds names of groups.*rank\(x\) by sector/s],
    ['ts_mean(sector, 5)', '', /formula.group/],
    ['demean(close by sector)', '', /formula.syntax/],
    ['ts_mean(close, 5) by sector', '', /ts_mean works on the rows of one entity, and has no groups/],
    ['close + 30m', '', /a length of time stands where an operator takes a window/],
    [
      'ts_mean(close, 0m)',
      '',
      /formula.window: .*a whole number of rows from 1 or a length of time such as 30m/,
    ],
    [
      'ts_quantile(close, 5, 2)',
      '',
      /formula.argument: Column 23 .*q of ts_quantile is a number from 0 to 1/,
    ],
    ['ts_quantile(close, 5)', '', /formula.arity: .*write ts_quantile\(x, window, q\)/],
    ['bucket(close, 2.5)', '', /buckets of bucket is a whole number from 1/],
    ['fundamentals.epss', '', /no column "epss". Did you mean eps\?/],
    ['fundamental.eps', '', /no column "fundamental.eps"/],
    ['vixx[close]', '', /no joined data set "vixx". Did you mean vix\?/],
    ['fundamentals[rank(eps)]', '', /Column 14 .*compare entities outside of it/],
    ['fundamentals[vix.close]', '', /no column "vix.close"/],
    ['r', 'r: s, s: r', /feature.circular: r is defined by itself: r -> s -> r/],
    ['close', 'close: open', /feature.name-taken: close is a column of prices too/],
    ['close', 'x: open', /feature.name-taken: x is a definition too/],
    [
      'd',
      `a: ${Array(60).fill('close').join('+')}, b: ${Array(60).fill('a').join('+')}, d: b + b`,
      /feature.too-long/,
    ],
  ])('%s with {%s}', async (formula, define, message) => {
    expect(await refusedBy(formula, define)).toMatch(message)
  })

  test('with a caret under the character', async () => {
    expect(await refusedBy('rank(close) - ts_mean(volume, 20)')).toContain(
      '\n  rank(close) - ts_mean(volume, 20)\n                ^',
    )
    expect(await refusedBy('close +\n  opn * 2')).toContain('\n    opn * 2\n    ^')
  })

  test('where its unit is another than it says', async () => {
    await expect(defined('x: { formula: close - open, unit: shares }')).rejects.toThrow(
      /x says that its unit is shares, and its formula gives USD/,
    )
    await expect(defined('x: { formula: close / open, unit: USD }')).rejects.toThrow(/gives a plain number/)
  })

  test('where a joined data set is not declared', async () => {
    const draft = await draftOf('x: close')
    expect(() => defineSet(draft, COLUMNS, new Map())).toThrow(/reports/)
  })
})

test.each([
  ['close - open', 'USD'],
  ['close * volume', 'USD*shares'],
  ['(close * open) ^ 0.5', 'USD'],
  ['close / open', ''],
  ['close / fundamentals.eps', ''],
  ['ts_var(close, 5)', 'USD^2'],
  ['rank(close) * 100', ''],
  ['2 * close - 1', 'USD'],
  ['close > 5 ? open : 0', 'USD'],
])('the unit of %s is "%s" where the file does not say', async (formula, unit) => {
  expect((await formulaOf(formula)).unit).toBe(unit)
})

describe('other data sets', async () => {
  const set = defineSet(
    await draftOf('yield: fundamentals.eps / close\nfear: vix.close * 1'),
    COLUMNS,
    OTHERS,
  )
  const row = (
    entity: string,
    day: number,
    known: number,
    columns: Readonly<Record<string, number>>,
  ): Rows => ({
    length: 1,
    entities: [entity],
    entity: Uint32Array.of(0),
    eventTime: Float64Array.of(day * MICROS_PER_DAY),
    knownAt: Float64Array.of(known * MICROS_PER_DAY),
    columns: Object.entries(columns).map(([name, value]) => ({ name, values: Float64Array.of(value) })),
  })
  const ARRIVALS: readonly (readonly [dataset: string, rows: Rows])[] = [
    ['reports', row('A', 90, 130, { eps: 2, region: 1 })],
    ['prices', row('A', 100, 100, { close: 10, open: 1, volume: 1, size: 1, sector: 1 })],
    ['vix-daily', row('VIX', 100, 100, { close: 30 })],
    ['prices', row('A', 131, 131, { close: 20, open: 1, volume: 1, size: 1, sector: 1 })],
    ['reports', row('A', 90, 140, { eps: 4, region: 1 })],
    ['prices', row('A', 250, 250, { close: 20, open: 1, volume: 1, size: 1, sector: 1 })],
  ]

  /** What the processor answers to each arrival: day known, day, and the two values. */
  async function answersOf(isRestored: boolean) {
    const chunks = openChunkMemory()
    let features = featureProcessor(chunks)
    const times = { eventTime: 0, knownAt: 0 }
    await reactionsOf(features, recorded(SetDefined.draft(set, times), 1))
    const told: unknown[][] = []
    for (const [place, [dataset, rows]] of ARRIVALS.entries()) {
      const counts = { rows: 1, rowsQuarantined: 0, knownFrom: 0, knownTo: 0 }
      const admitted = { rowsRevised: 0, rowsLate: 0, rowsRepeated: 0, rowsEmpty: 0, sessions: [] }
      const data = { dataset, source: '', sourceHash: '', ...counts, ...admitted }
      const event = recorded(RowsArrived.draft(data, times, [await putRows(chunks, rows)]), 2 + place)
      const answer: unknown[] = []
      for (const { events } of await reactionsOf(features, event))
        for (const { chunks: refs = [] } of events)
          for (const ref of refs) {
            const table = await getRows(chunks, ref)
            for (let i = 0; i < table.length; i++)
              answer.push([
                table.knownAt[i] / MICROS_PER_DAY,
                table.eventTime[i] / MICROS_PER_DAY,
                columnOf(table, 'yield')?.[i],
                columnOf(table, 'fear')?.[i],
              ])
          }
      told.push(answer)
      if (isRestored) {
        const saved = features.save?.() ?? {}
        features = featureProcessor(chunks)
        features.restore?.(saved)
      }
    }
    return told
  }

  test.each([false, true])(
    'arrive, are corrected and grow old; restored in between: %s',
    async (isRestored) => {
      expect(await answersOf(isRestored)).toEqual([
        [],
        // Known on day 100 without the report, and again when the report that arrived before becomes known.
        [
          [100, 100, Number.NaN, Number.NaN],
          [130, 100, 0.2, Number.NaN],
        ],
        [
          [100, 100, Number.NaN, 30],
          [130, 100, 0.2, 30],
        ],
        [[131, 131, 0.1, 30]],
        // A correction is told of each row that reads it, once.
        [
          [140, 100, 0.4, 30],
          [140, 131, 0.2, 30],
        ],
        // 160 days are more than 120; the other has no limit.
        [[250, 250, Number.NaN, 30]],
      ])
    },
  )
})
