/** Splits against hand-worked folds, peers' tests, and the leaks that peers have. */

import { describe, expect, test } from 'vitest'
import { choose, combinatorialSplit, pathsOf } from '../../streams/training/split/combinatorial.ts'
import { evenCuts, purgedKFold } from '../../streams/training/split/k-fold.ts'
import { purge } from '../../streams/training/split/purge.ts'
import { momentsOfSamples, type Samples } from '../../streams/training/split/samples.ts'
import { walkForward, walkForwardAt } from '../../streams/training/split/walk-forward.ts'
import { refusalOf } from '../support/refusals.ts'

/** Row i: features known at i, label determined at i + horizon. */
const daily = (n: number, horizon: number | ((i: number) => number)): Samples => ({
  t0: Float64Array.from({ length: n }, (_, i) => i),
  t1: Float64Array.from({ length: n }, (_, i) => i + (typeof horizon === 'number' ? horizon : horizon(i))),
})

const span = (...pairs: readonly (readonly [number, number])[]): readonly number[] =>
  pairs.flatMap(([from, last]) => Array.from({ length: last - from + 1 }, (_, i) => from + i))

const trains = (folds: readonly { train: Uint32Array }[]) => folds.map(({ train }) => [...train])

describe('purged k-fold', () => {
  // n = 20, labels of 2 rows, 3 folds. mlfinlab (issues 295, 494) and mlfinpy start the block at the END of the first
  // test label and so keep rows 5,6 and 12,13, whose labels lie inside the test.
  test('closed form', () => {
    expect(trains(purgedKFold(daily(20, 2), { folds: 3 }))).toEqual([
      span([9, 19]),
      span([0, 4], [16, 19]),
      span([0, 11]),
    ])
  })

  test('half-open form, with and without an embargo of two rows', () => {
    const options = { folds: 3, form: 'half-open' } as const
    expect(trains(purgedKFold(daily(20, 2), options))).toEqual([
      span([8, 19]),
      span([0, 5], [15, 19]),
      span([0, 12]),
    ])
    expect(trains(purgedKFold(daily(20, 2), { ...options, embargoMicros: 2 }))).toEqual([
      span([10, 19]),
      span([0, 5], [17, 19]),
      span([0, 12]),
    ])
  })

  test('mlfinlab issue 295: the second of two folds may train on rows 0 to 2, not 0 to 4', () => {
    expect(trains(purgedKFold(daily(10, 2), { folds: 2 }))[1]).toEqual([0, 1, 2])
  })

  test('a long label inside the block counts, not the last row (mlfinpy: "Train and test intersect")', () => {
    const [first] = purgedKFold(
      daily(10, (i) => (i === 2 ? 5 : 1)),
      { folds: 2 },
    )
    // The block is rows 0-4 with T1 = 7, from row 2; the last row alone would give 5.
    expect([...first.train]).toEqual([8, 9])
    expect(first).toMatchObject({ fold: 1, purged: 3, embargoed: 0 })
    const last = purgedKFold(
      daily(10, (i) => (i === 2 ? 4 : 1)),
      { folds: 2 },
    )[1]
    expect([...last.train]).toEqual([0, 1, 3])
  })

  test('one long label at the start of the second block (mlfinpy again: row 5 of 10 looks four ahead, the rest one)', () => {
    const samples = daily(10, (i) => (i === 5 ? 4 : 1))
    expect(trains(purgedKFold(samples, { folds: 2 }))).toEqual([span([6, 9]), span([0, 3])])
    // An embargo of half the rows is an IndexError there; here the fold that it leaves nothing to is named.
    const half = { folds: 3, embargoMicros: 5 }
    expect(refusalOf(() => purgedKFold(samples, half))).toBe('split.empty-training')
    expect(trains(purgedKFold(samples, { ...half, embargoMicros: 3 }))[0]).toEqual([8, 9])
  })

  test('a panel is split by moments: three names a day keep the folds of one', () => {
    const one = daily(20, 2)
    const thrice = (times: Float64Array) => Float64Array.from({ length: 60 }, (_, row) => times[row % 20])
    const panel = { t0: thrice(one.t0), t1: thrice(one.t1) }
    for (const options of [{ folds: 3 }, { folds: 3, form: 'half-open', embargoMicros: 2 } as const]) {
      const days = purgedKFold(panel, options).map(({ train }) => [...train.map((row) => row % 20)])
      const expected = trains(purgedKFold(one, options)).map((rows) => rows.flatMap((row) => [row, row, row]))
      expect(days).toEqual(expected)
    }
  })

  test('the embargo stacks beyond the purge, in time: a percentage of rows rounds to none', () => {
    const [first] = purgedKFold(daily(20, 2), { folds: 4, embargoMicros: 1 })
    expect(first.train[0]).toBe(8)
    expect(first).toMatchObject({ purged: 2, embargoed: 1 })
  })

  test('a gap before the block', () => {
    const last = purgedKFold(daily(20, 2), { folds: 4, gapBeforeMicros: 3 })[3]
    expect([...last.train]).toEqual(span([0, 9]))
  })

  test('sizes are those of numpy.array_split; skfolio gives all of the remainder to the last', () => {
    expect(evenCuts(12, 5, '').map(({ from, to }) => to - from)).toEqual([3, 3, 2, 2, 2])
  })

  test('labels that overlap everything leave nothing to train on, and that is said', () => {
    expect(refusalOf(() => purgedKFold(daily(10, 100), { folds: 2 }))).toBe('split.empty-training')
    expect(() => purgedKFold(daily(10, 100), { folds: 2 })).toThrow(/Fold 1 .* 5 were purged .* fewer folds/)
  })

  test('a sample without the end of its label is refused: it would silently not be purged (openquant 27)', () => {
    const t1 = Float64Array.of(1, 2, Number.NaN, 4)
    expect(refusalOf(() => purgedKFold({ t0: Float64Array.of(0, 1, 2, 3), t1 }, { folds: 2 }))).toBe(
      'split.no-label-end',
    )
    expect(
      refusalOf(() => purgedKFold({ t0: Float64Array.of(5), t1: Float64Array.of(4) }, { folds: 2 })),
    ).toBe('split.label-order')
    expect(refusalOf(() => purgedKFold(daily(3, 1), { folds: 4 }))).toBe('split.invalid')
  })
})

