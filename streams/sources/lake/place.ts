/** Where a table lies, and how its files come to hand: a folder of this machine, or a part of a bucket. */
import { resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import type { BucketAddress } from '../../log/chunks/s3/client.ts'

export type LakeBucket = BucketAddress &
  Readonly<{
    /** Before the keys of the table's objects; it ends in a slash, unless it is empty. */
    prefix: string
    /** What of them may lie on this machine at once. */
    mostBytes: number
  }>

export type LakePlace = Readonly<{
  /** As people are told of it: a folder, or `s3://bucket/prefix`. */
  name: string
  /** Where its files are read: its own folder, or one that those which are needed are brought to. */
  folder: string
  bucket?: LakeBucket | undefined
}>

/** A place that can be asked. Paths are absolute, and lie in its folder. Each function throws Refusal `lake.*`. */
export type LakeFiles = LakePlace &
  Readonly<{
    /** The names of files in a folder of it; null where there is no such folder. */
    names: (within: string) => Promise<readonly string[] | null>
    /** A file of the table's log, which is read whole. */
    read: (path: string) => Promise<Buffer>
    /** Has them lie in the folder, to be opened by their paths. @returns the first of them that is not there */
    bring: (paths: readonly string[]) => Promise<string | null>
    /** The first of them that is not there; they are not brought. */
    lost: (paths: readonly string[]) => Promise<string | null>
  }>

export const folderPlace = (folder: string): LakePlace => ({ name: folder, folder: resolve(folder) })

/** What is told of it to another process. */
export const placeOf = ({ name, folder, bucket }: LakePlace): LakePlace => ({ name, folder, bucket })

export const unreadable = ({ name }: Pick<LakePlace, 'name'>, why: string): Refusal =>
  refuse('lake.unreadable', { table: name, why: why.slice(0, MOST_WHY) })

/** What a table's log says may be long. */
const MOST_WHY = 1_000

/** @param what a part of the table's format */
export const unsupported = ({ name }: Pick<LakePlace, 'name'>, what: string, remedy: string): Refusal =>
  refuse('lake.unsupported', { table: name, what, remedy })

/** What a file of a table's log may have; one that is longer belongs behind a checkpoint, or in fewer manifests. */
export const MOST_LOG_BYTES = 2 ** 28

/**
 * The path of a file that a table's log names, which lies in the table's own place.
 * @param told relative to it, or a URI: `file:` in a folder, `s3:` (and `s3a:`, as Hadoop has it) in a bucket
 */
export function fileIn(place: LakePlace, told: string): string {
  const within = place.bucket === undefined ? ofFolder(place, told) : ofBucket(place, place.bucket, told)
  const path = resolve(place.folder, within)
  if (!path.startsWith(resolve(place.folder) + sep))
    throw unreadable(place, `it names ${told}, which lies outside of it`)
  return path
}

const URI = /^[a-z][a-z0-9+.-]+:/i

function ofFolder(place: LakePlace, told: string): string {
  if (told.startsWith('file:')) return fileURLToPath(told)
  if (URI.test(told)) throw unreadable(place, `it names ${told}, which is not on this machine`)
  return told
}

function ofBucket(place: LakePlace, { bucket, prefix }: LakeBucket, told: string): string {
  const [, own, key] = /^s3[an]?:\/\/([^/]+)\/(.*)$/s.exec(told) ?? []
  if (own === bucket && key?.startsWith(prefix)) return key.slice(prefix.length)
  if (URI.test(told)) throw unreadable(place, `it names ${told}, which lies outside of it`)
  return told
}
