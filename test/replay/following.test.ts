/** A folder's lanes are replayed while they are written, each by a thread of its own, and what they come to is what a replay comes to. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Following, followLanes, replayLanes } from '../../serving/replaying/lanes.ts'
import { setAside } from '../../streams/quarantine.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { openSmall } from '../support/small-folder.ts'
import { HISTORY_DAYS, judgeOn, playDays, promoteRun } from '../support/small-platform.ts'

/** So many that a lane tells how far it is, every 500 events. */
const DAYS = 80
const path = mkdtempSync(join(tmpdir(), 'asof-following-'))
let platform: MemoryPlatform
let following: Following

beforeAll(async () => {
  platform = await openSmall(path)
  following = followLanes(platform.folder)
  await judgeOn(platform)
  await promoteRun(platform, 'small-h3-momentum')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + DAYS)
}, 60_000)

afterAll(async () => {
  await following.close()
  await platform.close()
  rmSync(path, { recursive: true, force: true })
})

test('so also where something was set aside meanwhile', async () => {
  const { position: at } = await platform.log.head()
  const times = { eventTime: 0, knownAt: 0 }
  await setAside(platform.log, { processor: 'drift', cause: at, at, reason: 'tried', times })
  const { position: to } = await platform.log.head()
  const report = await following.upTo(to)
  expect(report).toEqual(await replayLanes(platform, { from: 1, to }))
  expect(report.equal).toMatchObject({ 'prediction.Made': DAYS, 'model.GateReported': expect.any(Number) })
}, 60_000)

test('who hears how far it is may end it by throwing', async () => {
  const another = followLanes(platform.folder)
  const { position: to } = await platform.log.head()
  expect(to).toBeGreaterThan(500)
  const ended = another.upTo(to, () => {
    throw new Error('interrupted')
  })
  await expect(ended).rejects.toThrow('interrupted')
  await another.close()
}, 60_000)

test('who closes it before its end is not kept waiting', async () => {
  const another = followLanes(platform.folder)
  await another.close()
  await expect(another.upTo(1)).rejects.toThrow()
}, 30_000)
