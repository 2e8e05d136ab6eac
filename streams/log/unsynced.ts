/** Files that are there whole or not at all at once, and durable together later: one wait for the disk serves many. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { draftOf, isMissing, makeFolder, syncFolder } from './files.ts'

/** No more files than these are open at a time. */
const MOST_WAITING = 64
const SYNCS_AT_ONCE = 8

/** Windows makes only durable what one may write to. */
const TO_SYNC = process.platform === 'win32' ? 'r+' : 'r'

type Waiting = Readonly<{ path: string; file: FileHandle; isNew: boolean }>

export class UnsyncedFiles {
  readonly #waiting: Waiting[] = []
  #syncing: Promise<void> = Promise.resolve()
  #failure: Readonly<{ error: unknown }> | null = null

  /** Gives bytes their final name. It does not wait for the disk, unless many files do already. */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#write(path, bytes)
    } catch (error) {
      if (!isMissing(error)) throw error
      await makeFolder(dirname(path))
      await this.#write(path, bytes)
    }
    if (this.#waiting.length >= MOST_WAITING) await this.sync()
  }

  /** A file that is there, though whoever wrote it may not have made it durable. */
  async take(path: string): Promise<void> {
    this.#waiting.push({ path, file: await open(path, TO_SYNC), isNew: false })
    if (this.#waiting.length >= MOST_WAITING) await this.sync()
  }

  /**
   * Makes durable all that was written or taken before. Of what the disk refuses, what was written here is removed: whoever writes it again
   * does not find it, and believe it durable. From then on it refuses: others may wait for what was removed.
   */
  sync(): Promise<void> {
    const files = this.#waiting.splice(0)
    const synced = this.#syncing.then(async () => {
      await syncAll(files)
      if (this.#failure !== null) throw this.#failure.error
    })
    this.#syncing = synced.catch((error: unknown) => {
      this.#failure ??= { error }
    })
    return synced
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const draft = draftOf(path)
    // A file is made in another thread: while the disk syncs others, this takes milliseconds.
    const file = await open(draft, 'wx')
    try {
      await file.writeFile(bytes)
      await rename(draft, path)
    } catch (error) {
      await file.close()
      await rm(draft, { force: true })
      throw error
    }
    this.#waiting.push({ path, file, isNew: true })
  }
}

async function syncAll(files: readonly Waiting[]): Promise<void> {
  const rest = files.values()
  const some = async (): Promise<void> => {
    for (const { file } of rest) await file.sync()
  }
  // No file is closed while another is still waited for.
  const synced = await Promise.allSettled(Array.from({ length: SYNCS_AT_ONCE }, some))
  await Promise.allSettled(files.map(({ file }) => file.close()))
  try {
    for (const one of synced) if (one.status === 'rejected') throw one.reason
    await Promise.all([...new Set(files.map(({ path }) => dirname(path)))].map(syncFolder))
  } catch (error) {
    for (const { path, isNew } of files) if (isNew) await rm(path, { force: true })
    throw error
  }
}