// mlfinpy test_get_train_times 1 to 3, labels of 2 rows
test.each([
  [1, 2, span([3, 9])],
  [8, 11, span([0, 5])],
  [6, 8, [0, 1, 2, 3, 9]],
])('rows that may train against a test from %d to %d', (from, to, expected) => {
  const moments = momentsOfSamples(daily(10, 2), 'test')
  const { train } = purge(moments, [{ from: 0, to: 10 }], { blocks: [{ from, to }] })
  expect([...train]).toEqual(expected)
})

describe('combinatorial', () => {
  test.each([
    [3, 2, 3, 2],
    [5, 2, 10, 4],
    [6, 2, 15, 5],
    [8, 2, 28, 7],
    [10, 2, 45, 9],
    [10, 8, 45, 36],
    [12, 3, 220, 55],
    [16, 8, 12_870, 6435],
  ])('%d groups, %d tested: %d folds, %d paths', (groups, testGroups, folds, paths) => {
    expect(choose(groups, testGroups)).toBe(folds)
    expect(pathsOf(groups, testGroups)).toHaveLength(paths)
  })

  test('paths of (6, 2), as in chapter 12 and in skfolio', () => {
    const byGroup = Array.from({ length: 6 }, (_, group) => pathsOf(6, 2).map((path) => path[group]))
    expect(byGroup).toEqual([
      [0, 1, 2, 3, 4],
      [0, 5, 6, 7, 8],
      [1, 5, 9, 10, 11],
      [2, 6, 9, 12, 13],
      [3, 7, 10, 12, 14],
      [4, 8, 11, 13, 14],
    ])
  })

  // skfolio tests/test_model_selection/test_combinatorial.py, 12 rows in (3, 2)
  test.each([
    ['plain', 0, 0, [span([8, 11]), span([4, 7]), span([0, 3])]],
    ['purged by 1', 1, 0, [span([9, 11]), [5, 6], [0, 1, 2]]],
    ['embargo of 1', 0, 1, [span([9, 11]), [5, 6, 7], span([0, 3])]],
  ])('%s', (_, horizon, embargoMicros, expected) => {
    const { folds } = combinatorialSplit(daily(12, horizon), { groups: 3, testGroups: 2, embargoMicros })
    expect(trains(folds)).toEqual(expected)
  })

  test('30 rows in (5, 2), purged by 1, embargo of 2: rows between two test blocks are kept', () => {
    // HKUDS/Vibe-Trading PR 1204 took everything between the blocks for test. mlfinpy's version zeroes its own embargo.
    const { folds } = combinatorialSplit(daily(30, 1), { groups: 5, testGroups: 2, embargoMicros: 2 })
    expect([...folds[1].train]).toEqual([9, 10, ...span([21, 29])])
    expect([...folds[5].train]).toEqual([0, 1, 2, 3, 4, 15, 16, 27, 28, 29])
  })

  test('with labels of no width and no embargo every row between two test blocks trains (Vibe-Trading PR 1220)', () => {
    for (const { train, test: tested } of combinatorialSplit(daily(12, 0), { groups: 6, testGroups: 2 })
      .folds)
      expect([...train, ...tested].sort((a, b) => a - b)).toEqual(span([0, 11]))
  })

  test('too many folds, or too few groups, are refused', () => {
    expect(refusalOf(() => combinatorialSplit(daily(99, 1), { groups: 30, testGroups: 15 }))).toBe(
      'split.invalid',
    )
    expect(refusalOf(() => combinatorialSplit(daily(99, 1), { groups: 3, testGroups: 3 }))).toBe(
      'split.invalid',
    )
  })
})

