/** The chunk store on real S3 servers, each with what it promises. */
import { randomUUID } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, test } from 'vitest'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { wallClock } from '../../serving/clock.ts'
import { pathOf } from '../../streams/log/chunks/layout.ts'
import { openChunkBucket } from '../../streams/log/chunks/s3/open.ts'
import type { Retention } from '../../streams/log/chunks/s3/retention.ts'
import { chunkStoreContract, textBytes } from '../contract/chunks.contract.ts'
import { refusalIn } from '../support/refusals.ts'
import { S3_SERVERS } from './s3-servers.ts'

const run = randomUUID().slice(0, 8)
const [plain, locked] = [`plain-${run}`, `locked-${run}`]

describe.each(S3_SERVERS)('$name', ({ endpoint, credentials, isStrict }) => {
  const open = (bucket: string, prefix: string, retention?: Retention) =>
    openChunkBucket({
      ...{ bucket, prefix, region: 'us-east-1', endpoint, pathStyle: true, credentials, clock: wallClock },
      ...(retention && { retention }),
      cache: null,
      patience: { waitMillis: 1_000, onWaiting: () => undefined },
    })

  describe.skipIf(endpoint === '')('the chunk store', () => {
    const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials })
    beforeAll(async () => {
      await client.send(new CreateBucketCommand({ Bucket: plain }))
      await client.send(new CreateBucketCommand({ Bucket: locked, ObjectLockEnabledForBucket: true }))
    })

    let prefixes = 0
    chunkStoreContract(
      'contract',
      () => open(plain, `run-${prefixes++}/`),
      () => open(plain, `run-${prefixes - 1}/`),
    )

    test('a list of more than a page is whole and in order', async () => {
      const chunks = open(plain, 'many/')
      const hashes: string[] = []
      for (let i = 0; i < 1_100; i++) hashes.push(await chunks.put(textBytes(`one of many ${i}`), 'json'))
      await chunks.sync()
      const listed: string[] = []
      for await (const hash of chunks.list()) listed.push(hash)
      expect(listed).toEqual(hashes.sort())
    }, 120_000)

    test('bytes that somebody wrote over are refused, and written anew when they are put again', async () => {
      const chunks = open(plain, 'over/')
      const hash = await chunks.put(textBytes('content'), 'json')
      await chunks.sync()
      const Key = `over/${pathOf(hash, 'json')}`
      await client.send(new PutObjectCommand({ Bucket: plain, Key, Body: 'CONTENT' }))
      expect(await refusalIn(chunks.get(hash))).toBe('chunk.damaged')
      await chunks.put(textBytes('content'), 'json')
      await chunks.sync()
      expect(Buffer.from(await chunks.get(hash)).toString()).toBe('content')
      await client.send(new DeleteObjectCommand({ Bucket: plain, Key }))
      expect(await refusalIn(chunks.get(hash))).toBe('chunk.missing')
    })

    test('whoever writes what is there already writes nothing: eight at once leave one version', async () => {
      const retention: Retention = { mode: 'GOVERNANCE', days: 1 }
      const writers = Array.from({ length: 8 }, () => open(locked, 'once/', retention))
      const each = writers.map(async (chunks) => {
        const hash = await chunks.put(textBytes('written by many'), 'json')
        await chunks.sync()
        return hash
      })
      const [hash] = await Promise.all(each)
      const { Versions = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket: locked, Prefix: `once/${pathOf(hash, 'json')}` }),
      )
      expect(Versions.map(({ IsLatest }) => IsLatest)).toEqual([true])
      expect(Buffer.from(await writers[0].get(hash)).toString()).toBe('written by many')
    })

    test('without Object Lock retention is refused, and so is a bucket that is not there', async () => {
      const retention: Retention = { mode: 'GOVERNANCE', days: 1 }
      expect(await refusalIn(open(plain, '', retention).assertFit())).toBe('chunk.no-object-lock')
      expect(await refusalIn(open(`none-${run}`, '').assertFit())).toBe('chunk.store-refused')
      await open(locked, '', retention).assertFit()
    })

    test('what is kept cannot be deleted, is read when its current version is, and is kept longer when it is put again', async () => {
      const short: Retention = { mode: 'COMPLIANCE', days: 2 }
      const chunks = open(locked, '', short)
      const hash = await chunks.put(textBytes('kept'), 'arrow')
      await chunks.sync()
      const at = { Bucket: locked, Key: pathOf(hash, 'arrow') }
      const { Versions: [version] = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket: locked, Prefix: at.Key }),
      )
      const VersionId = version?.VersionId
      await expect(client.send(new DeleteObjectCommand({ ...at, VersionId }))).rejects.toThrow()
      const daysKept = async () => {
        const { ObjectLockRetainUntilDate: until } = await client.send(
          new HeadObjectCommand({ ...at, VersionId }),
        )
        return ((until?.getTime() ?? 0) * 1000 - wallClock.nowMicros()) / MICROS_PER_DAY
      }
      expect(await daysKept()).toBeCloseTo(2, 1)
      const longer = open(locked, '', { mode: 'COMPLIANCE', days: 5 })
      await longer.put(textBytes('kept'), 'arrow')
      await longer.sync()
      expect(await daysKept()).toBeCloseTo(5, 1)
      if (isStrict) {
        const Retention = { Mode: 'COMPLIANCE', RetainUntilDate: new Date(Date.now() + 1_000) } as const
        await expect(
          client.send(new PutObjectRetentionCommand({ ...at, VersionId, Retention })),
        ).rejects.toThrow()
      }
      await client.send(new DeleteObjectCommand(at))
      expect(Buffer.from(await chunks.get(hash)).toString()).toBe('kept')
      await client.send(new PutObjectCommand({ ...at, Body: 'KEPT', ChecksumSHA256: undefined }))
      expect(Buffer.from(await chunks.get(hash)).toString()).toBe('kept')
    })
  })
})
