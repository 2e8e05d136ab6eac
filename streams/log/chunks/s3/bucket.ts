/** Chunks as objects of a bucket, checked against their hash when they are written and when they are read. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { ChunkRef } from '../../../../schemas/envelope.ts'
import { type Digest, sha256 } from '../../../../schemas/kernel/canonical.ts'
import { refuse } from '../../../../schemas/kernel/fault.ts'
import type { Clock } from '../../../../schemas/kernel/time.ts'
import { CHUNK_BYTES } from '../../regular.ts'
import { hashOf, pathOf, stemOf } from '../layout.ts'
import {
  type BucketAddress,
  bucketClient,
  hasExpired,
  isMissingObject,
  isThereAlready,
  refusalOf,
} from './client.ts'
import { assertLockable, type Retention, retainedUntil, toExtend } from './retention.ts'
import { soundVersion } from './versions.ts'

export type BucketOptions = BucketAddress &
  Readonly<{
    /** Before the key of every chunk: empty, or it ends in a slash. */
    prefix: string
    /** Nobody can delete a chunk for so long after an event last came to name it. */
    retention?: Retention | undefined
    clock: Clock
    /** Told of a chunk whose current version is gone or damaged, and that was read from the one that Object Lock kept. */
    onRecovered?: (hash: Digest, at: string) => void
  }>

export class Bucket {
  readonly #options: BucketOptions
  #client: S3Client

  constructor(options: BucketOptions) {
    this.#options = options
    this.#client = bucketClient(options)
  }

