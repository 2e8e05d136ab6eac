/** What an attacker does who may write the whole folder: edit, cut, fork, and seal again with the key that lies in it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RecordedBatch } from '../../schemas/envelope.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { declareDataset } from '../../serving/actions.ts'
import { type Folder, folderAt } from '../../serving/folder.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { sealOptions } from '../../serving/sealing.ts'
import { IDENTITY } from '../../streams/log/embedded/database.ts'
import { openEmbeddedLog, openEmbeddedReader, openSealedLog } from '../../streams/log/embedded/open.ts'
import { asAppended } from '../support/memory-platform.ts'
import { act, SMALL_DATASET } from '../support/small-platform.ts'

/** A folder for tests, removed by `remove`. */
export function workplace(name: string) {
  const root = mkdtempSync(join(tmpdir(), `asof-attack-${name}-`))
  let copies = 0
  return {
    path: (part: string) => join(root, part),
    /** A copy of a folder to do harm to. */
    copyOf(path: string): string {
      const copy = join(root, `copy-${copies++}`)
      cpSync(path, copy, { recursive: true })
      return copy
    },
    drop: (copy: string) => rmSync(copy, { recursive: true, force: true }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** Appends one event for each name, by a platform that is opened and closed for it. */
export async function declare(path: string, names: readonly string[]): Promise<void> {
  const platform = await openPlatform({ path })
  await declareOn(platform, names)
  await platform.close()
}

export async function declareOn(platform: Platform, names: readonly string[]): Promise<void> {
  for (const dataset of names)
    await declareDataset(platform, { ...SMALL_DATASET, dataset }, act(`declare ${dataset}`))
}

/** Changes the database past its triggers, which are put back. */
export function editDatabase(path: string, sql: string): void {
  const database = new DatabaseSync(join(folderAt(path).log, 'log.db'))
  const triggers = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all()
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`)
  database.exec(sql)
  for (const { sql: made } of triggers) database.exec(String(made))
  database.close()
}

type Edit = (batch: RecordedBatch, index: number) => (RecordedBatch[number] & { recordedAt: number })[] | null

/** Writes the whole log anew, each batch as `edit` would have it; null leaves it out. Leaves are made for what is written. */
export async function rewrite(path: string, edit: Edit): Promise<void> {
  const folder = folderAt(path)
  const reader = openEmbeddedReader({ folder: folder.log, registry: REGISTRY })
  const batches: RecordedBatch[] = []
  for await (const batch of reader.readAll(1)) batches.push(batch)
  await reader.close()
  for (const ending of ['', '-wal', '-shm']) rmSync(join(folder.log, `log.db${ending}`), { force: true })
  const identity = readFileSync(join(folder.log, IDENTITY))
  rmSync(join(folder.log, IDENTITY))
  let now = 0
  const clock = { nowMicros: () => now }
  const log = openEmbeddedLog({ folder: folder.log, registry: REGISTRY, clock })
  for (const [index, batch] of batches.entries()) {
    const edited = edit(batch, index)
    if (edited === null) continue
    now = edited[0]?.recordedAt ?? now
    const { stream, ...rest } = asAppended(edited)
    await log.append({ stream, ...rest, expected: await log.revisionOf(stream) })
  }
  await log.close()
  writeFileSync(join(folder.log, IDENTITY), identity)
}

export const asItIs: Edit = (batch) => [...batch]

/** Seals whatever the log is now with the key of the folder, as if nothing had been sealed before. */
export async function reseal(path: string): Promise<void> {
  const folder = folderAt(path)
  forgetSeal(folder)
  const log = await openSealedLog({
    ...{ folder: folder.log, registry: REGISTRY, clock: { nowMicros: () => 0 } },
    seal: async (reader) => ({ ...(await sealOptions(folder, reader)), wasSealed: false }),
  })
  await log.close()
}

/** Takes away the seal and everything else that shows that there was one, but for the key. */
export function forgetSeal(folder: Folder): void {
  for (const part of ['checkpoint', 'checkpoints', 'head', 'tile'])
    rmSync(join(folder.seal, part), { recursive: true, force: true })
  rmSync(join(folder.log, IDENTITY), { force: true })
  rmSync(folder.lanes, { recursive: true, force: true })
  rmSync(folder.projections, { force: true })
}
