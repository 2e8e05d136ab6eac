/** Locks of a backup: renewed once a quarter of their time is over, on the very objects, and not before. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { checkpointIn, ownVerifierKey } from '../../serving/sealing.ts'
import { openBackupBucket } from '../../streams/log/backup/bucket.ts'
import { takeBackup } from '../../streams/log/backup/take.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { storeForReading } from '../../streams/log/embedded/open.ts'
import { noteVerifier } from '../../streams/log/seal/note.ts'
import { declareOn } from '../attack/tools.ts'
import { s3Server } from '../support/s3-server.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-locks-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const DAY_ONE = Date.UTC(2026, 0, 1) * 1000
const DAYS = 40

test('each object is locked for three quarters of the days at least, whenever the last backup was', async () => {
  const path = join(root, 'platform')
  const platform = await openPlatform({ path })
  await declareOn(platform, ['a', 'b', 'c'])
  await platform.close()
  const folder = folderAt(path)
  let now = DAY_ONE
  const server = await s3Server('backups', {})
  const store = openBackupBucket({
    ...{ bucket: 'backups', prefix: '', region: 'us-east-1', endpoint: server.endpoint, pathStyle: true },
    credentials: { accessKeyId: 'test', secretAccessKey: 'testtesttest' },
    retention: { mode: 'COMPLIANCE', days: DAYS },
    clock: { nowMicros: () => now },
    patience: { waitMillis: 50, onWaiting: () => undefined },
  })
  await store.assertFit()
  const { note: head, log } = checkpointIn(folder)
  const verifierKey = ownVerifierKey(folder) ?? ''
  const seal = { log, verifierKey, notes: Buffer.from(head), witnessed: [], head }
  const source = { store: storeForReading(folder.log), chunks: openChunkMemory(), seal }
  const full: number[] = []
  for (let day = 0; day <= 60; day += 3) {
    now = DAY_ONE + day * MICROS_PER_DAY
    const taken = await takeBackup({ ...source, verifiers: [noteVerifier(verifierKey)] }, store, {
      now,
      full: false,
    })
    if (taken.full) full.push(day)
    const objects = [...server.objects]
      .filter(([key]) => key.startsWith('objects/'))
      .flatMap(([, versions]) => versions)
    expect(objects.length).toBe(2)
    for (const { mode, until = '' } of objects) {
      const days = (Date.parse(until) * 1000 - now) / MICROS_PER_DAY
      expect([mode, days >= DAYS * 0.75], `day ${day}: ${days}`).toEqual(['COMPLIANCE', true])
      expect(taken.lockedUntil).toBeLessThanOrEqual(Date.parse(until) * 1000)
    }
  }
  // Not each time, and often enough.
  expect(full.length).toBeGreaterThan(5)
  expect(full.length).toBeLessThan(12)
  source.store.close()
  await server.close()
})
