/** Failures of the machine and not of the program, by name: a full disk, a folder that cannot be written, a damaged database. */
import { type Fault, fault, Refusal } from '../schemas/kernel/fault.ts'

/** SQLite's primary result codes: sqlite.org/rescode.html. */
const SQLITE: Readonly<Record<number, 'full' | 'read-only' | 'damaged'>> = {
  8: 'read-only', // SQLITE_READONLY
  10: 'damaged', // SQLITE_IOERR: the file ends too early, or the disk fails
  11: 'damaged', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'read-only', // SQLITE_CANTOPEN
  18: 'damaged', // SQLITE_TOOBIG: more in a row than an event has
  26: 'damaged', // SQLITE_NOTADB
}
/** Extended codes that say more than the primary one. */
const EXTENDED: Readonly<Record<number, 'full'>> = {
  4874: 'full', // SQLITE_IOERR_SHMSIZE: no room for the memory that processes share
}
const SYSTEM: Readonly<Record<string, 'full' | 'read-only' | 'gone'>> = {
  ENOENT: 'gone',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EROFS: 'read-only',
  EISDIR: 'read-only',
  ENOTDIR: 'read-only',
  EEXIST: 'read-only',
  ELOOP: 'read-only',
  ENXIO: 'read-only',
  ENAMETOOLONG: 'read-only',
}

/** Null for what has no such name: a defect. @param place the folder that was worked on, where it is known */
export function namedFault(error: unknown, place = 'the platform'): Fault | null {
  if (error instanceof Refusal) return error.fault
  if (!(error instanceof Error)) return null
  const path = 'path' in error && typeof error.path === 'string' ? error.path : place
  const problem = error.message
  switch (kindOf(error)) {
    case 'full':
      return fault('folder.full', { path, problem })
    case 'read-only':
      return fault('folder.not-writable', { path, problem })
    case 'gone':
      return fault('folder.gone', { path, problem })
    case 'damaged':
      return fault('log.unreadable', { folder: path, problem })
    default:
      return null
  }
}

/** The greatest body that HTTP takes whole: more than a person writes. Files are streamed. */
export const BODY_BYTES = 4 << 20

/** Characters of each text in what is told: a name of 3 MB that a caller sent came back twice. */
const MOST_TOLD = 20_000

/** What is told of a failure to whoever asked from elsewhere: never a stack, and nothing without end. */
export function faultToTell(error: unknown): Fault {
  const { code, message, detail } = namedFault(error) ?? otherFault(error)
  const isLong = (value: unknown): value is string => typeof value === 'string' && value.length > MOST_TOLD
  if (!Object.values(detail).some(isLong)) return { code, message, detail }
  const told = Object.entries(detail).map(([key, value]) => [key, isLong(value) ? begun(value) : value])
  return fault(code, Object.fromEntries(told))
}

const begun = (text: string): string =>
  `${text.slice(0, MOST_TOLD).toWellFormed()}... (${text.length} characters)`

function otherFault(error: unknown): Fault {
  const problem = error instanceof Error ? error.message : String(error)
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return fault('request.too-large', { bytes: BODY_BYTES })
  if (status < 500) return fault('request.malformed', { problem })
  // What went wrong inside is for the log of the server: it may name files, and what is in them.
  return fault('internal', { problem: 'Something went wrong that has no name' })
}

function kindOf(error: Error): 'full' | 'read-only' | 'gone' | 'damaged' | undefined {
  if ('errcode' in error && typeof error.errcode === 'number')
    return EXTENDED[error.errcode] ?? SQLITE[error.errcode & 0xff]
  // A program that is not there is none of the folder's files.
  if ('syscall' in error && String(error.syscall).startsWith('spawn')) return undefined
  return 'code' in error && typeof error.code === 'string' ? SYSTEM[error.code] : undefined
}
