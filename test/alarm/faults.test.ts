/** Faults that were planted in a vendor's feed: each is found within so many arrivals, and a year of clean data raises none. */
import { describe, expect, test } from 'vitest'
import { AlarmRaised, AlarmResolved } from '../../schemas/events/monitor.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { changed, cleanDays, type Day, playedFeed, RULE } from '../support/alarm-feed.ts'

const LEARNED = 60
const DAYS = cleanDays(LEARNED + 30)
const raisedIn = (drafts: readonly unknown[]) =>
  drafts.flatMap((draft) =>
    AlarmRaised.is(draft as never) ? [(draft as { data: { check: string } }).data.check] : [],
  )

/** The feed as it is learned, and then the days with a fault in them. */
async function withFault(fault: (day: Day, number: number) => Day) {
  const feed = playedFeed()
  await feed.begin()
  for (let number = 0; number < LEARNED; number++) await feed.arrive(number, DAYS[number])
  expect(feed.said).toEqual([])
  const first = await feed.arrive(LEARNED, fault(DAYS[LEARNED], LEARNED))
  return { feed, first }
}

describe('at the first arrival that has it', () => {
  test.each<[string, string, string, (day: Day) => Day]>([
    ['a column that goes to zero', 'range', 'close zero', (day) => changed(day, 'close', () => 0)],
    ['a unit change', 'range', 'close median size', (day) => changed(day, 'close', (value) => 100 * value)],
    [
      'a unit change of heavy tails',
      'range',
      'volume median size',
      (day) => changed(day, 'volume', (value) => value / 100),
    ],
    ['a sign', 'range', 'close below zero', (day) => changed(day, 'close', (value) => -value)],
    [
      'a column that is gone',
      'missing',
      'estimate missing',
      (day) => changed(day, 'estimate', () => Number.NaN),
    ],
    ['a duplicated day', 'duplicate', 'rows as in the arrival before', () => DAYS[LEARNED - 1]],
  ])('%s is an alarm', async (_, check, what, fault) => {
    const { first } = await withFault(fault)
    expect(raisedIn(first)).toContain(check)
    const alarm = first.find((draft) => AlarmRaised.is(draft) && draft.data.check === check)
    if (alarm === undefined || !AlarmRaised.is(alarm)) throw new Error('no alarm')
    expect(alarm.data.findings.map((finding) => finding.what)).toContain(what)
    expect(alarm.data).toMatchObject({ thing: 'feed', rule: 'feeds', ruleVersion: 1, owner: 'data desk' })
    // What it is held against are the arrivals before it; the first has none that it could be a copy of.
    expect(alarm.data.restsOn).toHaveLength(check === 'duplicate' ? LEARNED - 1 : LEARNED)
    expect(Math.max(...alarm.data.restsOn)).toBeLessThan(alarm.data.cause)
  })

  test('one name of thirty in another unit is an alarm where it becomes the greatest', async () => {
    const { first } = await withFault((day) => ({
      ...day,
      close: day.close.map((value, at) => (at === 0 ? 100 * value : value)),
    }))
    expect(raisedIn(first)).toEqual(['range'])
  })

  test('rows that are short, sent again, or quarantined', async () => {
    const { feed } = await withFault((day) => day)
    const short = await feed.arrive(LEARNED + 1, DAYS[LEARNED + 1], { names: 12 })
    expect(raisedIn(short)).toEqual(['volume'])
    const again = await feed.arrive(LEARNED + 2, DAYS[LEARNED + 1], { names: 0, repeated: 30 })
    expect(raisedIn(again)).toEqual(['duplicate'])
    const apart = await feed.arrive(LEARNED + 3, DAYS[LEARNED + 2], { names: 20, quarantined: 10 })
    expect(raisedIn(apart)).toEqual(['schema'])
  })
})

test('a stale feed is an alarm by the second missed arrival, and is over with the next one', async () => {
  const { feed } = await withFault((day) => day)
  expect(await feed.clock(LEARNED + 1.4)).toEqual([])
  expect(raisedIn(await feed.clock(LEARNED + 2))).toEqual(['freshness'])
  expect(await feed.clock(LEARNED + 5)).toEqual([])
  const back = await feed.arrive(LEARNED + 5, DAYS[LEARNED + 5])
  expect(back.filter(AlarmResolved.is).map(({ data }) => [data.check, data.why])).toEqual([
    ['freshness', 'usual again'],
  ])
})

