/**
 * Backups on a real S3 server with Object Lock (`TEST_S3`): an attacker with the platform's own key deletes, writes over and hides all that
 * this key can, and what was backed up is restored and passes its drill.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderAt } from '../../serving/folder.ts'
import { ownVerifierKey, verifyFolder } from '../../serving/sealing.ts'
import { asof, type Ran } from '../support/cli.ts'
import { smallFolder } from '../support/small-folder.ts'

const endpoint = process.env.TEST_S3 ?? ''
const [accessKeyId, secretAccessKey] = [
  process.env.TEST_S3_KEY ?? 'test',
  process.env.TEST_S3_SECRET ?? 'testtesttest',
]
const Bucket = `backups-${randomUUID().slice(0, 8)}`

describe.skipIf(endpoint === '')('backups on an S3 server (TEST_S3)', () => {
  const root = mkdtempSync(join(tmpdir(), 'asof-backups-'))
  const path = join(root, 'platform')
  const client = new S3Client({
    ...{ region: 'us-east-1', endpoint, forcePathStyle: true },
    credentials: { accessKeyId, secretAccessKey },
  })
  const versions = async (): Promise<readonly ObjectVersion[]> => {
    const found: ObjectVersion[] = []
    let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
    for (;;) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket, ...from }))
      found.push(...(page.Versions ?? []))
      if (page.IsTruncated !== true) return found
      from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    }
  }
  const ran = async (...args: readonly string[]): Promise<Ran> => {
    const done = await asof(path, ...args)
    expect(done.err, args.join(' ')).not.toContain('A defect')
    expect(done.code, `${args.join(' ')}: ${done.err}`).toBe(0)
    return done
  }
  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
    const platform = await smallFolder(path, 3)
    await platform.close()
    writeFileSync(join(path, 'secret'), `${secretAccessKey}\n`)
    writeFileSync(
      join(path, 'asof.yaml'),
      `backup: { bucket: ${Bucket}, prefix: desk/, endpoint: "${endpoint}", accessKey: ${accessKeyId}, secretKeyFile: secret, retention: { mode: compliance, days: 400 } }\n`,
    )
  }, 600_000)
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  test('an attacker with its own key loses it nothing; the restored log passes its drill, which the log records', async () => {
    const first = JSON.parse((await ran('backup', '--json')).out)
    expect([first.full, first.brought === first.checked]).toEqual([true, true])
    const kept = await versions()
    expect(kept.length).toBeGreaterThan(first.brought)

    let refused = 0
    for (const { Key, VersionId } of kept) {
      const at = { Bucket, Key }
      // For good: the server refuses each.
      const gone = client.send(new DeleteObjectCommand({ ...at, VersionId }))
      refused += await gone.then(
        () => 0,
        () => 1,
      )
      await client.send(new DeleteObjectCommand(at))
      await client.send(new PutObjectCommand({ ...at, Body: `encrypted ${Key}` }))
      await client.send(new DeleteObjectCommand(at))
      if (process.env.TEST_S3_LOCK === 'strict') {
        const Retention = { Mode: 'COMPLIANCE', RetainUntilDate: new Date(Date.now() + 1_000) } as const
        const shortened = client.send(new PutObjectRetentionCommand({ ...at, VersionId, Retention }))
        await expect(shortened).rejects.toThrow()
      }
    }
    expect(refused).toBe(kept.length)
    const forged = {
      Bucket,
      Key: `desk/manifests/9999999999999999-9999999999999999-${'0'.repeat(64)}.json`,
      Body: '{}',
    }
    await client.send(new PutObjectCommand(forged))
    // And over one object more versions than a page of the list has.
    const victim = kept.find(({ Key = '' }) => Key.endsWith('.file'))?.Key
    for (let i = 0; i < 1_050; i++)
      await client.send(new PutObjectCommand({ Bucket, Key: victim, Body: `${i}` }))

    const vkey = ownVerifierKey(folderAt(path)) ?? ''
    const into = join(root, 'restored')
    await ran('restore', '--into', into, '--vkey', vkey)
    const verified = await verifyFolder(into, { verifierKey: vkey })
    expect([verified.damages, verified.events]).toEqual([[], first.size])

    const drilled = await ran('restore', '--drill', '--json')
    process.stdout.write(`${drilled.out}\n`)
    const drill = JSON.parse(drilled.out)
    expect([drill.passed, drill.damages, drill.differences, drill.size]).toEqual([true, 0, 0, first.size])
    expect(drill.compared).toBeGreaterThan(20)

    const next = JSON.parse((await ran('backup', '--full', '--json')).out)
    expect(next.unsound.join()).toContain('9999999999999999')
    expect(next.size).toBeGreaterThan(first.size)
    expect((await ran('backups')).out).toContain('its name')
  }, 900_000)
})
