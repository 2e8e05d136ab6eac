/** Files on their way in: streamed into the data folder, read from there once, and gone. */
import { randomUUID } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { LIMITS } from '../streams/sources/room.ts'
import { wallClock } from './clock.ts'
import type { Folder } from './folder.ts'

export const uploadId = z.uuid()

/** A file's own name: of no other folder, and nothing that a file system reads otherwise. */
const FILE_NAME = /^(?!\.)[^/\\\p{Cc}]{1,200}$/u
/** What a file system takes. */
const NAME_BYTES = 255

/** The greatest file that is taken: as much as one arrival may have of text. */
const MOST_BYTES = LIMITS.unpackedBytes

/** What is being read has another name. */
const TAKEN = '.taken'

const folderOf = (folder: Folder): string => join(folder.root, 'uploads')

/**
 * Writes what comes to a file of its own, a part at a time.
 * @returns what `data.ingest` is to be told
 * @throws Refusal `upload.name`, `source.too-large`
 */
export async function takeUpload(folder: Folder, name: string, bytes: Readable): Promise<string> {
  if (!FILE_NAME.test(name) || Buffer.byteLength(name) > NAME_BYTES || basename(name) !== name)
    throw refuse('upload.name', { name })
  dropOld(folder, wallClock.nowMicros())
  const id = randomUUID()
  const place = join(folderOf(folder), id)
  // In the folder that is served: one that was moved meanwhile is not begun anew where it was.
  for (const made of [folderOf(folder), place]) if (!existsSync(made)) mkdirSync(made, { mode: 0o700 })
  try {
    await pipeline(
      bytes,
      noMoreThan(MOST_BYTES, name),
      createWriteStream(join(place, name), { mode: 0o600, flags: 'wx' }),
    )
  } catch (error) {
    dropUpload(folder, id)
    throw error
  }
  return id
}

async function* bounded(parts: AsyncIterable<Buffer>, most: number, file: string) {
  let bytes = 0
  for await (const part of parts) {
    bytes += part.length
    if (bytes > most) throw refuse('source.too-large', { file, what: 'bytes', limit: `${most} bytes` })
    yield part
  }
}

const noMoreThan = (most: number, file: string) => (parts: AsyncIterable<Buffer>) =>
  bounded(parts, most, file)

/** A file that was uploaded, in the hands of one who reads it and then drops it. */
export type Upload = Readonly<{ path: string; name: string; drop: () => void }>

/** Takes an upload: nobody else has it from now on. @throws Refusal `upload.unknown` */
export function uploadIn(folder: Folder, id: string): Upload {
  const place = join(folderOf(folder), id)
  const taken = `${place}${TAKEN}`
  const [name] = namesIn(place)
  if (name === undefined) throw refuse('upload.unknown', { upload: id })
  renameSync(place, taken)
  return {
    path: join(taken, name),
    name,
    drop: () => rmSync(taken, { recursive: true, force: true }),
  }
}

/** Whether it is there, and nobody has taken it. */
export const hasUpload = (folder: Folder, id: string): boolean =>
  namesIn(join(folderOf(folder), id)).length > 0

function namesIn(place: string): readonly string[] {
  try {
    return readdirSync(place)
  } catch {
    return []
  }
}

const dropUpload = (folder: Folder, id: string): void =>
  rmSync(join(folderOf(folder), id), { recursive: true, force: true })

/** Whoever uploaded a file and went away may have this long to come back for it. */
const KEPT_MICROS = 24 * 3_600_000_000

/** What was uploaded long ago, and never ingested: nobody else frees its room while the server runs. */
function dropOld(folder: Folder, now: Micros): void {
  for (const id of namesIn(folderOf(folder))) {
    const stats = statSync(join(folderOf(folder), id), { throwIfNoEntry: false })
    if (stats !== undefined && stats.mtimeMs * 1000 < now - KEPT_MICROS) dropUpload(folder, id)
  }
}

/** What was uploaded and never ingested, because the server ended before. */
export const dropUploads = (folder: Folder): void =>
  rmSync(folderOf(folder), { recursive: true, force: true })