  /**
   * Asks the bucket for what is going to be needed of it.
   * @throws Refusal `chunk.store-away`, `chunk.store-refused`, `chunk.no-object-lock`, `chunk.weaker-retention`
   */
  async assertFit(): Promise<void> {
    const { bucket: Bucket, prefix: Prefix, retention } = this.#options
    await this.#asked('list', () =>
      this.#client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 })),
    )
    if (retention !== undefined)
      await this.#asked('tell of its Object Lock', () => assertLockable(this.#client, Bucket, retention))
  }

  /** Resolves once the bucket has the bytes and, where that is configured, keeps them. */
  write(hash: Digest, format: ChunkRef['format'], bytes: Uint8Array): Promise<void> {
    const { bucket: Bucket, retention, clock } = this.#options
    const Key = this.#key(hash, format)
    const put = (condition: { IfNoneMatch?: string }) =>
      this.#client.send(
        new PutObjectCommand({
          ...{ Bucket, Key, Body: bytes, ContentLength: bytes.length, ...condition },
          ChecksumAlgorithm: 'SHA256',
          ChecksumSHA256: base64Of(hash),
          ...(retention !== undefined && {
            ObjectLockMode: retention.mode,
            ObjectLockRetainUntilDate: retainedUntil(retention, clock),
          }),
        }),
      )
    return this.#asked('store a chunk', async () => {
      try {
        await put({ IfNoneMatch: '*' })
      } catch (error) {
        if (!isThereAlready(error)) throw error
        const there = await this.#head(Key)
        if (there !== null && (await this.#isWhole(there, { Key, hash, bytes: bytes.length }))) {
          await this.#retain(Key, there)
        } else await put({})
      }
    })
  }

  /**
   * As `write`, for a chunk that may be there: its bytes are asked for only where it is not, or not whole.
   * @returns whether they were
   */
  async ensure(
    { hash, format, bytes }: Readonly<{ hash: Digest; format: ChunkRef['format']; bytes: number }>,
    load: () => Promise<Uint8Array>,
  ): Promise<boolean> {
    const Key = this.#key(hash, format)
    const isThere = await this.#asked('tell of a chunk', async () => {
      const there = await this.#head(Key)
      if (there === null || !(await this.#isWhole(there, { Key, hash, bytes }))) return false
      await this.#retain(Key, there)
      return true
    })
    if (!isThere) await this.write(hash, format, await load())
    return !isThere
  }

  /** @throws Refusal `chunk.missing`, `chunk.damaged`, and as `assertFit` */
  async read(hash: Digest): Promise<Uint8Array> {
    return this.#asked('read a chunk', async () => {
      const { bucket: Bucket, retention, onRecovered } = this.#options
      // Nearly all are tables: these need no look at what formats there are.
      const first = this.#key(hash, 'arrow')
      let bytes = await this.#bytesAt(first)
      const keys = bytes === null ? await this.#keysOf(hash) : [first]
      const Key = keys[0] ?? first
      if (bytes === null && keys.length > 0) bytes = await this.#bytesAt(Key)
      if (bytes !== null && sha256(bytes) === hash) return bytes
      // What was damaged on its way is whole the second time.
      if (bytes !== null) bytes = await this.#bytesAt(Key)
      if (bytes !== null && sha256(bytes) === hash) return bytes
      const at = this.#uri(Key)
      const kept =
        retention === undefined
          ? null
          : await soundVersion(this.#client, { Bucket, Prefix: this.#options.prefix + stemOf(hash), hash })
      if (kept !== null) {
        onRecovered?.(hash, at)
        return kept
      }
      throw refuse(bytes === null ? 'chunk.missing' : 'chunk.damaged', { hash, path: at })
    })
  }

  async has(hash: Digest): Promise<boolean> {
    return this.#asked('list', async () => (await this.#keysOf(hash)).length > 0)
  }

  async *list(): AsyncGenerator<Digest> {
    const { bucket: Bucket, prefix: Prefix } = this.#options
    let from: string | undefined
    let last = ''
    do {
      const page = await this.#asked('list', () =>
        this.#client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: from })),
      )
      for (const { Key = '' } of page.Contents ?? []) {
        const hash = hashOf(Key.slice(Prefix.length))
        if (hash !== null && hash !== last) yield hash
        last = hash ?? last
      }
      // A list that breaks off, or begins again, would tell of fewer chunks than there are.
      if (page.IsTruncated === true && [undefined, from].includes(page.NextContinuationToken))
        throw refuse('chunk.store-refused', {
          ...{ bucket: this.#uri(Prefix), what: 'list' },
          problem: 'a page of its list does not say where the next one begins',
        })
      from = page.NextContinuationToken
    } while (from !== undefined)
  }

  #key(hash: Digest, format: ChunkRef['format']): string {
    return this.#options.prefix + pathOf(hash, format)
  }

  #uri(key: string): string {
    return `s3://${this.#options.bucket}/${key}`
  }

  async #asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      if (hasExpired(error)) this.#client = bucketClient(this.#options)
      throw refusalOf(error, this.#options, what)
    }
  }

  async #head(Key: string): Promise<HeadObjectCommandOutput | null> {
    const { bucket: Bucket } = this.#options
    return missingAsNull(this.#client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' })))
  }

  async #bytesAt(Key: string): Promise<Uint8Array | null> {
    const { bucket: Bucket } = this.#options
    const found = await missingAsNull(this.#client.send(new GetObjectCommand({ Bucket, Key })))
    if (found?.Body === undefined) return null
    // One that is larger than any that is written is not read whole, and has another hash.
    if ((found.ContentLength ?? 0) > CHUNK_BYTES) {
      if ('destroy' in found.Body) found.Body.destroy()
      return new Uint8Array()
    }
    return found.Body.transformToByteArray()
  }

  async #keysOf(hash: Digest): Promise<readonly string[]> {
    const { bucket: Bucket, prefix } = this.#options
    const { Contents = [] } = await this.#client.send(
      new ListObjectsV2Command({ Bucket, Prefix: prefix + stemOf(hash) }),
    )
    return Contents.flatMap(({ Key = '' }) => (hashOf(Key.slice(prefix.length)) === hash ? [Key] : []))
  }

  /** Whether what is there already is the chunk; a server that keeps no checksum is asked for the bytes. */
  async #isWhole(
    { ContentLength, ChecksumSHA256 }: HeadObjectCommandOutput,
    { Key, hash, bytes }: Readonly<{ Key: string; hash: Digest; bytes: number }>,
  ): Promise<boolean> {
    if (ContentLength !== bytes) return false
    if (ChecksumSHA256 !== undefined) return ChecksumSHA256 === base64Of(hash)
    const there = await this.#bytesAt(Key)
    return there !== null && sha256(there) === hash
  }

  async #retain(Key: string, there: HeadObjectCommandOutput): Promise<void> {
    const { bucket: Bucket, retention, clock } = this.#options
    if (retention === undefined) return
    const Retention = toExtend(there, retention, clock)
    if (Retention === null) return
    await this.#client.send(new PutObjectRetentionCommand({ Bucket, Key, Retention }))
  }
}

const base64Of = (hash: Digest): string => Buffer.from(hash, 'hex').toString('base64')

const missingAsNull = <T>(work: Promise<T>): Promise<T | null> =>
  work.catch((error: unknown) => {
    if (isMissingObject(error)) return null
    throw error
  })
