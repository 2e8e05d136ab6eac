/** Files that are there whole or not at all, also after a power cut. */
import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Two writers of one name do not meet: each file that is written has a number. What a process left behind that was killed is not met either, as in
 * a container the next one has its id.
 */
const WRITER = randomBytes(6).toString('hex')
let written = 0
export const draftOf = (path: string): string => `${path}.${WRITER}-${written++}.tmp`

/** Writes beside the final name, makes it durable, and only then gives it its name. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path)
  await makeFolder(folder)
  await writeNamed(path, bytes)
  await syncFolder(folder)
}

/** Puts a text in the place of a file, or of whatever else lies there: a pipe in it is never written to. Not durable. */
export function replaceText(path: string, text: string, mode = 0o666): void {
  const draft = draftOf(path)
  try {
    writeFileSync(draft, text, { flag: 'wx', mode })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** A file with durable bytes, and a name that is not durable yet. */
async function writeNamed(path: string, bytes: Uint8Array): Promise<void> {
  const draft = draftOf(path)
  try {
    await withFile(draft, 'wx', async (file) => {
      await file.writeFile(bytes)
      await file.sync()
    })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

const FILES_AT_ONCE = 8

/** The same for many files: their bytes are made durable side by side, and each folder's names once. */
export async function writeAllDurably(
  files: readonly Readonly<{ path: string; bytes: Uint8Array }>[],
): Promise<void> {
  const folders = new Set(files.map(({ path }) => dirname(path)))
  for (const folder of folders) await makeFolder(folder)
  const rest = files.values()
  const write = async (): Promise<void> => {
    for (const { path, bytes } of rest) await writeNamed(path, bytes)
  }
  await Promise.all(Array.from({ length: Math.min(FILES_AT_ONCE, files.length) }, write))
  for (const folder of folders) await syncFolder(folder)
}

/** Adds to the end of a file and makes it durable. */
export async function appendDurably(path: string, bytes: Uint8Array): Promise<void> {
  await makeFolder(dirname(path))
  await withFile(path, 'a', async (file) => {
    await file.appendFile(bytes)
    await file.sync()
  })
  await syncFolder(dirname(path))
}

export const isDiskFull = (error: unknown): boolean => hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')
/** It is not there, or what should be its folder is none. */
export const isMissing = (error: unknown): boolean => hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

/** A new folder's name is durable once its parent is. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** Makes the names in a folder durable. Windows does not open folders; there, NTFS orders the names by itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await withFile(folder, 'r', (handle) => handle.sync())
}

async function withFile(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags)
  try {
    await use(file)
  } finally {
    await file.close()
  }
}
