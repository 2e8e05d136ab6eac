/** Clusters of like trials: what was planted is found, in whatever order it is given, and it deflates with its own spread. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergesOf } from '../../commands/gate/agglomerate.ts'
import { bestCutOf } from '../../commands/gate/cuts.ts'
import { deflatedSharpe } from '../../commands/gate/deflated-sharpe.ts'
import { familyOf } from '../../commands/gate/family.ts'
import { trackRecord } from '../../commands/gate/psr.ts'
import { deflation } from '../../commands/gate/sections/deflation.ts'
import { trialClusters } from '../../commands/gate/trial-clusters.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { sdOf } from '../../streams/statistics/moments.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'
import { daysAt } from '../support/sessions.ts'
import { mergesByDefinition, silhouettes } from '../support/silhouettes.ts'
import { rules } from '../support/spx.ts'

const matrix = (...rows: readonly (readonly number[])[]) => rows.map((row) => Float64Array.from(row))

/** Trials of one idea each: a common series, and a little of their own. */
function planted(sizes: readonly number[], own: number, days = 500): readonly Float64Array[] {
  return sizes.flatMap((size, idea) => {
    const common = normals(xoshiro128(1000 + idea), days)
    return Array.from({ length: size }, (_, k) => {
      const noise = normals(xoshiro128(100 * idea + k + 1), days)
      return common.map((value, t) => 0.01 * (0.02 * idea + value + own * noise[t]))
    })
  })
}

// By hand: 0 and 1 at 1, then 2 and 3 at 2, then the mean of 4, 5, 6 and 7.
test('average linkage and silhouettes of four points', () => {
  const distances = matrix([0, 1, 4, 5], [1, 0, 6, 7], [4, 6, 0, 2], [5, 7, 2, 0])
  expect(mergesOf(distances)).toEqual([
    { into: 0, from: 1, height: 1 },
    { into: 2, from: 3, height: 2 },
    { into: 0, from: 2, height: 5.5 },
  ])
  const found = silhouettes(distances, Uint32Array.of(0, 0, 1, 1))
  for (const [i, value] of [3.5 / 4.5, 5.5 / 6.5, 3 / 5, 4 / 6].entries()) near(found[i], value, 1e-15)
  expect([...silhouettes(distances, Uint32Array.of(0, 1, 1, 1))][0]).toBe(0)
})

test('merges and the best cut are those of the definitions, on points of which some are at one place', () => {
  // Each place is moved a little: of two pairs that are equally far apart, either may be merged first.
  const moved = (x: number, y: number) => x + (Math.sqrt(2 + 41 * x + y) % 1) / 100
  const point = fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }))
    .map(([x, y]) => [moved(x, y), moved(y, x + 41)] as const)
  fc.assert(
    fc.property(fc.array(point, { minLength: 2, maxLength: 24 }), (points) => {
      const distances = points.map(([x, y]) =>
        Float64Array.from(points, ([u, v]) => Math.hypot(x - u, y - v)),
      )
      const merges = mergesOf(distances)
      const defined = mergesByDefinition(distances)
      for (const [k, { height }] of merges.entries()) near(height, defined[k].height, 1e-9)
      const head = points.map((_, object) => object)
      let best = Number.NEGATIVE_INFINITY
      const found = bestCutOf(distances, merges)
      for (const [made, { into, from, height }] of merges.entries()) {
        if (height > 0) {
          const quality = qualityAt(distances, head)
          if (found?.merges === made) near(found.quality, quality, 1e-9)
          best = Math.max(best, quality)
        }
        for (const [object, cluster] of head.entries()) if (cluster === from) head[object] = into
      }
      if (found === null) expect(best).toBe(Number.NEGATIVE_INFINITY)
      else near(found.quality, best, 1e-9)
    }),
    { numRuns: 300 },
  )
})

function qualityAt(distances: readonly Float64Array[], head: readonly number[]): number {
  const names = [...new Set(head)]
  const values = silhouettes(
    distances,
    Uint32Array.from(head, (cluster) => names.indexOf(cluster)),
  )
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return mean === 0 ? 0 : mean / Math.sqrt(variance)
}

