/** Who reviews a cut: a member of the committee who is not the author, on the platform as people use it. */
import { assert, expect, test } from 'vitest'
import { Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { logIdentity, reviewCapital, setPolicy } from '../../serving/actions.ts'
import { simulationOf } from '../../serving/capital/simulation.ts'
import { raiseCapital } from '../../serving/raises.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import { inject } from '../support/by-hand.ts'
import { keyOfName, signedPolicy } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import {
  AUTHOR,
  act,
  HISTORY_DAYS,
  MODEL,
  playDays,
  playedPlatform,
  SMALL_POLICY,
} from '../support/small-platform.ts'

/** A platform on the day of a cut. */
async function cutPlatform(): Promise<MemoryPlatform> {
  const platform = await playedPlatform(0)
  for (let day = HISTORY_DAYS; standing(platform).pendingReview === null; day++) {
    await playDays(platform, day, day + 1)
  }
  return platform
}

const standing = (platform: MemoryPlatform) => platform.folds.capital.state().models[MODEL]

const review = (platform: MemoryPlatform, member: string, privateKey = keyOfName(member)) =>
  reviewCapital(
    platform,
    { model: MODEL, fraction: 1, member, reason: 'read', privateKey },
    act(`review by ${member}`, member),
  )

const refused = (code: string) => ({ fault: { code } })

test('a member gives back what was cut; the author, a stranger and whoever has no key do not', async () => {
  const platform = await cutPlatform()
  await expect(review(platform, AUTHOR)).rejects.toMatchObject(refused('approval.by-author'))
  await expect(review(platform, 'eve')).rejects.toMatchObject(refused('approval.not-a-member'))
  await expect(review(platform, 'bob', keyOfName('eve'))).rejects.toMatchObject(
    refused('approval.bad-signature'),
  )
  expect(standing(platform)).toMatchObject({ fraction: 0.5, pendingReview: expect.any(Number) })
  await review(platform, 'bob')
  expect(standing(platform)).toMatchObject({ fraction: 1, pendingReview: null })
  await expect(review(platform, 'cat')).rejects.toMatchObject(refused('capital.nothing-to-review'))
})

test('a review by hand, in the stream of the model, gives nothing back and does not stand in the way', async () => {
  const platform = await cutPlatform()
  const { artifact, pendingReview } = standing(platform)
  const said = { model: MODEL, artifact, fraction: 1, measurement: pendingReview ?? 0, reason: 'forged' }
  const forged = Reviewed.draft(
    { ...said, member: 'bob', signature: 'c2ln', expires: 8e15 },
    { eventTime: 0, knownAt: 0 },
  )
  await inject(platform, `capital-${MODEL}`, [forged])
  expect(standing(platform)).toMatchObject({ fraction: 0.5, pendingReview })
  await review(platform, 'bob')
  expect(standing(platform)).toMatchObject({ fraction: 1, pendingReview: null })
  const genuine = (await eventsOf(platform.log)).findLast(Reviewed.is)
  assert(genuine !== undefined)
  // Shown again when the next cut is there, it answers nothing: it names the cut that it was made for.
  for (let day = HISTORY_DAYS + 40; standing(platform).pendingReview === null; day++) {
    await playDays(platform, day, day + 1)
  }
  await inject(platform, `capital-${MODEL}`, [genuine])
  expect(standing(platform)).toMatchObject({ fraction: 0.5, pendingReview: expect.any(Number) })
})

test('replayed over a log with the policy that was in force it makes the very cuts that the platform made', async () => {
  const platform = await playedPlatform(40)
  const head = (await platform.log.head()).position
  const { log, chunks } = platform
  const archive = { log, chunks, confirmed: async () => head }
  // What plays the days reviews a cut on the fifth session, that of the cut counted.
  const found = await simulationOf(archive, { model: MODEL, reviewAfter: 4, paths: 5 })
  const events = await eventsOf(log)
  const cuts = events
    .filter(Reduced.is)
    .map(({ data }) => data as { cause: string; from: number; to: number })
  const outcomes = events.filter(OutcomeObserved.is)
  const [life] = found.promotions
  expect(cuts.length).toBeGreaterThan(1)
  expect(life.cuts.map(({ cause, from, to }) => ({ cause, from, to }))).toEqual(
    cuts.map(({ cause, from, to }) => ({ cause, from, to })),
  )
  expect(life.sessions).toBe(outcomes.length)
  expect(life.earned).toBeCloseTo(life.asItWas, 12)
  expect(life.full).toBeCloseTo(life.earned + life.cost - life.saved, 12)
  // Without rules nothing is cut.
  const free = await simulationOf(archive, {
    model: MODEL,
    rules: { ...SMALL_POLICY, sharpe: { ...SMALL_POLICY.sharpe, deviations: 90 }, losses: null },
    paths: 5,
  })
  expect(free.promotions[0].cuts).toEqual([])
  await platform.close()
})

test('under a ladder a review and a raise give a step each, one signature for each, and a replay says the same', async () => {
  const platform = await cutPlatform()
  const ladder = { steps: [1, 0.5, 0.25, 0], raiseAfterDays: 1 }
  const policy = { ...SMALL_POLICY, version: 2, ladder, losses: null }
  const begun = (await platform.log.head()).position + 1
  await setPolicy(
    platform,
    signedPolicy(policy, SMALL_POLICY, undefined, logIdentity(platform)),
    act('policy-2', 'bob'),
  )
  const lower = (id: string, fraction: number) =>
    reviewCapital(
      platform,
      { model: MODEL, fraction, member: 'bob', reason: 'read', privateKey: keyOfName('bob') },
      act(id, 'bob'),
    )
  const raise = (id: string, fraction: number) =>
    raiseCapital(
      platform,
      { model: MODEL, fraction, member: 'cat', reason: 'it earns', privateKey: keyOfName('cat') },
      act(id, 'cat'),
    )
  await expect(raise('raise-0', 1)).rejects.toMatchObject(refused('capital.review-first'))
  await lower('lower-0', 0)
  await expect(lower('lower-1', 0.5)).rejects.toMatchObject(refused('capital.nothing-to-review'))
  await expect(raise('raise-1', 0.25)).rejects.toMatchObject(refused('capital.raise-early'))
  const day = HISTORY_DAYS + 40
  await playDays(platform, day, day + 1)
  await expect(raise('raise-2', 0.5)).rejects.toMatchObject(refused('capital.not-a-step'))
  await raise('raise-3', 0.25)
  expect(standing(platform)).toMatchObject({
    fraction: 0.25,
    granted: 0.25,
    sessions: 0,
    pendingReview: null,
  })
  const { position: to } = await platform.log.head()
  expect((await replay(platform.log, wireAll(platform.chunks), { from: begun, to })).differences).toBe(0)
})
