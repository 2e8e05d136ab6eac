/** Where a platform's chunks lie: in its folder, or in the bucket that its configuration names. */
import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { ChunkCache } from '../streams/log/chunks/cache.ts'
import { openChunkFolder } from '../streams/log/chunks/folder.ts'
import { chunkIn } from '../streams/log/chunks/layout.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { isMissing } from '../streams/log/files.ts'
import { readWritten } from '../streams/log/regular.ts'
import { bucketAddress, retentionOf } from './bucket-config.ts'
import { wallClock } from './clock.ts'
import { type ChunksConfig, configPath, readConfig } from './config.ts'
import type { Folder } from './folder.ts'
import { warn } from './warn.ts'

type Opened = ChunkStore & Readonly<{ assertFit?: () => Promise<void> }>
type Place = Pick<Folder, 'root' | 'chunks'>

/**
 * The store, asked for what it is going to do; what the folder holds from before there was a bucket is carried over.
 * @throws Refusal `chunk.no-object-lock`, `chunk.weaker-retention`, `chunk.store-away`, `chunk.store-refused`, and as `readConfig`
 */
export async function openChunksForWriting(folder: Place): Promise<ChunkStore> {
  const bucket = await bucketOf(folder, true)
  if (bucket === null) return openChunkFolder(folder.chunks)
  await bucket.assertFit?.()
  await carryOver(folder.chunks, bucket)
  return bucket
}

/**
 * The store for whoever reads, or has a writer beside him. The configuration is read when the first chunk is asked for.
 * @param isCached whether a chunk of a bucket may come from this machine: not for whoever proves that the bucket has it
 */
export function openChunks(folder: Place, isCached = true): ChunkStore {
  if (!mayNameBucket(folder)) return openChunkFolder(folder.chunks)
  let opening: Promise<ChunkStore> | null = null
  const store = (): Promise<ChunkStore> => {
    opening ??= bucketOf(folder, isCached).then((bucket) => bucket ?? openChunkFolder(folder.chunks))
    return opening
  }
  return {
    put: async (...chunk) => (await store()).put(...chunk),
    sync: async () => (await store()).sync(),
    get: async (hash) => (await store()).get(hash),
    has: async (hash) => (await store()).has(hash),
    async *list() {
      yield* (await store()).list()
    },
  }
}

/** Null where the chunks lie in the folder. */
async function bucketOf(folder: Place, isCached: boolean): Promise<Opened | null> {
  if (!mayNameBucket(folder)) return null
  const { chunks } = await readConfig(folder, process.env)
  return chunks === undefined ? null : openBucket(folder, chunks, isCached)
}

/** Most folders have no configuration, and most configurations none of chunks: these cost no reading of YAML. */
function mayNameBucket(folder: Place): boolean {
  if (Object.keys(process.env).some((name) => name.startsWith('ASOF_CHUNKS_'))) return true
  try {
    return readWritten(configPath(folder)).includes('chunks')
  } catch (error) {
    // What cannot be read may name one: it is refused when it is read.
    return !isMissing(error)
  }
}

async function openBucket(folder: Place, config: ChunksConfig, isCached: boolean): Promise<Opened> {
  // Only whoever has a bucket waits for its client to be loaded.
  const { openChunkBucket } = await import('../streams/log/chunks/s3/open.ts')
  const cache = new ChunkCache({
    folder: join(folder.root, 'chunk-cache'),
    mostBytes: config.cacheMegabytes * 2 ** 20,
    clock: wallClock,
    onProblem: (problem) => warn(`Nothing more is kept in chunk-cache: ${problem}`),
  })
  return openChunkBucket({
    ...{ ...bucketAddress(config), prefix: config.prefix, clock: wallClock },
    ...(config.retention && { retention: retentionOf(config.retention) }),
    cache: isCached ? cache : null,
    patience: {
      waitMillis: config.waitSeconds * 1000,
      onWaiting: (problem) => warn(`Waiting for the chunk store: ${problem}`),
    },
    onRecovered: (hash, at) =>
      warn(
        `Chunk ${hash} was deleted or written over at ${at}; the version that Object Lock keeps was read.`,
      ),
  })
}

/** Chunks that were put before there was a bucket; the folder's own stay where they are. */
async function carryOver(folder: string, bucket: ChunkStore): Promise<void> {
  const own = (await readdir(folder, { recursive: true })).flatMap(
    (name) => chunkIn(name.replaceAll(sep, '/')) ?? [],
  )
  if (own.length === 0) return
  const there = new Set<string>()
  for await (const hash of bucket.list()) there.add(hash)
  const missing = own.filter(({ hash }) => !there.has(hash))
  const from = openChunkFolder(folder)
  for (const { hash, format } of missing) await bucket.put(await from.get(hash), format)
  await bucket.sync()
  if (missing.length > 0)
    warn(`${missing.length} chunks of ${folder} are in the bucket now as well. The folder may be emptied.`)
}
