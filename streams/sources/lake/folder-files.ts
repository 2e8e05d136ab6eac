/** A table in a folder of this machine. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readRegular } from '../../log/regular.ts'
import { type LakeFiles, type LakePlace, MOST_LOG_BYTES, unreadable } from './place.ts'

export function folderFiles(place: LakePlace): LakeFiles {
  const lost = async (paths: readonly string[]): Promise<string | null> =>
    paths.find((path) => !existsSync(path)) ?? null
  return {
    ...place,
    names: async (within) => {
      const folder = join(place.folder, within)
      const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
      return isThere ? readdirSync(folder) : null
    },
    read: async (path) => {
      try {
        return readRegular(path, MOST_LOG_BYTES)
      } catch (error) {
        throw unreadable(place, `${basename(path)}: ${error instanceof Error ? error.message : error}`)
      }
    },
    bring: lost,
    lost,
  }
}
