/**
 * Chunks of 20 kB put and read: in a folder, in a bucket, and by the bare client of the same S3 server on loopback. The ways take turns, so
 * that what else the machine does counts for all.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { wallClock } from '../../serving/clock.ts'
import { ChunkCache } from '../../streams/log/chunks/cache.ts'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import { openChunkBucket } from '../../streams/log/chunks/s3/open.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { freePorts } from '../servers/daemon.ts'
import { pythonMissing } from '../servers/python.ts'
import { startMoto, stopMoto } from '../servers/s3.ts'

const TIMES = 100
const TOGETHER = 8
const BYTES = 20_000

type Row = Readonly<Record<string, string | number>>

/** @returns null where no S3 server can be run here */
export async function benchChunks(): Promise<readonly Row[] | null> {
  const missing = pythonMissing()
  if (missing !== null) {
    console.log(`\nchunks: skipped, ${missing}`)
    return null
  }
  const port = await freePorts(1)
  const endpoint = await startMoto(port)
  const root = mkdtempSync(join(tmpdir(), 'asof-bench-chunks-'))
  try {
    return await measured(endpoint, root)
  } finally {
    rmSync(root, { recursive: true })
    await stopMoto(port)
  }
}

async function measured(endpoint: string, root: string): Promise<readonly Row[]> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'testtesttest' }
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: 'bench' }))
  const place = { bucket: 'bench', prefix: '', region: 'us-east-1', endpoint, pathStyle: true, credentials }
  const patience = { waitMillis: 1_000, onWaiting: () => undefined }
  const open = (cache: ChunkCache | null) => openChunkBucket({ ...place, cache, patience, clock: wallClock })
  const cache = new ChunkCache({ folder: join(root, 'cache'), mostBytes: 2 ** 30, clock: wallClock })
  const [folder, bucket, cached] = [openChunkFolder(join(root, 'chunks')), open(null), open(cache)]
  const chunk = () => randomBytes(BYTES)
  const some = () => Array.from({ length: TOGETHER }, chunk)
  let key = 0
  const bare = (Body: Uint8Array) =>
    client.send(new PutObjectCommand({ Bucket: 'bench', Key: `bare-${key++}`, Body, ContentLength: BYTES }))
  const there = await cached.put(chunk(), 'arrow')
  await cached.sync()
  const putAll = async (store: typeof folder, all: readonly Uint8Array[]) => {
    for (const one of all) await store.put(one, 'arrow')
    await store.sync()
  }
  await bare(chunk())
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    'put and sync 1, bare client': () => bare(chunk()),
    'put and sync 1, bucket': () => putAll(bucket, [chunk()]),
    'put and sync 1, folder': () => putAll(folder, [chunk()]),
    [`put ${TOGETHER} and sync, bare client, one after the other`]: async () => {
      for (const one of some()) await bare(one)
    },
    [`put ${TOGETHER} and sync, bucket`]: () => putAll(bucket, some()),
    [`put ${TOGETHER} and sync, folder`]: () => putAll(folder, some()),
    'read 1, bare client': async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bench', Key: 'bare-0' }))
      await Body?.transformToByteArray()
    },
    'read 1, bucket, checked': () => bucket.get(there),
    'read 1, from the cache, checked': () => cached.get(there),
  }
  const millis = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]))
  for (let i = 0; i < TIMES; i++)
    for (const [name, way] of Object.entries(ways)) {
      const begun = performance.now()
      await way()
      millis.get(name)?.push(performance.now() - begun)
    }
  return [...millis].map(([way, all]) => {
    const sorted = Float64Array.from(all)
    return { way, times: all.length, p50ms: quantileOf(sorted, 0.5), p99ms: quantileOf(sorted, 0.99) }
  })
}
