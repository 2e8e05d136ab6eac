/** Who reviews a cut: a member of the committee who is not the author, on the platform as people use it. */
import { assert, expect, test } from 'vitest'
import { Reviewed } from '../../schemas/events/capital.ts'
import { reviewCapital } from '../../serving/actions.ts'
import { inject } from '../support/by-hand.ts'
import { keyOfName } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { AUTHOR, act, HISTORY_DAYS, MODEL, playDays, playedPlatform } from '../support/small-platform.ts'

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
