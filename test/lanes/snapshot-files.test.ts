/** A snapshot that is not whole, not signed, or not of this lane and log is passed over; the answers are the same. */
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Position } from '../../schemas/envelope.ts'
import { confirmAsItStands } from '../../serving/as-it-stands.ts'
import { folderAt } from '../../serving/folder.ts'
import type { LaneName } from '../../serving/lanes/names.ts'
import { snapshotFiles, snapshotKey } from '../../serving/lanes/snapshots.ts'
import { openLog } from '../../serving/open-log.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import type { Snapshot } from '../../streams/snapshot.ts'
import { workplace } from '../attack/tools.ts'
import { factsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { ALWAYS, killedFolder, openSmall, smallFolder } from '../support/small-folder.ts'
import { HISTORY_DAYS, playDays } from '../support/small-platform.ts'

const { path, copyOf, remove } = workplace('snapshots')
const [sound, other] = [path('sound'), path('other')]
const DAYS = 6
afterAll(remove)

const folderOf = (folder: string, lane: LaneName) => join(folderAt(folder).lanes, lane)
/** The files of a lane, the newest first. */
const filesOf = (folder: string, lane: LaneName = 'live'): string[] =>
  readdirSync(folderOf(folder, lane))
    .filter((name) => name.endsWith('.snapshot'))
    .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
    .map((name) => join(folderOf(folder, lane), name))
const newest = (folder: string, lane?: LaneName) => filesOf(folder, lane)[0]

/** What was warned of while something was done. */
async function warnedBy<T>(work: () => Promise<T>): Promise<readonly [T, string]> {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    const done = await work()
    return [done, write.mock.calls.map(([text]) => String(text)).join('')]
  } finally {
    write.mockRestore()
  }
}

/** Opens a folder and goes on for two days. */
async function goneOn(folder: string) {
  const platform = await openSmall(folder)
  const { position } = await platform.log.head()
  await playDays(platform, HISTORY_DAYS + DAYS, HISTORY_DAYS + DAYS + 2)
  await platform.views.catchUp()
  const facts = await factsOf(platform.log)
  const digests = platform.views.digests()
  await platform.close()
  return { position, facts, digests }
}

let expected: Awaited<ReturnType<typeof goneOn>>

beforeAll(async () => {
  for (const folder of [sound, other]) {
    const platform: MemoryPlatform = await smallFolder(folder, DAYS - 1, ALWAYS)
    await playDays(platform, HISTORY_DAYS + DAYS - 1, HISTORY_DAYS + DAYS)
    await platform.close()
  }
  const [whole, warned] = await warnedBy(() => goneOn(copyOf(sound)))
  expect(warned).toBe('')
  expected = whole
}, 60_000)

/** Signs a snapshot with the folder's own key, as it is edited. */
async function resign(folder: string, edit: (snapshot: Snapshot) => Snapshot): Promise<void> {
  const log = await openLog(folderAt(folder))
  const key = () => snapshotKey(log.seal, 'live')
  const files = snapshotFiles({ folder: folderAt(folder), lane: 'live', log, key })
  for await (const snapshot of files.whole(Number.MAX_SAFE_INTEGER)) {
    files.keep(snapshot.position, () => edit(snapshot))
    break
  }
  await files.kept()
  await log.close()
}

const flip = (file: string, at: number) => {
  const bytes = readFileSync(file)
  bytes[at < 0 ? bytes.length + at : at] ^= 1
  writeFileSync(file, bytes)
}

