/**
 * The head of the seal: the checkpoint of the last commit, in one small file that is written over each time. It is with the
 * operating system before a commit is acknowledged, and so outlives the process however that ends; its fsync begins within
 * SYNC_MILLIS, in a thread of its own that no commit waits for.
 */
import { closeSync, existsSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../../../schemas/kernel/assert.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { writeDurably } from '../files.ts'
import { NOTE_BYTES, ownText } from '../regular.ts'
import { type SyncedFile, type Syncing, syncByThread } from './sync-thread.ts'

export const HEAD = 'head'
/** One sector, so that a disk writes all of it or nothing; its length never changes, so that no other block has to follow. */
const HEAD_BYTES = 512

/** Written by the one writer of the log. */
export class HeadFile {
  readonly #file: number
  readonly #synced: SyncedFile
  #failure: Error | null = null

  private constructor(file: number, syncing: Syncing) {
    this.#file = file
    this.#synced = syncing(file, (error) => {
      this.#failure ??= error
    })
  }

  /** Makes the file where there is none. */
  static async open(folder: string, note: string, syncing: Syncing = syncByThread): Promise<HeadFile> {
    const path = join(folder, HEAD)
    if (!existsSync(path)) await writeDurably(path, padded(note))
    const head = new HeadFile(openSync(path, 'r+'), syncing)
    head.write(note)
    return head
  }

  /** @throws the error of an fsync that failed since */
  write(note: string): void {
    if (this.#failure !== null) throw this.#failure
    writeSync(this.#file, padded(note), 0, HEAD_BYTES, 0)
    this.#synced.soon()
  }

  /** How many fsyncs were done so far. */
  get syncs(): number {
    return this.#synced.syncs()
  }

  close(): void {
    this.#synced.end()
    fdatasyncSync(this.#file)
    closeSync(this.#file)
  }
}

/** The note in a head file; null where there is none. @throws Refusal `seal.malformed` for bytes that follow it, `file.unsound` */
export function readHead(folder: string): string | null {
  const path = join(folder, HEAD)
  const text = ownText(path, NOTE_BYTES)
  if (text === null) return null
  const end = text.indexOf('\0')
  const note = end < 0 ? text : text.slice(0, end)
  if (end >= 0 && !/^\0*$/.test(text.slice(end))) {
    throw refuse('seal.malformed', { thing: `The file ${path}`, problem: 'something follows its note' })
  }
  return note
}

function padded(note: string): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES)
  const length = Buffer.byteLength(note)
  assert(length <= HEAD_BYTES, 'a note of one signature fits into a sector')
  bytes.write(note)
  return bytes
}