describe('clusters', () => {
  const trials = planted([4, 6, 3], 0.5)

  test('three planted ideas are found, and each is worth its inverse-variance portfolio', () => {
    const { clusterOf, sharpes } = known(trialClusters(trials))
    const names = [clusterOf[0], clusterOf[4], clusterOf[10]]
    expect(new Set(names)).toEqual(new Set([1, 2, 3]))
    expect([...clusterOf]).toEqual([4, 6, 3].flatMap((size, idea) => Array(size).fill(names[idea])))
    const last = trials.slice(10)
    const weights = last.map((column) => sdOf(column) ** -2)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const book = last[0].map((_, t) => last.reduce((sum, r, k) => sum + (weights[k] / total) * r[t], 0))
    nearRelative(sharpes[names[2] - 1], sharpeOf(book), 1e-12)
  })

  test('the order in which trials are given changes nothing, to the last bit', () => {
    // Copies and half-copies are ties.
    const tied = [...trials, trials[2], trials[5].map((value) => 2 * value)]
    const found = known(trialClusters(tied))
    const order = fc.shuffledSubarray([...tied.keys()], { minLength: tied.length })
    fc.assert(
      fc.property(order, (places) => {
        const shuffled = known(trialClusters(places.map((place) => tied[place])))
        expect(shuffled.sharpes).toEqual(found.sharpes)
        expect(shuffled.quality).toBe(found.quality)
        expect([...shuffled.clusterOf]).toEqual(places.map((place) => found.clusterOf[place]))
      }),
      { numRuns: 30 },
    )
  })

  test('identical trials and multiples of one are a single cluster; a constant one is in none', () => {
    const [one] = trials
    const same = known(trialClusters([one, one, one.map((value) => 3 * value), new Float64Array(500)]))
    expect([...same.clusterOf]).toEqual([1, 1, 1, 0])
    expect(same.sharpes).toHaveLength(1)
    const alone = known(trialClusters([one]))
    nearRelative(alone.sharpes[0], sharpeOf(one), 1e-12)
    const pairs = known(trialClusters([one, trials[5], one, trials[5]]))
    expect(pairs.clusterOf[0]).toBe(pairs.clusterOf[2])
    expect(pairs.sharpes).toHaveLength(2)
    expect(known(trialClusters([one, trials[1]])).sharpes).toHaveLength(2)
    expect(trialClusters([]).kind).toBe('insufficient')
    expect(trialClusters([new Float64Array(500)]).kind).toBe('insufficient')
    expect(trialClusters([one, one.subarray(1)]).kind).toBe('insufficient')
  })
})

describe('the clustered deflation', () => {
  const record = { sharpe: 0.12, n: 1000, skew: 0, kurtosis: 3 }
  const rest = { trials: 40, trialSharpes: Float64Array.of(0.01, 0.02, 0.03), effectiveTrials: 12 }

  test('the number of clusters meets the variance across clusters, and counts like the others', () => {
    const clusterSharpes = Float64Array.of(-0.1, 0, 0.13)
    const found = known(deflatedSharpe(record, { ...rest, clusterSharpes }))
    expect(found.deflations.find(({ basis }) => basis === 'clustered')).toMatchObject({
      trials: 3,
      variance: sdOf(clusterSharpes) ** 2,
      judged: true,
    })
    expect(found.judged.basis).toBe('clustered')
    const close = known(deflatedSharpe(record, { ...rest, clusterSharpes: Float64Array.of(0.01, 0.02) }))
    expect(close.judged).toEqual(known(deflatedSharpe(record, rest)).judged)
  })

  test('one cluster has no spread, so that nothing is deflated by it; a missing ratio is not read as zero', () => {
    const one = known(deflatedSharpe(record, { ...rest, clusterSharpes: Float64Array.of(0.1) }))
    expect(one).toEqual(known(deflatedSharpe(record, rest)))
    expect(deflatedSharpe(record, { ...rest, clusterSharpes: Float64Array.of(0.1, Number.NaN) }).kind).toBe(
      'insufficient',
    )
  })

  test('nine rules on an index: the other rows stay what they were, and the least is judged', () => {
    const days = (net: Float64Array) => {
      return daysAt(
        net.map((_, day) => day * MICROS_PER_DAY),
        { net },
      )
    }
    const family = familyOf(
      rules.map((net, k) => ({
        run: `r${k}`,
        family: 'made',
        status: 'finished',
        started: k + 1,
        days: days(net),
      })),
    )
    const found = known(deflation(trackRecord(rules[2]), family))
    const of = (name: string) => found.rows.find(({ basis }) => basis === name)
    nearRelative(of('sample')?.probability ?? 0, 0.944121516471264, 1e-9)
    nearRelative(of('null')?.probability ?? 0, 0.7638134683590638, 1e-9)
    const { clusters } = found
    if (clusters.kind !== 'measured') throw new Error('no clusters')
    expect(of('clustered')?.trials).toBe(clusters.value.clusters)
    expect(found.probability).toBe(
      Math.min(...found.rows.flatMap((row) => (row.judged ? [row.probability] : []))),
    )
  })
})
