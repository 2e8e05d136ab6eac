/**
 * The head of the seal: the checkpoint of the last commit, in one small file that is written over each time. It is with the
 * operating system before a commit is acknowledged, and so outlives the process however that ends; on the disk it is within
 * SYNC_MILLIS, by an fsync of its own that no commit waits for.
 */
import { closeSync, existsSync, fdatasync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../../../schemas/kernel/assert.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { writeDurably } from '../files.ts'

/** How long a commit's seal may take to be on the disk. Measured: an fsync with each commit doubles a single append. */
export const SYNC_MILLIS = 100
export const HEAD = 'head'
/** One sector, so that a disk writes all of it or nothing; its length never changes, so that no other block has to follow. */
const HEAD_BYTES = 512

/** Written by the one writer of the log. */
export class HeadFile {
  readonly #file: number
  #timer: NodeJS.Timeout | null = null
  #failure: Error | null = null
  #isClosed = false

  private constructor(file: number) {
    this.#file = file
  }

  /** Makes the file where there is none. */
  static async open(folder: string, note: string): Promise<HeadFile> {
    const path = join(folder, HEAD)
    if (!existsSync(path)) await writeDurably(path, padded(note))
    const head = new HeadFile(openSync(path, 'r+'))
    head.write(note)
    return head
  }

  /** @throws the error of an fsync that failed since */
  write(note: string): void {
    if (this.#failure !== null) throw this.#failure
    writeSync(this.#file, padded(note), 0, HEAD_BYTES, 0)
    this.#timer ??= setTimeout(() => this.#sync(), SYNC_MILLIS).unref()
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    fdatasyncSync(this.#file)
    closeSync(this.#file)
    this.#isClosed = true
  }

  /** What is written while the disk is at it waits for the next one. */
  #sync(): void {
    this.#timer = null
    fdatasync(this.#file, (error) => {
      this.#failure ??= this.#isClosed ? null : error
    })
  }
}

/** The note in a head file; null where there is none. @throws Refusal `seal.malformed` for bytes that follow it */
export function readHead(folder: string): string | null {
  const path = join(folder, HEAD)
  if (!existsSync(path)) return null
  const text = readFileSync(path, 'utf8')
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
