/** Lanes in threads of their own: the same facts, and nobody waits for another's work. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { causeOf } from '../../schemas/reaction.ts'
import { beginValidation } from '../../serving/actions.ts'
import { PlayedClock } from '../../serving/clock.ts'
import { openPlatform } from '../../serving/platform.ts'
import { retryQuarantined } from '../../serving/quarantine.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import { eventsOf, factsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { act, HISTORY_DAYS, judgeOn, MODEL, playDays, promoteRun } from '../support/small-platform.ts'

const folders: string[] = []
const newFolder = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'asof-lanes-')))
  return folders.at(-1) ?? ''
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

async function open(path: string, threads: boolean): Promise<MemoryPlatform> {
  const moment = new PlayedClock(0)
  return { ...(await openPlatform({ path, moment, threads })), moment }
}

async function story(platform: MemoryPlatform): Promise<MemoryPlatform> {
  await judgeOn(platform)
  await promoteRun(platform, 'small-h3-momentum')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 4)
  return platform
}

/** The log's identity is drawn when it is made, and signatures are bound to it. */
const alike = (facts: readonly object[]) =>
  JSON.parse(JSON.stringify(facts).replaceAll(/"(signature|log)":"[^"]*"/g, '"$1":""')) as object[]

let [here, threaded]: MemoryPlatform[] = []
beforeAll(async () => {
  here = await story(await open(newFolder(), false))
  threaded = await story(await open(newFolder(), true))
}, 60_000)
afterAll(async () => {
  await Promise.all([here.close(), threaded.close()])
})

test('with threads or without, the same log comes of it', async () => {
  expect(alike(await factsOf(threaded.log))).toEqual(alike(await factsOf(here.log)))
})

test('while the gate is at work, days arrive and are predicted, and what it says follows from its cause alone', async () => {
  const asked: number[] = []
  for (const run of ['small-h1-momentum', 'small-h1-noise', 'small-h3-noise', 'small-h3-momentum']) {
    const { position } = await beginValidation(threaded, { model: MODEL, run }, act(`again-${run}`))
    asked.push(position)
  }
  await playDays(threaded, HISTORY_DAYS + 4, HISTORY_DAYS + 8)
  await threaded.lanes.answered(asked.at(-1) ?? 0, ['gate'])
  const events = await eventsOf(threaded.log, asked[0])
  const reports = events.filter(({ type }) => type === 'model.GateReported')
  expect(reports.map(({ commandId }) => causeOf(commandId))).toEqual(asked)
  const predicted = events.filter(({ type }) => type === 'prediction.Made')
  expect(predicted).toHaveLength(4)
  expect(predicted[0].position, 'nobody waited for the reports').toBeLessThan(reports.at(-1)?.position ?? 0)
  const { position: to } = await threaded.log.head()
  expect((await replay(threaded.log, wireAll(threaded.chunks), { from: 1, to })).first).toBeNull()
})

const reportsIn = (events: readonly Recorded[]) => events.filter(({ type }) => type === 'model.GateReported')

test('what a lane was asked before the platform was closed is answered when it is opened again, once', async () => {
  const path = newFolder()
  const first = await story(await open(path, true))
  const run = 'small-h1-momentum'
  const { position } = await beginValidation(first, { model: MODEL, run }, act('late'))
  // The thread is ended in the middle of it.
  first.lanes.wake(['gate'])
  await first.close()
  const again = await open(path, true)
  await again.lanes.answered(position, ['gate'])
  const late = reportsIn(await eventsOf(again.log)).filter(({ commandId }) => causeOf(commandId) === position)
  expect(late).toHaveLength(1)
  await again.close()
})

test('an event at which a thread hangs is set aside with the reason, and what comes after it is answered', async () => {
  const path = newFolder()
  const moment = new PlayedClock(0)
  const first = { ...(await openPlatform({ path, moment, threads: true })), moment }
  await judgeOn(first)
  // All that was answered is confirmed, so that nothing of it is judged again.
  await first.drain()
  await first.close()
  // A report takes longer than this, whatever the machine.
  const hasty = { ...(await openPlatform({ path, moment, threads: true, hangMillis: 60 })), moment }
  const ask = (run: string) =>
    beginValidation(hasty, { model: MODEL, run, depth: 'full' }, act(`hasty-${run}`))
  const { position } = await ask('small-h3-momentum')
  await hasty.lanes.answered(position, ['gate'])
  const asides = (await eventsOf(hasty.log)).filter(({ type }) => type === 'processor.Quarantined')
  expect(asides.map(({ data }) => data)).toContainEqual({
    processor: 'gate',
    cause: position,
    at: position,
    reason: 'it was at one event for more than 0.06 seconds',
  })
  expect(hasty.lanes.status().map(({ stopped }) => stopped)).toEqual([null, null, null])
  await hasty.close()
  // With the time that it needs, it is tried again.
  const patient = { ...(await openPlatform({ path, moment, threads: true })), moment }
  const retried = await retryQuarantined(
    patient,
    { processor: 'gate', cause: position, reason: 'more time' },
    act('retry'),
  )
  await patient.lanes.answered(retried.position, ['gate'])
  const reports = (await eventsOf(patient.log)).filter(({ type }) => type === 'model.GateReported')
  expect(reports.map(({ commandId }) => causeOf(commandId))).toContain(position)
  await patient.close()
}, 60_000)