const HARMS: Readonly<Record<string, (folder: string) => unknown>> = {
  'a byte of its columns flipped': (folder) => flip(newest(folder), -100),
  'a byte of its JSON flipped': (folder) => flip(newest(folder), 1000),
  'a byte of its signature flipped': (folder) => flip(newest(folder), 190),
  truncated: (folder) =>
    writeFileSync(
      newest(folder),
      readFileSync(newest(folder)).subarray(0, statSync(newest(folder)).size / 2),
    ),
  empty: (folder) => writeFileSync(newest(folder), ''),
  'of another log': (folder) => copyFileSync(newest(other), newest(folder)),
  'of another lane': (folder) => copyFileSync(newest(folder, 'gate'), newest(folder)),
  'of another position': (folder) => renameSync(filesOf(folder)[1], newest(folder)),
  unsigned(folder) {
    const text = readFileSync(newest(folder), 'latin1')
    writeFileSync(newest(folder), text.replace(/\xe2\x80\x94 asof.local\/log [^\n]*\n/, ''), 'latin1')
  },
  'of an older version of a processor': (folder) =>
    resign(folder, (snapshot) => ({
      ...snapshot,
      processors: snapshot.processors.map((one) => ({ ...one, version: one.version - 1 })),
    })),
  'of a release that writes snapshots otherwise': (folder) =>
    resign(folder, ({ position, revisions }) => ({ position, revisions, lanes: {} }) as unknown as Snapshot),
  'of memory that a processor cannot take over': (folder) =>
    resign(folder, (snapshot) => ({
      ...snapshot,
      processors: snapshot.processors.map((one) => (one.name === 'features' ? { ...one, memory: 7 } : one)),
    })),
}

describe('the newest snapshot', () => {
  test('there are two of each lane, and none is beside them', () => {
    for (const lane of ['live', 'research', 'gate'] as const) {
      expect(filesOf(sound, lane), lane).toHaveLength(2)
      expect(readdirSync(folderOf(sound, lane)), lane).toHaveLength(2)
    }
  })

  test.each(Object.entries(HARMS))('%s: it is passed over, and the answers are the same', async (_, harm) => {
    const folder = copyOf(sound)
    await harm(folder)
    const [opened, warned] = await warnedBy(() => goneOn(folder))
    expect(warned).toMatch(/lanes\/live\/\d+\.snapshot is passed over: /)
    expect(warned.match(/passed over/g), 'the older one is used').toHaveLength(1)
    expect(opened).toEqual(expected)
  })
})

test('one beyond the head, and drafts of one that was being written, are no snapshots', async () => {
  const folder = copyOf(sound)
  copyFileSync(newest(folder), join(folderOf(folder, 'live'), '999999.snapshot'))
  const draft = `${newest(folder)}.1-2.tmp`
  writeFileSync(draft, 'half')
  expect(await goneOn(folder)).toEqual(expected)
  expect(readdirSync(folderOf(folder, 'live'))).not.toContain(draft.split('/').at(-1))
})

test('without any, with damaged ones alone, and without a place for them, the log is read', async () => {
  const [none, damaged, noFolder] = [copyOf(sound), copyOf(sound), copyOf(sound)]
  for (const lane of ['live', 'research', 'gate'] as const) {
    rmSync(folderOf(none, lane), { recursive: true })
    for (const file of filesOf(damaged, lane)) flip(file, -1)
    rmSync(folderOf(noFolder, lane), { recursive: true })
    writeFileSync(folderOf(noFolder, lane), 'no folder')
  }
  for (const folder of [none, damaged, noFolder]) {
    const [opened] = await warnedBy(() => goneOn(folder))
    expect(opened).toEqual(expected)
  }
})

test('whoever takes the answers as they stand has the lanes fold the log again', async () => {
  const folder = copyOf(sound)
  await confirmAsItStands(folder, { actor: 'ann', reason: 'a test', now: 0 })
  for (const lane of ['live', 'research', 'gate'] as const)
    expect(readdirSync(folderAt(folder).lanes)).not.toContain(lane)
})

test('killed while snapshots are written, it goes on from what is whole', async () => {
  const seen: Position[] = []
  for (const afterMillis of [0, 7, 23]) {
    const folder = path(`killed-${afterMillis}`)
    await killedFolder(folder, 2, { afterMillis, snapshots: true })
    const folded = copyOf(folder)
    for (const lane of ['live', 'research', 'gate'] as const)
      rmSync(folderOf(folded, lane), { recursive: true })
    const results = []
    for (const one of [folder, folded]) {
      const platform = await openSmall(one)
      results.push(await factsOf(platform.log))
      const { position: to } = await platform.log.head()
      expect((await replay(platform.log, wireAll(platform.chunks), { from: 1, to })).first).toBeNull()
      seen.push(to)
      await platform.close()
    }
    expect(results[0]).toEqual(results[1])
  }
}, 120_000)
