/** A log that was cut off, or whose end was replaced, is refused before anything is done with what is left of it. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DatasetDeclared } from '../../schemas/events/data.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { declareDataset } from '../../serving/actions.ts'
import { wallClock } from '../../serving/clock.ts'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { openEmbeddedLog } from '../../streams/log/embedded/open.ts'
import { act, SMALL_DATASET } from '../support/small-platform.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-cut-'))
const whole = join(root, 'whole')
afterAll(() => rmSync(root, { recursive: true }))

/** Three sealed events, and one that is durable alone: a process appended it that keeps no seal. */
beforeAll(async () => {
  const platform = await openPlatform({ path: whole })
  const declare = (dataset: string) =>
    declareDataset(platform, { ...SMALL_DATASET, dataset }, act(`declare ${dataset}`))
  for (const dataset of ['a', 'b', 'c']) await declare(dataset)
  await platform.close()
  await appendBeside(whole, ['d'])
})

/** Appends past the platform and its seal. */
async function appendBeside(path: string, datasets: readonly string[]): Promise<void> {
  const log = openEmbeddedLog({ folder: folderAt(path).log, registry: REGISTRY, clock: wallClock })
  for (const dataset of datasets) {
    const events = [DatasetDeclared.draft({ ...SMALL_DATASET, dataset }, { eventTime: 0, knownAt: 0 })]
    const provenance = { actor: 'eve', commandId: dataset, correlationId: dataset, causationId: null }
    await log.append({ stream: `data-${dataset}`, expected: 0, ...provenance, events })
  }
  await log.close()
}

/** A copy of the log, without its events from a position on. */
function cutFrom(position: number): string {
  const path = join(root, `cut-${position}`)
  cpSync(whole, path, { recursive: true })
  const database = new DatabaseSync(join(folderAt(path).log, 'log.db'))
  const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`)
  database.exec(`DELETE FROM event WHERE position >= ${position}`)
  database.exec(`DELETE FROM batch WHERE first_position >= ${position}`)
  database.close()
  return path
}

const opened = async (path: string): Promise<number> => {
  const platform = await openPlatform({ path })
  const { position } = await platform.log.head()
  await platform.close()
  return position
}

test('a log that goes on beyond its seal is opened, and so is one that lost only what was not sealed', async () => {
  expect(await opened(cutFrom(4))).toBe(3)
  const copy = cutFrom(5)
  expect(await opened(copy)).toBe(4)
})

test('a log that lost a sealed event is refused, by name', async () => {
  const fault = {
    code: 'seal.diverged',
    message: expect.stringContaining('it has 2 events, and 3 were sealed'),
  }
  const path = cutFrom(3)
  await expect(opened(path)).rejects.toMatchObject({ fault })
  await expect(opened(path), 'and no writer is left behind').rejects.toMatchObject({ fault })
})

test('a log whose lost event was replaced is refused, by name', async () => {
  const path = cutFrom(2)
  await appendBeside(path, ['b', 'x', 'y'])
  const fault = { code: 'seal.diverged', message: expect.stringContaining('event 2 is not the one') }
  await expect(opened(path)).rejects.toMatchObject({ fault })
})