test('a feed that is usually known within minutes and takes hours is an alarm at the first arrival', async () => {
  const feed = playedFeed()
  await feed.begin()
  for (let number = 0; number < LEARNED; number++)
    await feed.arrive(number, DAYS[number], { minutes: 8 + (number % 5) })
  expect(feed.said).toEqual([])
  expect(await feed.arrive(LEARNED, DAYS[LEARNED], { minutes: 20 })).toEqual([])
  const late = await feed.arrive(LEARNED + 1, DAYS[LEARNED + 1], { minutes: 240 })
  expect(raisedIn(late)).toEqual(['latency'])
  expect(late.find(AlarmRaised.is)?.data.findings).toMatchObject([{ observed: 240, usual: 10 }])
})

test('a model that is fed with the features of the day before, or too late, is an alarm at its first prediction', async () => {
  const feed = playedFeed({ ...RULE, checks: ['predictions', 'too-late'] })
  await feed.begin()
  const scores = DAYS.map(({ estimate }) => estimate.map((value) => (Number.isNaN(value) ? 0 : value)))
  for (let number = 0; number < LEARNED; number++) await feed.predict(number, scores[number])
  expect(feed.said).toEqual([])
  const same = await feed.predict(LEARNED, scores[LEARNED - 1])
  expect(same.filter(AlarmRaised.is).map(({ data }) => [data.check, data.thing])).toEqual([
    ['predictions', 'm'],
  ])
  expect(same.find(AlarmRaised.is)?.data.findings[0]).toMatchObject({ what: 'scores as before', observed: 1 })
  const late = await feed.predict(LEARNED + 1, scores[LEARNED + 1], { backfilled: true })
  expect(raisedIn(late)).toEqual(['too-late'])
})

test('a fault that stays is one alarm, over after three usual arrivals, and a fault that comes and goes is no storm', async () => {
  const { feed } = await withFault((day) => changed(day, 'close', (value) => 100 * value))
  for (let number = LEARNED + 1; number < LEARNED + 10; number++)
    expect(
      await feed.arrive(
        number,
        changed(DAYS[number], 'close', (value) => 100 * value),
      ),
    ).toEqual([])
  for (let number = LEARNED + 10; number < LEARNED + 20; number++) {
    const isBad = number % 2 === 0
    const day = isBad ? changed(DAYS[number], 'close', (value) => 100 * value) : DAYS[number]
    expect(await feed.arrive(number, day)).toEqual([])
  }
  const ends: number[] = []
  for (let number = LEARNED + 20; number < LEARNED + 25; number++)
    if ((await feed.arrive(number, DAYS[number])).some(AlarmResolved.is)) ends.push(number)
  // The last usual day of the flicker counts.
  expect(ends).toEqual([LEARNED + 21])
})

test('a year of clean data raises no more than the budget', async () => {
  const feed = playedFeed()
  await feed.begin()
  for (const [number, day] of cleanDays(LEARNED + 252, 3).entries()) await feed.arrive(number, day)
  expect(feed.said.filter(AlarmRaised.is).length).toBeLessThanOrEqual(RULE.falseAlarmsAYear)
})

test('a rule that is declared late knows what was usual before', async () => {
  const feed = playedFeed(null)
  await feed.begin()
  for (let number = 0; number < LEARNED; number++) await feed.arrive(number, DAYS[number])
  await feed.declare(RULE)
  const bad = changed(DAYS[LEARNED], 'close', () => 0)
  expect(raisedIn(await feed.arrive(LEARNED, bad))).toEqual(['range'])
})

test('without a rule nothing is said, whatever comes', async () => {
  const feed = playedFeed(null)
  await feed.begin()
  for (let number = 0; number < 30; number++) await feed.arrive(number, DAYS[number])
  await feed.arrive(
    30,
    changed(DAYS[30], 'close', () => 0),
  )
  await feed.clock(90)
  expect(feed.said).toEqual([])
})

test('what is saved in the middle of an alarm goes on as if it had not been', async () => {
  const told = async (isSaved: boolean) => {
    const { feed } = await withFault((day) => changed(day, 'close', (value) => 100 * value))
    if (isSaved)
      feed.restart((processor) => {
        const next = feed.make()
        next.restore?.(memoryFrom(memoryBytes(processor.save?.() as Memory)))
        return next
      })
    for (let number = LEARNED + 1; number < LEARNED + 6; number++) await feed.arrive(number, DAYS[number])
    await feed.clock(LEARNED + 9)
    return feed.said
  }
  const whole = await told(false)
  expect(whole.map(({ type }) => type)).toEqual([AlarmRaised.type, AlarmResolved.type, AlarmRaised.type])
  expect(await told(true)).toEqual(whole)
})
