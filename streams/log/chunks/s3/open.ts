/** Chunks in an S3-compatible bucket, with those that were used last in a folder of this machine. */
import { type Digest, sha256 } from '../../../../schemas/kernel/canonical.ts'
import type { ChunkStore } from '../../chunks.ts'
import type { ChunkCache } from '../cache.ts'
import { Bucket, type BucketOptions } from './bucket.ts'
import { type Patience, patiently } from './patience.ts'
import { Uploads } from './uploads.ts'

type BucketStoreOptions = BucketOptions &
  Readonly<{
    /** Null for whoever wants to know what the bucket itself has. */
    cache: ChunkCache | null
    /** How long a bucket that is away is waited for, before what needs it is refused. */
    patience: Patience
  }>

/**
 * A chunk is durable when `sync` says so: then the bucket has it.
 * @throws Refusal from `sync`, `get`, `has` and `list` also `chunk.store-away`, `chunk.store-refused`; what was put stays at hand, and the
 * next `sync` tries it again
 */
export function openChunkBucket(options: BucketStoreOptions): ChunkStore & Pick<Bucket, 'assertFit'> {
  const { cache, patience } = options
  const bucket = new Bucket(options)
  const uploads = new Uploads((...chunk) => bucket.write(...chunk), patience)
  const reads = new Map<Digest, Promise<Uint8Array>>()

  const fetched = async (hash: Digest): Promise<Uint8Array> => {
    const bytes = (await cache?.get(hash)) ?? null
    if (bytes !== null) return bytes
    const read = await patiently(patience, () => bucket.read(hash))
    await cache?.keep(hash, read)
    return read
  }

  return {
    assertFit: () => patiently(patience, () => bucket.assertFit()),
    async put(given, format) {
      const hash = sha256(given)
      // It leaves later: whoever made it may use the memory for the next one.
      const bytes = given.slice()
      await uploads.put(hash, format, bytes)
      await cache?.keep(hash, bytes)
      return hash
    },
    sync: () => uploads.sync(),
    async get(hash) {
      const pending = uploads.pending(hash)
      if (pending !== undefined) return pending
      const read = reads.get(hash) ?? fetched(hash).finally(() => reads.delete(hash))
      reads.set(hash, read)
      return read
    },
    has: async (hash) =>
      uploads.pending(hash) !== undefined ||
      (await cache?.has(hash)) === true ||
      patiently(patience, () => bucket.has(hash)),
    list: () => bucket.list(),
  }
}
