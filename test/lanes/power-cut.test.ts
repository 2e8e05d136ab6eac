/**
 * The power goes at any moment: of the log stays what was made durable, of chunks too, or more of the log and none of the chunks that were not; of
 * every other file the latest that was written. The platform opens
 * again with all that it acknowledged, takes nothing for lost, and says the same again.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { REGISTRY } from '../../schemas/registry.ts'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { verifyFolder } from '../../serving/sealing.ts'
import { databasePath } from '../../streams/log/embedded/database.ts'
import { openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { WriteAheadFile } from '../../streams/log/embedded/wal.ts'
import { UnsyncedFiles } from '../../streams/log/unsynced.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { ALWAYS, smallFolder } from '../support/small-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-power-cut-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const path = join(root, 'whole')
const wal = (folder: string) => `${databasePath(folderAt(folder).log)}-wal`
/** The machine as it is found after each cut, and how far the log was acknowledged by then. */
const cuts: { path: string; acknowledged: number; lostChunks: number }[] = []

/** Chunks that were put and not made durable. A power cut leaves them empty. */
function chunksAtRisk(beforeSync: () => void): ReadonlySet<string> {
  const { write, sync } = UnsyncedFiles.prototype
  const risked = new Set<string>()
  vi.spyOn(UnsyncedFiles.prototype, 'write').mockImplementation(async function (this: UnsyncedFiles, ...put) {
    if (put[0].startsWith(path)) risked.add(put[0])
    await write.apply(this, put)
  })
  vi.spyOn(UnsyncedFiles.prototype, 'sync').mockImplementation(async function (this: UnsyncedFiles) {
    beforeSync()
    const synced = [...risked]
    await sync.call(this)
    for (const one of synced) risked.delete(one)
  })
  return risked
}

/** Before every seventh sync of the log the power goes, and before every fifteenth of the chunks. */
function cutAtSyncs() {
  const risked = chunksAtRisk(() => {
    // SQLite has told the system of all that it wrote, and the system may have made that durable by itself.
    if (isOpen && risked.size > 0 && chunkSyncs++ % 15 === 0) cutNow(null)
  })
  const sync = WriteAheadFile.prototype.sync
  const cutNow = (logBytes: number | null) => {
    const cut = join(root, `cut-${cuts.length}`)
    const chunks = [...risked]
      .filter((file) => existsSync(file))
      .map((file) => join(cut, relative(path, file)))
    cpSync(path, cut, { recursive: true, filter: (file) => !/\.db-shm$|writer\.lock/.test(file) })
    if (logBytes !== null) truncateSync(wal(cut), logBytes)
    for (const file of chunks) truncateSync(file)
    cuts.push({ path: cut, acknowledged: log?.durableTo ?? 0, lostChunks: chunks.length })
  }
  let [durableBytes, syncs, chunkSyncs, isOpen] = [0, 0, 0, false]
  let log: { durableTo: number } | null = null
  vi.spyOn(WriteAheadFile.prototype, 'sync').mockImplementation(async function (this: WriteAheadFile) {
    const written = statSync(wal(path), { throwIfNoEntry: false })?.size ?? 0
    if (isOpen && syncs++ % 7 === 0) cutNow(durableBytes)
    await sync.call(this)
    durableBytes = written
  })
  return (platform: { log: { durableTo: number } }) => {
    log = platform.log
    isOpen = true
  }
}

test('whatever the power took, all that was acknowledged is there, and the rest is said again', async () => {
  const begin = cutAtSyncs()
  const platform = await smallFolder(path, 12, ALWAYS, begin)
  vi.restoreAllMocks()
  const said = new Map((await eventsOf(platform.log)).map((event) => [event.commandId, event]))
  await platform.close()
  expect(cuts.length).toBeGreaterThan(5)
  let lost = 0
  for (const { path: cut, acknowledged } of cuts) {
    const left = openEmbeddedReader({ folder: folderAt(cut).log, registry: REGISTRY })
    const there = (await left.head()).position
    await left.close()
    expect(there).toBeGreaterThanOrEqual(acknowledged)
    const again = await openPlatform({ path: cut })
    lost += (await again.drain()) - there
    for (const event of await eventsOf(again.log)) {
      const { recordedAt: _, position: at, ...fact } = event
      const { recordedAt: __, position, ...before } = said.get(event.commandId) ?? event
      expect([fact, at]).toEqual([before, position])
    }
    await again.close()
    expect((await verifyFolder(cut, {})).damages).toEqual([])
  }
  // Something was indeed written and not durable, or the test shows nothing.
  expect(lost).toBeGreaterThan(0)
  expect(cuts.reduce((sum, { lostChunks }) => sum + lostChunks, 0)).toBeGreaterThan(1)
}, 120_000)