describe('walk-forward', () => {
  test('expanding and rolling; labels end before the test starts', () => {
    const sizes = { trainSize: 4, testSize: 3 } as const
    const expanding = walkForward(daily(10, 1), { window: 'expanding', ...sizes })
    expect(trains(expanding)).toEqual([span([0, 2]), span([0, 5])])
    expect(expanding.map(({ test }) => [...test])).toEqual([span([4, 6]), span([7, 9])])
    const rolling = walkForward(daily(10, 1), { window: 'rolling', ...sizes })
    expect(trains(rolling)).toEqual([span([0, 2]), span([3, 5])])
  })

  test('a gap before the test: an order that fills a row later needs labels that end a row sooner', () => {
    const options = { window: 'expanding', trainSize: 4, testSize: 3, gapBeforeMicros: 1 } as const
    expect(trains(walkForward(daily(10, 1), options))).toEqual([span([0, 1]), span([0, 4])])
  })

  test('by calendar month the gap is before the test and the test is whole', () => {
    // skfolio WalkForward with a DateOffset (fixed by its PR 269) trained on 0-30, tested 31-57: no gap, and a cut tail.
    const [fold] = walkForwardAt(daily(120, 1), [31, 59, 90])
    expect([...fold.train]).toEqual(span([0, 29]))
    expect([...fold.test]).toEqual(span([31, 58]))
  })

  test('a calendar window of fixed length, and a month without samples', () => {
    const folds = walkForwardAt(daily(100, 1), [60, 80, 200, 300], { trainMicros: 10 })
    expect(trains(folds)).toEqual([span([50, 58]), span([70, 78])])
  })

  test('nothing left to test, and nothing left to train on', () => {
    const options = { window: 'expanding', trainSize: 10, testSize: 2 } as const
    expect(refusalOf(() => walkForward(daily(10, 1), options))).toBe('split.invalid')
    expect(refusalOf(() => walkForward(daily(20, 15), options))).toBe('split.empty-training')
  })
})
