/**
 * The egress ladder on seeded histories of a desk: what it finds of what an insider does, and how often it is wrong. 40 people whose weeks
 * scatter as a negative binomial's (rates from 2 to 12 artifacts a week, dispersion .6, some idle;
 * half of what is taken was taken before), 26 weeks learned, then 26 watched.
 */
import { expect, test } from 'vitest'
import { MOST_A_WEEK, watched } from '../../commands/access/egress-watch.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'

const PEOPLE = 40
const LEARNED = 26
const WATCHED = 26
const REGISTRY = 1_000

type Scenario = Readonly<{
  name: string
  isAttack: boolean
  /** What is taken in a watched week beside what the person takes anyway. */
  more: (week: number, person: number) => number
}>

const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing', isAttack: false, more: () => 0 },
  { name: 'a release week', isAttack: false, more: (week) => (week === 10 ? 20 : 0) },
  { name: '200 in a week', isAttack: true, more: (week, person) => (person === 0 && week === 10 ? 200 : 0) },
  {
    name: '30 a week for 8 weeks',
    isAttack: true,
    more: (week, person) => (person === 0 && week >= 8 && week < 16 ? 30 : 0),
  },
  {
    name: "an insider within his peers' norm",
    isAttack: true,
    more: (week, person) => (person === 0 && week >= 8 ? 3 : 0),
  },
]

/** Counts of a negative binomial: Poisson's with a rate of Gamma(k) (Marsaglia and Tsang 2000, with a boost for k below 1). */
function drawn(uniform: () => number, mean: number, k: number): number {
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const d = k + 1 - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  let gamma = 0
  for (;;) {
    const x = normal()
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
      gamma = d * v * (1 - uniform()) ** (1 / k)
      break
    }
  }
  const limit = Math.exp((-gamma * mean) / k)
  let [count, product] = [0, 1 - uniform()]
  while (product > limit && count < 400) {
    count++
    product *= 1 - uniform()
  }
  return count
}

/** Who was alarmed about in which week of those watched, and by which rung. An alarmed week is no norm. */
function played({ more }: Scenario, seed: number) {
  const random = xoshiro128(seed)
  const uniform = () => random()
  const rates = Array.from({ length: PEOPLE }, () => 2 * 6 ** uniform())
  const idle = Array.from({ length: PEOPLE }, () => uniform() < 0.3)
  const weeks: number[][] = rates.map(() => [])
  /** What is new of each week since the person's last alarm, which others looked at. */
  const fresh: number[][] = rates.map(() => [])
  const alarms: Readonly<{ person: number; week: number }>[] = []
  for (let week = -LEARNED; week < WATCHED; week++) {
    const now = rates.map((rate, person) => {
      const usual = idle[person] && uniform() < 0.7 ? 0 : drawn(uniform, rate, 0.6)
      // Nobody takes more than his grants let him, however much he would.
      return Math.min(usual, 60) + (week < 0 ? 0 : more(week, person))
    })
    for (const [person, count] of now.entries()) {
      if (week < 0 || count === 0) continue
      const others = weeks.flatMap((own, other) => (other === person ? [] : own.slice(-26)))
      const added = week < 0 ? 0 : more(week, person)
      const quarter = fresh[person].slice(-12).reduce((sum, one) => sum + one, (count + added) / 2)
      const found = watched({
        ...{
          week: count,
          quarter: Math.min(quarter, REGISTRY),
          registry: REGISTRY,
          own: weeks[person].slice(-26),
        },
        ...{
          peers: others,
          peersNow: now.filter((_, other) => other !== person),
          refused: 0,
          isCanary: false,
        },
      })
      if (found !== null) alarms.push({ person, week })
    }
    const alarmed = new Set(alarms.filter((one) => one.week === week).map(({ person }) => person))
    for (const [person, count] of now.entries()) {
      if (alarmed.has(person)) fresh[person] = []
      else weeks[person].push(count)
      if (!alarmed.has(person)) fresh[person].push((count + (week < 0 ? 0 : more(week, person))) / 2)
    }
  }
  return alarms
}

const RUNS = 5

function measured(scenario: Scenario) {
  let [found, wrong, wrongInWeek10] = [0, 0, 0]
  for (let seed = 1; seed <= RUNS; seed++) {
    const alarms = played(scenario, seed)
    const isRight = ({ person, week }: { person: number; week: number }) =>
      scenario.isAttack && scenario.more(week, person) > 0
    const hits = alarms.filter(isRight)
    found += hits.length > 0 ? 1 : 0
    wrong += alarms.length - hits.length
    wrongInWeek10 += alarms.filter((one) => one.week === 10 && !isRight(one)).length
  }
  const personYears = (RUNS * PEOPLE * WATCHED) / 52
  return {
    scenario: scenario.name,
    recall: scenario.isAttack ? found / RUNS : null,
    precision: found === 0 ? null : found / (found + wrong),
    falseAlarmsAPersonYear: wrong / personYears,
    wrongInWeek10,
  }
}

test('what it finds, and how often it is wrong', () => {
  const rows = SCENARIOS.map(measured)
  console.table(rows)
  const [nothing, release, much, slow, within] = rows
  for (const { falseAlarmsAPersonYear } of rows) expect(falseAlarmsAPersonYear).toBeLessThan(0.1)
  expect(nothing.wrongInWeek10 + release.wrongInWeek10).toBe(0)
  expect([much.recall, slow.recall]).toEqual([1, 1])
  // What the README says is not found: whoever stays within the norm is bounded by his grants alone.
  expect(within.recall).toBe(0)
}, 60_000)

test('one artifact more than the cap is found whatever anybody took before', () => {
  const seen = { quarter: 0, registry: 1e9, own: [], peers: [], peersNow: [], refused: 0, isCanary: false }
  expect(watched({ ...seen, week: MOST_A_WEEK })).toBe(null)
  expect(watched({ ...seen, week: MOST_A_WEEK + 1 })?.rung).toBe('hard-cap')
})
