/** The alarms of the ladder: on what was earned since the last change of capital, under a policy that asks for it. */
import { expect, test } from 'vitest'
import type { Draft } from '../../schemas/envelope.ts'
import { Raised, SteppedDown } from '../../schemas/events/ladder.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { ladderProcessor } from '../../streams/monitoring/ladder-processor.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { runOf, SMALL_POLICY } from '../support/small-platform.ts'
import { writtenReturns } from '../support/written-returns.ts'

const NOW = { eventTime: 1, knownAt: 1 }
const LADDER = { steps: [1, 0.5, 0], raiseAfterDays: 2 }

async function world() {
  const backtest = normals(xoshiro128(5), 1_000).map((z) => 0.002 + 0.01 * z)
  const { chunks, trials } = await writtenReturns(runOf('momentum', 1, 'h'), backtest)
  let [policy, changed, position]: [typeof SMALL_POLICY, number | null, number] = [
    { ...SMALL_POLICY, ladder: LADDER },
    null,
    1,
  ]
  const made = () =>
    ladderProcessor({
      ...{ chunks, trials, policy: () => policy },
      promotionOf: () => 2,
      changeOf: () => changed,
    })
  let processor = made()
  const see = async (draft: Draft, isTaken = true): Promise<readonly Draft[]> => {
    position++
    if (isTaken && draft.type !== OutcomeObserved.type) changed = position
    return (await reactionsOf(processor, recorded(draft, position))).flatMap(({ events }) => events)
  }
  const { run } = runOf('momentum', 1, 'h')
  const promoted = { model: 'm', run, artifact: 'a', report: 'r', policyVersion: 1, approvals: [], readAt: 1 }
  await see(Promoted.draft({ ...promoted, service: 'durable' }, NOW))
  return {
    see,
    use: (ladder: typeof LADDER | null) => {
      policy = { ...policy, ladder } as typeof SMALL_POLICY
    },
    /** The same days, taken in by one that is not asked what follows, and then by what took over its memory. */
    async takeSilently(days: number): Promise<void> {
      for (let at = 0; at < days; at++) await processor.take(recorded(day(-0.01), ++position), null)
      const memory = structuredClone(processor.save?.()) as never
      processor = made()
      processor.restore?.(memory)
    },
    /** Bad days until an alarm, at most 100: how many there were. */
    async untilAlarm(): Promise<number | null> {
      for (let days = 1; days <= 100; days++) if ((await see(day(-0.01))).length > 0) return days
      return null
    },
  }
}

const day = (net: number) =>
  OutcomeObserved.draft(
    {
      ...{ model: 'm', prediction: 1, gross: net, cost: 0, net, turnover: 0, capital: 1 },
      ...{ session: 1, backfilled: false },
    },
    NOW,
  )
const stepped = SteppedDown.draft(
  { model: 'm', from: 1, to: 0.5, measurement: 9, eValue: 41, review: 'pending' },
  NOW,
)
const raised = Raised.draft(
  {
    ...{ model: 'm', artifact: 'a', fraction: 1, since: 1, member: 'bob', reason: 'r' },
    ...{ expires: 1, signature: 'c2ln' },
  },
  NOW,
)

test('each alarm needs evidence of its own, and a change of capital begins it anew', async () => {
  const { see, untilAlarm } = await world()
  const first = await untilAlarm()
  expect(first).toBeGreaterThan(3)
  await see(stepped)
  expect(await untilAlarm()).toBe(first)
  for (let days = 1; days < Number(first); days++) expect(await see(day(-0.01))).toEqual([])
  await see(raised)
  expect(await untilAlarm()).toBe(first)
})

test('a raise that does not hold leaves the evidence as it is', async () => {
  const { see, untilAlarm } = await world()
  const first = Number(await untilAlarm())
  for (let days = 1; days < first; days++) await see(day(-0.01))
  await see(raised, false)
  expect(await untilAlarm()).toBe(1)
})

test('without a ladder there is no alarm, and days without one count for none that comes later', async () => {
  const { use, untilAlarm } = await world()
  use(null)
  expect(await untilAlarm()).toBeNull()
  use(LADDER)
  expect(await untilAlarm()).toBeGreaterThan(3)
})

test('what it remembers does not depend on whether it was asked, and is all in what it saves', async () => {
  const first = Number(await (await world()).untilAlarm())
  const { takeSilently, untilAlarm } = await world()
  await takeSilently(first - 1)
  expect(await untilAlarm()).toBe(1)
})
