/** A backup in a folder: on a disk that the platform's own credentials do not reach, or it is a copy and no more. */
import { statSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { openChunkFolder } from '../chunks/folder.ts'
import { isMissing, writeDurably } from '../files.ts'
import { ownBytes } from '../regular.ts'
import { MANIFEST_BYTES } from './manifest.ts'
import type { BackupStore } from './store.ts'

export function openBackupFolder(folder: string): BackupStore {
  const objects = openChunkFolder(join(folder, 'objects'))
  const manifests = join(folder, 'manifests')
  const isSound = (hash: string): Promise<boolean> =>
    objects.get(hash).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Refusal) return false
        throw error
      },
    )
  return {
    place: folder,
    lockedDays: null,
    async assertFit() {
      await mkdir(manifests, { recursive: true })
    },
    async keep({ hash, format, load }) {
      if (await isSound(hash)) return false
      await objects.put(await load(), format)
      await objects.sync()
      return true
    },
    read: (hash) => objects.get(hash),
    keepManifest: (name, bytes) => writeDurably(join(manifests, name), bytes),
    async manifests() {
      const names = await readdir(manifests).catch((error: unknown) => {
        if (isMissing(error)) return []
        throw error
      })
      return names
        .filter((name) => name.endsWith('.json'))
        .map((name) => {
          const path = join(manifests, name)
          const storedAt = Math.floor((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) * 1000)
          const read = async (): Promise<Uint8Array> => {
            const bytes = ownBytes(path, MANIFEST_BYTES)
            if (bytes === null)
              throw refuse('backup.unsound', { what: `The manifest ${path}`, problem: 'it is gone' })
            return bytes
          }
          return { name, storedAt, read }
        })
    },
  }
}
