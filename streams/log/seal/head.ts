/** The head of the seal: the checkpoint of the last commit, in one small file that is written over and made durable each time. */
import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../../../schemas/kernel/assert.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { writeDurably } from '../files.ts'

export const HEAD = 'head'
/** One sector, so that a disk writes all of it or nothing; its length never changes, so that no other block has to follow. */
const HEAD_BYTES = 512

/** Written by the one writer of the log. */
export class HeadFile {
  readonly #file: number

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

  /** It is durable on return. */
  write(note: string): void {
    writeSync(this.#file, padded(note), 0, HEAD_BYTES, 0)
    fdatasyncSync(this.#file)
  }

  close(): void {
    closeSync(this.#file)
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
