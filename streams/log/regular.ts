/** Files that are read whole: regular ones of a stated greatest size, so that no pipe, device or sparse giant stops a reader. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { refuse } from '../../schemas/kernel/fault.ts'
import { hasCode, isMissing } from './files.ts'

/** The greatest sizes of what is read whole; each is far beyond what is ever written. */
export const NOTE_BYTES = 64 << 10
/** One note of some 200 bytes for each minute of work, for five years. */
export const NOTES_BYTES = 500_000_000
export const TILE_BYTES = 64 << 10
export const CHUNK_BYTES = 2 ** 31 - 1
export const KEY_BYTES = 64 << 10
/** What a person writes: a declaration, a policy, a definition. */
export const WRITTEN_BYTES = 4 << 20

/** What lies at a path is no file that is read; the message says what it is. */
export class NotAFile extends Error {}

/** @throws NotAFile, and what the system says of a file that is not there or may not be read */
export function readRegular(path: string, mostBytes: number): Buffer {
  const file = opened(path)
  try {
    const stats = fstatSync(file)
    const problem = problemOf(stats) ?? sizeProblem(stats.size, mostBytes)
    if (problem !== null) throw new NotAFile(problem)
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * The text of a file that a person wrote, without the mark of its encoding.
 * @throws NotAFile, also where it is not UTF-8, and what the system says
 */
export function readWritten(path: string): string {
  const bytes = readRegular(path, WRITTEN_BYTES)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new NotAFile('it is not UTF-8; save it as that')
  }
}

/** The text of a file of the platform's own; null where there is none. @throws Refusal `file.unsound` */
export const ownText = (path: string, mostBytes: number): string | null =>
  ownBytes(path, mostBytes)?.toString('utf8') ?? null

/** @throws Refusal `file.unsound` */
export function ownBytes(path: string, mostBytes: number): Buffer | null {
  try {
    return readRegular(path, mostBytes)
  } catch (error) {
    if (isMissing(error)) return null
    throw error instanceof NotAFile ? refuse('file.unsound', { path, problem: error.message }) : error
  }
}

/** What is wrong with what lies at a path, before a library opens it by its name; null for a file, and for nothing. */
export function pathProblem(path: string): string | null {
  try {
    return problemOf(statSync(path))
  } catch (error) {
    if (isMissing(error)) return null
    if (hasCode(error, 'ELOOP')) return LOOP
    throw error
  }
}

const LOOP = 'it is a link that leads to itself'

/** A pipe would wait for whoever writes to it, and does not where nobody blocks. */
function opened(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (hasCode(error, 'ENXIO')) throw new NotAFile('it is a socket, not a file')
    throw hasCode(error, 'ELOOP') ? new NotAFile(LOOP) : error
  }
}

function problemOf(stats: Stats): string | null {
  if (stats.isFile()) return null
  const isPipe = stats.isFIFO() ? 'a named pipe' : stats.isSocket() ? 'a socket' : 'a device'
  return `it is ${stats.isDirectory() ? 'a folder' : isPipe}, not a file`
}

const sizeProblem = (size: number, most: number): string | null =>
  size > most ? `it has ${size} bytes, and such a file has ${most} at most` : null
