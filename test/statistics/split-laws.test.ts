/** What holds for every split: no overlap, independence of row order, full coverage; and that the purge is what helps. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { correlation } from '../../streams/statistics/ranks.ts'
import { choose, combinatorialSplit, recombined } from '../../streams/training/split/combinatorial.ts'
import { purgedKFold } from '../../streams/training/split/k-fold.ts'
import { blockOf, purge } from '../../streams/training/split/purge.ts'
import { type Fold, momentsOfSamples, rowsOf, type Samples } from '../../streams/training/split/samples.ts'
import { walkForward } from '../../streams/training/split/walk-forward.ts'

/** A panel with several names per day and labels of varying length. */
const panel = fc
  .array(fc.record({ day: fc.nat(60), horizon: fc.nat(6) }), { minLength: 40, maxLength: 150 })
  .map(
    (rows): Samples => ({
      t0: Float64Array.from(rows, ({ day }) => day),
      t1: Float64Array.from(rows, ({ day, horizon }) => day + horizon),
    }),
  )
  .filter(({ t0 }) => new Set(t0).size >= 25)

type Splitter = (samples: Samples, embargoMicros: number) => readonly Fold[]

const SPLITTERS: readonly (readonly [string, Splitter])[] = [
  ['purged k-fold', (samples, embargoMicros) => purgedKFold(samples, { folds: 3, embargoMicros })],
  [
    'combinatorial',
    (samples, embargoMicros) =>
      combinatorialSplit(samples, { groups: 4, testGroups: 2, embargoMicros }).folds,
  ],
  ['walk-forward', (samples) => walkForward(samples, { window: 'expanding', trainSize: 15, testSize: 4 })],
]

/** The folds, or none where nothing was left to train on. */
function attempt(split: Splitter, samples: Samples, embargo: number): readonly Fold[] {
  try {
    return split(samples, embargo)
  } catch {
    fc.pre(false)
    return []
  }
}

test.each(SPLITTERS)(
  '%s: no training label overlaps a test label, and a moment is never parted',
  (_, split) => {
    fc.assert(
      fc.property(panel, fc.nat(3), (samples, embargo) => {
        for (const { train, test: tested } of attempt(split, samples, embargo))
          for (const a of train)
            for (const b of tested) {
              const apart = samples.t1[a] < samples.t0[b] || samples.t0[a] > samples.t1[b]
              if (!apart) return false
            }
        return true
      }),
      { numRuns: 60 },
    )
  },
)

test('the purge leaves out exactly the rows that a block touches, one by one', () => {
  const spans = fc.record({
    embargo: fc.nat(4),
    gap: fc.nat(4),
    form: fc.constantFrom('closed', 'half-open'),
  })
  fc.assert(
    fc.property(panel, spans, fc.nat(2), (samples, { embargo, gap, form }, first) => {
      const moments = momentsOfSamples(samples, 'test')
      const cut = (share: number): number => Math.floor((moments.count * (share + first)) / 10)
      const [one, two] = [
        { from: cut(1), to: cut(2) },
        { from: cut(4), to: cut(6) },
      ]
      const candidates = [
        { from: 0, to: one.from },
        { from: one.to, to: two.from },
        { from: two.to, to: moments.count },
      ]
      const blocks = [blockOf(moments, one), blockOf(moments, two)]
      const options = { blocks, form, embargoMicros: embargo, gapBeforeMicros: gap } as const
      const touches = (row: number, from: number, to: number): boolean =>
        form === 'closed'
          ? samples.t1[row] >= from && samples.t0[row] <= to
          : samples.t1[row] > from && samples.t0[row] < to
      const rows = candidates.flatMap(({ from, to }) => [...rowsOf(moments, from, to)])
      const overlaps = rows.filter((row) => blocks.some(({ from, to }) => touches(row, from, to)))
      const kept = rows.filter(
        (row) => !blocks.some(({ from, to }) => touches(row, from - gap, to + embargo)),
      )
      const { train, purged, embargoed } = purge(moments, candidates, options)
      expect([...train]).toEqual(kept)
      expect([purged, embargoed]).toEqual([overlaps.length, rows.length - kept.length - overlaps.length])
    }),
    { numRuns: 300 },
  )
})

test.each(SPLITTERS)('%s: the order of the rows changes nothing', (_, split) => {
  fc.assert(
    fc.property(panel, fc.nat(1_000_000), (samples, seed) => {
      const uniform = xoshiro128(seed)
      const keys = samples.t0.map(() => uniform())
      const shuffled = Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b])
      const moved = { t0: samples.t0.slice(), t1: samples.t1.slice() }
      for (const [to, from] of shuffled.entries()) {
        moved.t0[to] = samples.t0[from]
        moved.t1[to] = samples.t1[from]
      }
      const here = attempt(split, samples, 1)
      const there = attempt(split, moved, 1)
      expect(there.map(({ train }) => [...train.map((row) => shuffled[row])].sort())).toEqual(
        here.map(({ train }) => [...train].sort()),
      )
    }),
    { numRuns: 40 },
  )
})

test('k-fold tests every row once; combinatorial C(N-1, k-1) times, and each path covers every row', () => {
  fc.assert(
    fc.property(panel, (samples) => {
      const rows = samples.t0.length
      const once = attempt(SPLITTERS[0][1], samples, 0).flatMap(({ test: tested }) => [...tested])
      expect(once.sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i))
      const options = { groups: 4, testGroups: 2 }
      const split = combinatorialSplit(samples, options)
      const times = new Array<number>(rows).fill(0)
      for (const { test: tested } of split.folds) for (const row of tested) times[row]++
      expect(new Set(times)).toEqual(new Set([choose(3, 1)]))
      const tags = split.folds.map(({ test: tested }, fold) => {
        const values = new Float64Array(rows).fill(Number.NaN)
        for (const row of tested) values[row] = fold
        return values
      })
      for (const path of recombined(split, tags)) expect(path.every((tag) => !Number.isNaN(tag))).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('a planted leak pays without the purge and not with it', () => {
  // Labels sum the next ten draws of noise, so neighbours share most of theirs; the model repeats its nearest neighbour.
  const [n, horizon, folds] = [5000, 10, 1000]
  const noise = normals(xoshiro128(17), n + horizon)
  const label = Float64Array.from({ length: n }, (_, i) =>
    noise.subarray(i, i + horizon).reduce((sum, z) => sum + z, 0),
  )
  const t0 = Float64Array.from({ length: n }, (_, i) => i)
  const score = (t1: Float64Array): number => {
    const predicted = new Float64Array(n)
    for (const { train, test: tested } of purgedKFold({ t0, t1 }, { folds }))
      for (const row of tested) {
        const nearest = train.reduce((best, at) => (Math.abs(at - row) < Math.abs(best - row) ? at : best))
        predicted[row] = label[nearest]
      }
    return correlation(predicted, label)
  }
  expect(score(t0)).toBeGreaterThan(0.6)
  // Labels of ten rows: about 500 independent ones, so two standard errors are 0.09.
  expect(Math.abs(score(t0.map((t) => t + horizon)))).toBeLessThan(0.09)
})
