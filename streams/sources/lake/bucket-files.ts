/** A table in a bucket: its log is read from there, and the files that are needed at once are brought to a folder of this machine. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import type { Objects, Take } from '../../log/chunks/s3/objects.ts'
import {
  type LakeBucket,
  type LakeFiles,
  type LakePlace,
  MOST_LOG_BYTES,
  unreadable,
  unsupported,
} from './place.ts'

const AT_ONCE = 8
/** Keys that are held to know which files there are. */
const MOST_OBJECTS = 1_000_000
/** Names in one folder of its log. */
const MOST_NAMES = 200_000

export function bucketFiles(place: LakePlace, bucket: LakeBucket, objects: Objects): LakeFiles {
  const keyOf = (path: string): string => bucket.prefix + relative(place.folder, path).split(sep).join('/')
  let known: Promise<ReadonlySet<string>> | null = null

  const listed = async (prefix: string, deep: boolean, most: number): Promise<Set<string>> => {
    const found = new Set<string>()
    for await (const keys of objects.keys(prefix, deep)) {
      for (const key of keys) found.add(key)
      if (found.size > most)
        throw unsupported(
          place,
          `more than ${most} objects at ${prefix}`,
          'Expire old versions, remove what no version needs, and write a checkpoint.',
        )
    }
    return found
  }

  return {
    ...place,
    names: (within) =>
      asked(place, async () => {
        const prefix = `${bucket.prefix}${within}/`
        const keys = await listed(prefix, false, MOST_NAMES)
        const names = [...keys].map((key) => key.slice(prefix.length))
        return keys.size === 0 ? null : names.filter((name) => name !== '' && !name.includes('/'))
      }),
    read: (path) =>
      asked(place, async () => {
        const bytes = await objects.read(keyOf(path), atMost(place, path))
        if (bytes === null) throw unreadable(place, `${basename(path)} is not there`)
        return bytes
      }),
    bring: (paths) =>
      asked(place, async () => {
        const room = new Room(place, bucket.mostBytes, new Set(paths))
        const rest = paths.filter((path) => !room.has(path)).values()
        let lost: string | null = null
        const bringEach = async (): Promise<void> => {
          for (const path of rest) {
            if (lost !== null) return
            if (!(await objects.save(keyOf(path), path, room.take))) lost ??= path
          }
        }
        await allOf(Array.from({ length: AT_ONCE }, bringEach))
        return lost
      }),
    lost: (paths) =>
      asked(place, async () => {
        known ??= listed(bucket.prefix, true, MOST_OBJECTS)
        const there = await known
        return paths.find((path) => !there.has(keyOf(path))) ?? null
      }),
  }
}

/** Nothing goes on behind the first failure: what is written then may be in the way of what comes next. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function atMost(place: LakePlace, path: string): Take {
  let held = 0
  return (bytes) => {
    held += bytes
    if (held > MOST_LOG_BYTES)
      throw unreadable(
        place,
        `${basename(path)} has more than ${MOST_LOG_BYTES} bytes, and such a file has so many at most`,
      )
  }
}

/** What was brought to a place, and what may be: files that are not wanted any more make room. */
class Room {
  readonly #place: LakePlace
  readonly #mostBytes: number
  readonly #held = new Map<string, number>()
  readonly #others: readonly string[]
  #bytes = 0
  #isCleared = false

  constructor(place: LakePlace, mostBytes: number, wanted: ReadonlySet<string>) {
    this.#place = place
    this.#mostBytes = mostBytes
    const there = readdirSync(place.folder, { recursive: true, withFileTypes: true })
    for (const one of there) {
      if (!one.isFile()) continue
      const path = join(one.parentPath, one.name)
      this.#held.set(path, statSync(path).size)
    }
    for (const bytes of this.#held.values()) this.#bytes += bytes
    this.#others = [...this.#held.keys()].filter((path) => !wanted.has(path))
  }

  has(path: string): boolean {
    return this.#held.has(path)
  }

  /** @throws Refusal `lake.too-large` */
  readonly take: Take = (bytes) => {
    this.#bytes += bytes
    if (this.#bytes > this.#mostBytes) this.#clear()
    if (this.#bytes <= this.#mostBytes) return
    this.#bytes -= bytes
    throw refuse('lake.too-large', {
      table: this.#place.name,
      megabytes: Math.round(this.#mostBytes / 2 ** 20),
    })
  }

  #clear(): void {
    if (this.#isCleared) return
    this.#isCleared = true
    for (const path of this.#others) {
      rmSync(path)
      this.#bytes -= this.#held.get(path) ?? 0
    }
  }
}

/** What a bucket refuses, in the words of a table. */
async function asked<T>(place: LakePlace, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error instanceof Error ? unreadable(place, error.message) : error
    const { code, detail } = error.fault
    if (code !== 'chunk.store-away' && code !== 'chunk.store-refused') throw error
    throw refuse('lake.bucket', { ...detail, table: place.name })
  }
}
