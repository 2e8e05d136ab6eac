/** Files that go to where a user says: whole under their names when they are done, or not there, and nothing of his in their way is lost. */
import { randomUUID } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { refuse } from '../schemas/kernel/fault.ts'

/** @throws Refusal `output.no-folder` where there is no folder that a file of this path could lie in; before anything is read */
export function assertFolderOf(path: string): void {
  const folder = dirname(resolve(path))
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw refuse('output.no-folder', { path, folder })
}

/** @param write writes a file that is not there yet, beside the one that is meant. @throws Refusal `output.no-folder`, and what it throws */
export async function putFile<T>(path: string, write: (part: string) => Promise<T>): Promise<T> {
  assertFolderOf(path)
  // A name of its own: what is there under another one is the user's.
  const part = `${path}.${randomUUID().slice(0, 8)}.part`
  try {
    const written = await write(part)
    renameSync(part, path)
    return written
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

/** Whether there is something where a folder is to be written: anything but an empty folder. */
export const isTaken = (to: string): boolean =>
  lstatSync(to, { throwIfNoEntry: false }) !== undefined &&
  (statSync(to, { throwIfNoEntry: false })?.isDirectory() !== true || readdirSync(to).length > 0)

/** Puts files into a folder that is empty or not there; where that fails, nothing of it stays. */
export function putFolder(
  to: string,
  files: Iterable<readonly [name: string, bytes: Uint8Array | string]>,
): void {
  const made = mkdirSync(to, { recursive: true })
  try {
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(to, name)), { recursive: true })
      writeFileSync(join(to, name), bytes)
    }
  } catch (error) {
    const left = made === undefined ? readdirSync(to).map((name) => join(to, name)) : [made]
    for (const path of left) rmSync(path, { recursive: true, force: true })
    throw error
  }
}
