/** A family of many trials costs no more than the square of them, and one trial more costs itself alone: with the same answers. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Comparison } from '../../commands/gate/compared.ts'
import {
  ALWAYS_WORKED_OUT,
  effectiveRank,
  effectiveRankAtMost,
  effectiveTrials,
} from '../../commands/gate/effective-trials.ts'
import { familyOf, type TrialEvidence } from '../../commands/gate/family.ts'
import { Nearest } from '../../commands/gate/nearest.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { correlationMatrix } from '../../streams/statistics/correlations.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { nearRelative } from '../support/near.ts'
import { daysAt } from '../support/sessions.ts'

/** Each trial leans on one common series by another weight, from not at all to nearly wholly. */
function star(trials: number, days: number): readonly Float64Array[] {
  const common = normals(xoshiro128(7), days)
  return Array.from({ length: trials }, (_, k) => {
    const [weight, own] = [Math.sqrt(k / trials), normals(xoshiro128(100 + k), days)]
    return common.map((value, t) => 0.01 * (weight * value + Math.sqrt(1 - weight ** 2) * own[t]))
  })
}

test('the bound of the effective rank is never below it, and is met by trials that are all alike or all apart', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 30 }),
      fc.integer({ min: 31, max: 200 }),
      fc.nat({ max: 1_000_000 }),
      (trials, days, seed) => {
        const columns = Array.from({ length: trials }, (_, k) => normals(xoshiro128(seed + k), days))
        const mixed = columns.map((column, k) => column.map((v, t) => v + (seed % 3) * columns[k % 3][t]))
        const matrix = correlationMatrix(mixed)
        expect(effectiveRankAtMost(matrix)).toBeGreaterThanOrEqual(effectiveRank(matrix) * (1 - 1e-12))
      },
    ),
    { numRuns: 200 },
  )
  for (const correlation of [0, 0.3, 0.999]) {
    const matrix = Array.from({ length: 9 }, (_, i) =>
      Float64Array.from({ length: 9 }, (__, j) => (i === j ? 1 : correlation)),
    )
    nearRelative(effectiveRankAtMost(matrix), effectiveRank(matrix), 1e-9)
  }
})

test('a large family is worth the same to the last bit, with its eigenvalues or without', () => {
  const returns = star(ALWAYS_WORKED_OUT + 20, 400)
  const { effective, effectiveRank: rank, implied } = known(effectiveTrials(returns))
  expect(rank).toBeNull()
  expect(effective).toBe(Math.max(implied, effectiveRank(correlationMatrix(returns))))
})

test('where the spectrum could count it is worked out, however many trials there are', () => {
  const days = 400
  const waves = Array.from({ length: ALWAYS_WORKED_OUT + 5 }, (_, k) =>
    Float64Array.from({ length: days }, (__, t) => Math.cos((2 * Math.PI * (k + 1) * t) / days)),
  )
  const found = known(effectiveTrials(waves))
  nearRelative(found.effectiveRank ?? Number.NaN, waves.length, 1e-9)
})

const trialOf = (net: Float64Array, k: number, onRead = () => {}): TrialEvidence => {
  const made = daysAt(
    net.map((_, day) => day * MICROS_PER_DAY),
    { net },
  )
  const days = Object.defineProperty({ ...made }, 'net', {
    get: () => {
      onRead()
      return net
    },
  })
  return { run: `r${k}`, family: 'made', status: 'finished', started: k + 1, days }
}

test('trials that come one after another leave what all of them at once do, and are looked at once', () => {
  let reads = 0
  const trials = star(24, 120).map((net, k) => trialOf(net, k, () => reads++))
  const [candidate] = trials
  const comparison = new Comparison(candidate.days?.sessions ?? new Float64Array())
  const later = [...trials.slice(12), ...trials.slice(0, 12)]
  for (let count = 1; count <= later.length; count++) {
    familyOf(later.slice(0, count), candidate.days, comparison)
  }
  const kept = familyOf(trials, candidate.days, comparison)
  expect(kept).toEqual(familyOf(trials, candidate.days))
  reads = 0
  familyOf(trials, candidate.days, comparison)
  expect(reads, 'none but the candidate is looked at again').toBe(1)
})

test('searches of the nearest cluster grow with the square of the trials, also where all lie about one', () => {
  const looksOf = (trials: number): number => {
    const matrix = correlationMatrix(star(trials, 60))
    const sums = matrix.map((row) => row.map((value) => Math.sqrt(Math.max(0, (1 - value) / 2))))
    const own = Int32Array.from(sums.keys())
    const sizes = new Float64Array(trials).fill(1)
    let looks = 0
    const nearest = new Nearest(trials, {
      isOther: (object, cluster) => sizes[cluster] > 0 && cluster !== own[object],
      meanTo: (object, cluster) => {
        looks++
        return sums[object][cluster] / sizes[cluster]
      },
    })
    // Everything goes into the first, the one that leans most first, so that all have it as their nearest for long.
    for (let from = trials - 1; from > 0; from--) {
      for (const row of sums) row[0] += row[from]
      sizes[0] += sizes[from]
      sizes[from] = 0
      for (const [object, cluster] of own.entries()) if (cluster === from) own[object] = 0
      nearest.merge(0, from)
    }
    return looks
  }
  expect(looksOf(400) / looksOf(200)).toBeLessThan(6)
})
