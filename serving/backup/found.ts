/** The backups in a place, and the one that is meant among them. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Backup, backupIn, lastFirst, sizeIn } from '../../streams/log/backup/manifest.ts'
import type { BackupStore } from '../../streams/log/backup/store.ts'
import { type NoteVerifier, noteVerifier } from '../../streams/log/seal/note.ts'

export type Listed = Readonly<{
  name: string
  size: number
  storedAt: Micros | null
  /** Null for what is no backup; then `problem` says why. */
  backup: Backup | null
  problem: string | null
}>

/**
 * All of them, the longest first, and among equals the one that was taken last.
 * @param keys the log's public keys as whoever restores has them; with null each backup is held against the key in it, which proves that
 * it is whole and not whose it is
 */
export async function backupsIn(
  store: BackupStore,
  keys: readonly NoteVerifier[] | null,
): Promise<readonly Listed[]> {
  const listed: Listed[] = []
  for (const { name, storedAt, read } of await store.manifests()) {
    const bytes = await read()
    const found = backupIn(bytes, name, keys ?? ownKeys(bytes))
    const isBackup = !('problem' in found)
    listed.push({
      ...{ name, size: sizeIn(name), storedAt },
      ...{ backup: isBackup ? found : null, problem: isBackup ? null : found.problem },
    })
  }
  return listed.sort(lastFirst)
}

/** @param at the number of events, or the beginning of a manifest's digest @throws Refusal `backup.none` */
export function chosen(listed: readonly Listed[], store: BackupStore, at?: string): Backup {
  const sound = listed.flatMap((one) => (one.backup === null ? [] : [one.backup]))
  const isMeant = ({ checkpoint, digest }: Backup) =>
    at === undefined || String(checkpoint.size) === at || digest.startsWith(at)
  const found = sound.find(isMeant)
  if (found !== undefined) return found
  const [first] = listed
  const problem =
    at !== undefined && sound.length > 0
      ? `none has ${at} events, or a digest that begins so`
      : (first?.problem ?? 'it is empty')
  throw refuse('backup.none', { place: store.place, problem })
}

/** The key that a manifest says its log has. */
function ownKeys(bytes: Uint8Array): readonly NoteVerifier[] {
  try {
    const { verifierKey } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { verifierKey?: unknown }
    return typeof verifierKey === 'string' ? [noteVerifier(verifierKey)] : []
  } catch {
    return []
  }
}
