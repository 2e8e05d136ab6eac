/** Which settings a sweep tries, and what goes on to the next round. */
import { describe, expect, test } from 'vitest'
import { nextRound, runsIn, search, settingsOf } from '../../serving/search.ts'

const asked = (more: object) => settingsOf({ alphas: [], seed: 7, ...more })
const labels = (more: object): string[] => asked(more).map(({ label }) => label)

test('a grid is every combination, each with a name that says what it is', () => {
  const params = { leaves: [7, 31], rate: [0.1, 0.05] }
  expect(labels({ params })).toEqual([
    'leaves7-rate0.1',
    'leaves7-rate0.05',
    'leaves31-rate0.1',
    'leaves31-rate0.05',
  ])
  expect(labels({ alphas: [1, 10] })).toEqual(['a1', 'a10'])
})

test('what is drawn lies in its bounds, and is the same for the same seed alone', () => {
  const params = {
    leaves: { low: 4, high: 6, log: false, whole: true },
    rate: { low: 0.001, high: 0.1, log: true, whole: false },
    depth: [3, 5],
  }
  const how = { params, search: { kind: 'random', settings: 300 } as const }
  const found = asked(how)
  const valuesOf = (key: string) =>
    found.map(({ params }) => params.find(({ name }) => name === key)?.value ?? 0)
  expect(new Set(valuesOf('leaves'))).toEqual(new Set([4, 5, 6]))
  expect(new Set(valuesOf('depth'))).toEqual(new Set([3, 5]))
  const rates = valuesOf('rate')
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.001)
  expect(Math.max(...rates)).toBeLessThanOrEqual(0.1)
  // Half of them in each order of magnitude: within 4 standard deviations of a fair coin's 150 of 300.
  expect(Math.abs(rates.filter((rate) => rate < 0.01).length - 150)).toBeLessThan(35)
  expect(labels(how)).toEqual(found.map(({ label }) => label))
  expect(labels({ ...how, seed: 8 })).not.toEqual(labels(how))
})

describe('halving', () => {
  const how = search.parse({ kind: 'halving', resource: 'rounds', from: 10, to: 90, factor: 3 })
  if (how.kind !== 'halving') throw new Error('it is halving')

  test('begins with little of the resource, and goes on with the best third', () => {
    expect(labels({ params: { leaves: [7, 31] }, search: how })).toEqual([
      'leaves7-rounds10',
      'leaves31-rounds10',
    ])
    const scored = [0.1, 0.9, undefined, 0.5, Number.NaN, 0.7, 0.2, 0.3, 0.4].map((score, of) => ({
      of,
      score,
    }))
    expect(nextRound(how, 10, scored)).toEqual({ resource: 30, best: [1, 5, 3] })
    expect(nextRound(how, 30, scored.slice(0, 3))).toEqual({ resource: 90, best: [1] })
    expect(nextRound(how, 90, scored)).toBeNull()
    expect(
      nextRound(how, 10, [
        { of: 0, score: undefined },
        { of: 1, score: undefined },
      ]),
    ).toBeNull()
  })

  test('says how many trials it is at most', () => {
    expect(runsIn(how, 9)).toBe(9 + 3 + 1)
    expect(runsIn(how, 1)).toBe(1)
    expect(runsIn(undefined, 9)).toBe(9)
  })
})

test.each([
  [{}, 'either alphas or params'],
  [{ alphas: [1], params: { a: [1] } }, 'either alphas or params'],
  [{ alphas: [1], search: { kind: 'random', settings: 3 } }, 'alphas are tried each'],
  [{ params: { a: { low: 2, high: 1 } } }, 'params.a: low is below high'],
  [
    { params: { a: { low: 0, high: 1, log: true } }, search: { kind: 'random', settings: 3 } },
    'above 0 where',
  ],
  [{ params: { a: { low: 0, high: 1 } } }, 'a grid needs values'],
  [
    { params: { a: [1] }, search: { kind: 'halving', resource: 'a', from: 1, to: 2, factor: 2, by: 'x' } },
    'the search says it',
  ],
  [{ params: { a: Array(200).fill(1), b: Array(200).fill(1) } }, 'more than 10000'],
  [{ params: { a: [1, 2] }, seed: -1, search: { kind: 'random', settings: 3 } }, 'seed'],
])('%j is refused by what is wrong: %s', (more, why) => {
  expect(() => asked(more)).toThrow(why)
})
