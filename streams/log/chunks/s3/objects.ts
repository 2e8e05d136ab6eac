/** Objects of a bucket that others write: their names, and their bytes, in memory or in a file, within stated limits. */
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, type GetObjectCommandOutput, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { draftOf } from '../../files.ts'
import { type BucketAddress, bucketClient, isMissingObject, refusalOf } from './client.ts'
import { type Patience, patiently } from './patience.ts'

/** Each function throws Refusal `chunk.store-away` and `chunk.store-refused`. */
export type Objects = Readonly<{
  /** Keys that begin with a prefix, in pages; of those right under it alone unless it is `deep`. */
  keys: (prefix: string, deep: boolean) => AsyncGenerator<readonly string[]>
  /** Null where there is none. */
  read: (key: string, take: Take) => Promise<Buffer | null>
  /** Writes one to a path, whole or not at all. @returns whether there is one */
  save: (key: string, path: string, take: Take) => Promise<boolean>
}>

/** Is told of bytes before they are kept, and of those that are thrown away again; it throws a Refusal to end the read. */
export type Take = (bytes: number) => void

/** How long an object may take, and how much longer for each megabyte of it: a server that gives it byte by byte is left. */
const OBJECT_MILLIS = 60_000
const MILLIS_PER_MEGABYTE = 1_000

const BEAT_MILLIS = 250

/** @param alive is called while the bucket is asked */
export function bucketObjects(address: BucketAddress, patience: Patience, alive: () => void): Objects {
  const client = bucketClient(address)
  const { bucket: Bucket } = address

  const asked = async <T>(what: string, ask: (signal: Deadline) => Promise<T>): Promise<T> => {
    const once = async (): Promise<T> => {
      const deadline = new Deadline()
      try {
        return await ask(deadline)
      } catch (error) {
        throw refusalOf(error, address, what)
      } finally {
        deadline.end()
      }
    }
    const beat = setInterval(alive, BEAT_MILLIS)
    try {
      return await patiently(patience, once)
    } finally {
      clearInterval(beat)
    }
  }

  /** What is told to `take` in the end is what was kept. */
  const reading = <T>(
    key: string,
    take: Take,
    keep: (parts: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<T>,
  ): Promise<T | null> =>
    asked(`read ${key}`, async (deadline) => {
      const { signal } = deadline
      const get = new GetObjectCommand({ Bucket, Key: key })
      const found = await client.send(get, { abortSignal: signal }).catch(missing)
      if (!(found?.Body instanceof Readable)) return null
      const { Body, ContentLength: told } = found
      // All of it at once, where the server says how much it is: what is too large is not begun.
      let [bytes, taken] = [0, 0]
      const upTo = (most: number): void => {
        if (most <= taken) return
        take(most - taken)
        taken = most
      }
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const part of Body) {
          bytes += part.length
          upTo(bytes)
          yield part
        }
        if (told !== undefined && bytes !== told) throw new Error(`${bytes} of ${told} bytes came`)
      }
      try {
        upTo(told ?? 0)
        deadline.allow(told ?? 0)
        return await keep(counted(), signal)
      } catch (error) {
        take(-taken)
        throw error
      } finally {
        Body.destroy()
      }
    })

  return {
    async *keys(Prefix, deep) {
      let from: string | undefined
      do {
        const wanted = { Bucket, Prefix, ContinuationToken: from, ...(!deep && { Delimiter: '/' }) }
        const page = await asked('list', ({ signal: abortSignal }) =>
          client.send(new ListObjectsV2Command(wanted), { abortSignal }),
        )
        yield (page.Contents ?? []).flatMap(({ Key }) => Key ?? [])
        from = page.NextContinuationToken
      } while (from !== undefined)
    },
    read: (key, take) =>
      reading(key, take, async (parts) => {
        const kept: Uint8Array[] = []
        for await (const part of parts) kept.push(part)
        return Buffer.concat(kept)
      }),
    save: async (key, path, take) =>
      (await reading(key, take, async (parts, signal) => {
        await mkdir(dirname(path), { recursive: true })
        const draft = draftOf(path)
        try {
          await pipeline(parts, createWriteStream(draft), { signal })
          await rename(draft, path)
        } catch (error) {
          await rm(draft, { force: true })
          throw error
        }
        return true
      })) ?? false,
  }
}

function missing(error: unknown): GetObjectCommandOutput | null {
  if (isMissingObject(error)) return null
  throw error
}

class Deadline {
  readonly #end = new AbortController()
  #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setTimeout(() => this.#end.abort(), OBJECT_MILLIS)
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  allow(bytes: number): void {
    clearTimeout(this.#timer)
    const millis = OBJECT_MILLIS + (MILLIS_PER_MEGABYTE * bytes) / 1e6
    this.#timer = setTimeout(() => this.#end.abort(), millis)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
