/** An answer in a processor's name is one as far as the writer has confirmed it, wherever the cursor says that it stands. */

import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_STORE } from '../../projections/store.ts'
import { Allocated } from '../../schemas/events/capital.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { openArchive } from '../../serving/archive.ts'
import { wallClock } from '../../serving/clock.ts'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { answer } from '../../serving/views.ts'
import { openEmbeddedLog } from '../../streams/log/embedded/open.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { asof } from '../support/cli.ts'
import { factsOf, memoryCursor, memoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { HISTORY_DAYS, playedPlatform } from '../support/small-platform.ts'
import { declare, declareOn, workplace } from './tools.ts'

const { path, copyOf, remove } = workplace('answers')
const sound = path('sound')
let forged: string

const FORGED = Allocated.draft(
  {
    model: 'forged',
    artifact: 'f'.repeat(64),
    author: 'eve',
    family: '',
    fraction: 1,
    promotion: 2,
    pendingReview: null,
  },
  { eventTime: 0, knownAt: 0 },
)

/** Under the very command id that the processor would use. */
const forge = (log: EventLog) =>
  log.append({
    ...{ stream: 'capital-forged', expected: 0, commandId: 'capital/2/0', actor: 'asof:capital' },
    ...{ correlationId: 'c', causationId: null, events: [FORGED] },
  })

beforeAll(async () => {
  await declare(sound, ['a', 'b', 'c'])
  forged = copyOf(sound)
  const log = openEmbeddedLog({ folder: folderAt(forged).log, registry: REGISTRY, clock: wallClock })
  await forge(log)
  await log.close()
})
afterAll(remove)

/** What a reader is shown of capital. */
async function shown(folder: string): Promise<unknown> {
  const archive = openArchive(folder)
  const { state, position } = await answer(archive, 'capital', {})
  await archive.close()
  return { ...(state as { models: object }).models, position }
}

const cursorOf = (folder: string) => join(folder, 'lanes/live.position')

/** Ways to say that the forged answer was confirmed. */
const RAISED: Readonly<Record<string, (folder: string) => void>> = {
  'left as it was': () => undefined,
  'raised by hand': (folder) => {
    const note = readFileSync(cursorOf(folder), 'utf8')
    writeFileSync(cursorOf(folder), note.replace('\n3\n', '\n4\n'))
  },
  'a plain number, as earlier versions wrote it': (folder) => writeFileSync(cursorOf(folder), '4'),
  'the checkpoint in its place': (folder) =>
    copyFileSync(join(folderAt(folder).seal, 'checkpoint'), cursorOf(folder)),
  lost: (folder) => rmSync(cursorOf(folder)),
  nonsense: (folder) => writeFileSync(cursorOf(folder), '\0\0\0'),
}

test.each(Object.entries(RAISED))(
  'a forged answer is shown to nobody, with the cursor %s',
  async (_, raise) => {
    const folder = copyOf(forged)
    raise(folder)
    expect(await shown(folder)).toEqual({ position: 4 })
    expect(await refusalIn(openPlatform({ path: folder }))).toBe('pipeline.other-answer')
  },
)

test('the log prints it, and says that nobody has confirmed it', async () => {
  const { out } = await asof(copyOf(forged), 'log')
  const lines = out.trim().split('\n')
  expect(lines.filter((line) => line.startsWith('UNCONFIRMED ')).map((line) => line.split(' ')[1])).toEqual([
    '4',
  ])
  const json = JSON.parse((await asof(copyOf(forged), 'log', '--json')).out) as { standing?: string }[]
  expect(json.map(({ standing }) => standing)).toEqual([undefined, undefined, undefined, 'unconfirmed'])
})

test('nor while the writer runs, over what it serves', async () => {
  const platform = await openPlatform({ path: copyOf(sound) })
  await declareOn(platform, ['d'])
  await forge(platform.log)
  const { state } = await answer({ ...platform, states: NO_STORE }, 'capital', {})
  expect(state).toMatchObject({ models: {} })
  await platform.views.catchUp()
  expect(platform.views.digests()[0]?.position, 'nor are views stored beyond it').toBe(4)
  await platform.close()
})

test('a cursor that another log signed is not believed', async () => {
  const other = path('other')
  await declare(other, ['a', 'b', 'c', 'd'])
  const folder = copyOf(forged)
  copyFileSync(cursorOf(other), cursorOf(folder))
  expect(await shown(folder)).toEqual({ position: 4 })
})

test('wherever the cursor stands in a sound log, between a cause and its answer too, it costs time alone', async () => {
  const whole = await playedPlatform(3)
  const facts = await factsOf(whole.log)
  const { position } = await whole.log.head()
  expect(facts.length).toBe(position)
  const reactions = facts.filter(({ actor }) => actor.startsWith('asof:'))
  expect(reactions.length).toBeGreaterThan(HISTORY_DAYS / 100)
  // Each cut between two events of the days in which a model is live, and some before.
  const last = Array.from({ length: 7 }, (_, back) => position - 2 * back)
  for (const at of [...last, position + 1_000_000]) {
    await memoryPlatform({ log: whole.log, chunks: whole.chunks, cursor: memoryCursor(at) })
    expect(await factsOf(whole.log), `the cursor at ${at}`).toEqual(facts)
  }
})
