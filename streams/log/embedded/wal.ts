/** The write-ahead log of SQLite, made durable by this process and not by SQLite, which would keep the whole thread waiting. */
import { closeSync, existsSync, fdatasync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { syncFolder } from '../files.ts'

const dataSync = promisify(fdatasync)

/**
 * With `synchronous = NORMAL` SQLite leaves a commit in its write-ahead log with the operating system, and makes that log durable
 * before it takes anything from it into the database (https://sqlite.org/pragma.html#pragma_synchronous). What is left to do, which
 * `FULL` would do within each commit, is to make the file durable before a commit is acknowledged.
 */
export class WriteAheadFile {
  readonly #path: string
  #descriptor: number | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** Makes durable what SQLite wrote before this was called. There is no file before the first write. */
  async sync(): Promise<void> {
    if (this.#descriptor !== null) return dataSync(this.#descriptor)
    if (!existsSync(this.#path)) return
    // Windows makes only durable what one may write to.
    this.#descriptor = openSync(this.#path, 'r+')
    await dataSync(this.#descriptor)
    await syncFolder(dirname(this.#path))
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
  }
}
