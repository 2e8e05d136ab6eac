/** Which files a path means: itself, those of a folder, or those that fit a pattern; in one stated order. */
import { globSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isRead } from '../../streams/sources/file-kind.ts'
import { entityOf } from '../../streams/sources/file-name.ts'

const PATTERN = /[*?[{]/

/** `whole` is false for one file that was named as such. */
export type Files = Readonly<{ paths: readonly string[]; whole: boolean; passedOver: number }>

/**
 * A folder means the files in it and below that can be read as data, and whose names fit where the declaration has a pattern; the rest
 * are counted. Files come by their paths, code unit by code unit, whoever lists them.
 * @throws Refusal `source.unreadable` where there is none
 */
export function filesOf(path: string, pattern: string): Files {
  const kind = statSync(path, { throwIfNoEntry: false })
  if (kind?.isDirectory() === true) {
    const all = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    const paths = all.filter((one) => isRead(basename(one)) && fits(basename(one), pattern)).sort()
    return some({ paths, whole: true, passedOver: all.length - paths.length }, path)
  }
  if (kind !== undefined || !PATTERN.test(path)) return { paths: [path], whole: false, passedOver: 0 }
  const paths = globSync(path).filter((one) => statSync(one).isFile())
  return some({ paths: paths.sort(), whole: true, passedOver: 0 }, path)
}

function some(files: Files, path: string): Files {
  if (files.paths.length > 0) return files
  throw refuse('source.unreadable', { file: path, why: 'there is no data file in it' })
}

function fits(file: string, pattern: string): boolean {
  try {
    entityOf(file, pattern)
    return true
  } catch {
    return false
  }
}
