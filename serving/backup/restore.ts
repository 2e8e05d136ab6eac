/** `asof restore`: builds a platform's folder from a backup, under its name only when it is whole. What a killed try left is gone on with. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Backup } from '../../streams/log/backup/manifest.ts'
import { type Restored, restoreLog } from '../../streams/log/backup/restore.ts'
import type { BackupStore } from '../../streams/log/backup/store.ts'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import { folderAt, makeFolders } from '../folder.ts'
import { isTaken } from '../put-out.ts'

type Asked = Readonly<{ to: string; progress?: (events: number, of: number) => void }>

/** Names the backup that a folder is being built from. */
const MARK = 'restoring'

/** @throws Refusal `backup.taken`, and as `restoreLog` */
export async function restoreInto(
  backup: Backup,
  store: BackupStore,
  { to, progress }: Asked,
): Promise<Restored> {
  const path = resolve(to)
  if (isTaken(path)) throw refuse('backup.taken', { folder: path })
  const part = `${path}.restoring`
  const mark = join(part, MARK)
  // What was begun from another backup is none of this one.
  if (existsSync(part) && (!existsSync(mark) || readFileSync(mark, 'utf8') !== backup.digest))
    throw refuse('backup.taken', { folder: part })
  mkdirSync(dirname(path), { recursive: true })
  mkdirSync(part, { recursive: true })
  writeFileSync(mark, backup.digest)
  const folder = folderAt(part)
  makeFolders(folder)
  const into = { log: folder.log, seal: folder.seal, chunks: openChunkFolder(folder.chunks) }
  const restored = await restoreLog(backup, store, { into, ...(progress && { progress }) })
  rmSync(mark)
  if (existsSync(path)) rmdirSync(path)
  renameSync(part, path)
  return restored
}
