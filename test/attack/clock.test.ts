/** A clock that is ahead once leaves no mark: the append is refused, and the way out is named. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { MICROS_PER_DAY, parseMoment } from '../../schemas/kernel/time.ts'
import { ingestFile } from '../../serving/ingest.ts'
import { openPlatform } from '../../serving/platform.ts'
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import { LEAP_DAYS } from '../../streams/log/recorded-at.ts'
import { batchOf, note, VOCABULARY } from '../contract/vocabulary.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { longDataset } from '../support/sessions.ts'
import { workplace } from './tools.ts'

const NOW = parseMoment('2026-11-26')

const logAt = (clockTrustedUntil?: number) => {
  const clock = { now: NOW, nowMicros: () => clock.now }
  const options = { registry: VOCABULARY, clock, clockTrustedUntil }
  return { clock, log: openMemoryLog(options) }
}

test('100 years ahead once: nothing is written then, and all goes on when the clock is right again', async () => {
  const { clock, log } = logAt()
  await log.append(batchOf('note-a', 0, [note('before')]))
  clock.now = parseMoment('2126-11-26')
  const refused = log.append(batchOf('note-a', 1, [note('ahead')]))
  await expect(refused).rejects.toMatchObject({ fault: { code: 'log.clock-ahead' } })
  await expect(refused).rejects.toThrow('ASOF_CLOCK_IS_RIGHT=2126-11-26')
  clock.now = NOW + 5
  const after = await log.append(batchOf('note-a', 1, [note('after')]))
  expect(after).toMatchObject({ ok: true, value: { position: 2, recordedAt: NOW + 5 } })
})

test('a log that rested for the bound goes on; beyond it, it takes a word', async () => {
  const { clock, log } = logAt()
  await log.append(batchOf('note-a', 0, [note('before')]))
  clock.now += LEAP_DAYS * MICROS_PER_DAY
  expect(await log.append(batchOf('note-a', 1, [note('a year later')]))).toMatchObject({ ok: true })
  clock.now += LEAP_DAYS * MICROS_PER_DAY + 1
  await expect(log.append(batchOf('note-a', 2, [note('x')]))).rejects.toMatchObject({
    fault: { code: 'log.clock-ahead' },
  })
})

test('the word holds up to the day that it names, and not beyond', async () => {
  const { clock, log } = logAt(parseMoment('2030-01-01'))
  await log.append(batchOf('note-a', 0, [note('before')]))
  clock.now = parseMoment('2030-01-01')
  expect(await log.append(batchOf('note-a', 1, [note('so it is')]))).toMatchObject({ ok: true })
  clock.now = parseMoment('2126-01-01')
  await expect(log.append(batchOf('note-a', 2, [note('x')]))).rejects.toMatchObject({
    fault: { code: 'log.clock-ahead' },
  })
})

const { path, remove } = workplace('clock')
afterEach(() => vi.useRealTimers())
afterAll(remove)

const PRICES = { ...longDataset('p', [{ name: 'close', unit: 'USD' }]), timeOfDay: '16:00' }

/** Ingests a file of one row, by a clock that is set to a moment, in a folder that is opened for it. */
async function ingestedAt(folder: string, moment: string, close: number): Promise<readonly Recorded[]> {
  vi.useFakeTimers({ toFake: ['Date'], now: parseMoment(moment) / 1000 })
  const file = join(folder, `${close}.csv`)
  const platform = await openPlatform({ path: join(folder, 'data') })
  writeFileSync(file, `name,time,close\nA,2020-01-03,${close}\n`)
  await ingestFile(platform, { path: file, spec: PRICES, actor: 'a' })
  const events = await eventsOf(platform.log)
  await platform.close()
  return events
}

test('a clock that is set back makes no revision known before what had been recorded', async () => {
  const folder = path('back')
  mkdirSync(folder)
  const [, first] = await ingestedAt(folder, '2026-11-26T12:00:00Z', 100)
  const revision = (await ingestedAt(folder, '2020-01-23T12:00:00Z', 50)).at(-1)
  expect(revision?.data).toMatchObject({ rows: 1, rowsRevised: 1 })
  expect(revision?.knownAt).toBeGreaterThanOrEqual(first.recordedAt)
})
