/** Killed at any moment around a review, the folder has the cut or the review, and never gives back twice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reviewCapital } from '../../serving/actions.ts'
import { verifyFolder } from '../../serving/sealing.ts'
import { keyOfName } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { openSmall, smallFolder } from '../support/small-folder.ts'
import { act, HISTORY_DAYS, MODEL, playDays } from '../support/small-platform.ts'
import { workplace } from './tools.ts'

const { path, copyOf, remove } = workplace('review')
const standing = (platform: MemoryPlatform) => platform.folds.capital.state().models[MODEL]
const review = (platform: MemoryPlatform, commandId: string) => {
  const said = { model: MODEL, fraction: 1, member: 'cat', reason: 'read', privateKey: keyOfName('cat') }
  return reviewCapital(platform, said, act(commandId, 'cat'))
}

/** What a killed writer leaves: before the review, at moments of it, and once it was acknowledged. */
let left: Readonly<{ before: string; during: readonly string[]; after: string }>
let now: number
beforeAll(async () => {
  const running = path('running')
  const platform = await smallFolder(running, 0)
  for (let day = HISTORY_DAYS; standing(platform).pendingReview === null; day++)
    await playDays(platform, day, day + 1)
  now = platform.moment.nowMicros()
  const before = copyOf(running)
  let isDone = false
  const reviewed = review(platform, 'review').then(() => {
    isDone = true
  })
  const during: string[] = []
  for (let tick = 0; !isDone; tick++) {
    if (tick % 4 === 0 && during.length < 5) during.push(copyOf(running))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await reviewed
  left = { before, during, after: copyOf(running) }
  await platform.close()
}, 60_000)
afterAll(remove)

test('before it the cut waits, after it nothing does, and in between it is one of the two', async () => {
  const [cut, given] = [
    { fraction: 0.5, pendingReview: expect.any(Number) },
    { fraction: 1, pendingReview: null },
  ]
  expect(left.during.length).toBeGreaterThan(0)
  for (const folder of [left.before, ...left.during, left.after]) {
    const platform = await openSmall(folder)
    platform.moment.advanceTo(now)
    const isGiven = standing(platform).pendingReview === null
    if (folder === left.before) expect(isGiven).toBe(false)
    if (folder === left.after) expect(isGiven).toBe(true)
    expect(standing(platform)).toMatchObject(isGiven ? given : cut)
    if (!isGiven) await review(platform, 'again')
    expect(await refusalIn(review(platform, 'once more'))).toBe('capital.nothing-to-review')
    expect(standing(platform)).toMatchObject(given)
    await platform.close()
    expect((await verifyFolder(folder, {})).damages).toEqual([])
  }
})
