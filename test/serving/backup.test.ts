/** Backups: of one moment while the writer goes on, nothing twice, gone on with after a kill, and whole after all that an attacker may do. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BackupDrilled } from '../../schemas/events/backup.ts'
import { declareDataset, defineFeatures } from '../../serving/actions.ts'
import { drill } from '../../serving/backup/drill.ts'
import { backupsIn, chosen } from '../../serving/backup/found.ts'
import { placeOf } from '../../serving/backup/place.ts'
import { restoreInto } from '../../serving/backup/restore.ts'
import { backUp } from '../../serving/backup/take.ts'
import { witnessedOf } from '../../serving/backup/witnessed.ts'
import { backupRecordDrill } from '../../serving/commands/backup.ts'
import { perform } from '../../serving/commands/perform.ts'
import { folderAt } from '../../serving/folder.ts'
import { openWitness } from '../../serving/http/witness.ts'
import { ownVerifierKey, verifiersNow, verifyFolder } from '../../serving/sealing.ts'
import { watchedLog } from '../../serving/witness/store.ts'
import { submit } from '../../serving/witness/submit.ts'
import type { BackupStore } from '../../streams/log/backup/store.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { type S3Server, s3Server } from '../support/s3-server.ts'
import { openSmall } from '../support/small-folder.ts'
import { act, playDays, SMALL_DATASET, SMALL_SET } from '../support/small-platform.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-backup-'))
const path = join(root, 'platform')
const folder = folderAt(path)
const copies = join(root, 'copies')
let server: S3Server
let platform: MemoryPlatform
let vkey: string
/** Days that were played. */
let days = 0
const play = async (more: number): Promise<void> => {
  await playDays(platform, days, days + more)
  days += more
}

beforeAll(async () => {
  server = await s3Server('backups', {})
  platform = await openSmall(path)
  await declareDataset(platform, SMALL_DATASET, act('declare'))
  await defineFeatures(platform, SMALL_SET, act('define'))
  await play(3)
  vkey = ownVerifierKey(folder) ?? ''
  writeFileSync(join(path, 'secret'), 'testtesttest\n')
  writeFileSync(
    join(path, 'asof.yaml'),
    `backup: { bucket: backups, prefix: desk/, endpoint: "${server.endpoint}", accessKey: test, secretKeyFile: secret, waitSeconds: 1, retention: { days: 30 } }\n`,
  )
}, 120_000)
afterAll(async () => {
  await platform.close()
  await server.close()
  rmSync(root, { recursive: true, force: true })
})

const toFolder = (name = copies): Promise<BackupStore> => placeOf(folder, { named: name, option: '--to' })
const toBucket = (): Promise<BackupStore> => placeOf(folder, { named: undefined, option: '--to' })
const latest = async (store: BackupStore, at?: string) =>
  chosen(await backupsIn(store, await verifiersNow(folder, platform.log)), store, at)
const restored = async (name: string, store: BackupStore, at?: string): Promise<string> => {
  const to = join(root, name)
  await restoreInto(await latest(store, at), store, { to })
  return to
}
const damagesOf = async (at: string): Promise<readonly string[]> =>
  (await verifyFolder(at, { verifierKey: vkey })).damages.map(({ place, problem }) => `${place}: ${problem}`)

describe('in a folder', () => {
  test('while the writer goes on it is of one moment, and what is built from it verifies and opens to read', async () => {
    const store = await toFolder()
    const [{ data }] = await Promise.all([backUp(folder, store, { full: false }), play(2)])
    const to = await restored('first', store)
    expect(await damagesOf(to)).toEqual([])
    const { events, eventsSealed } = await verifyFolder(to, {})
    expect([events, eventsSealed]).toEqual([data.size, data.size])
    expect(readFileSync(join(to, 'log', 'identity'))).toEqual(readFileSync(join(path, 'log', 'identity')))
  })

  test('the next one brings what is new, and the one after it nothing but a manifest', async () => {
    const store = await toFolder()
    const second = await backUp(folder, store, { full: false })
    // All but the checkpoints, where none was published meanwhile.
    expect(second.data.brought).toBeGreaterThanOrEqual(second.data.checked - 1)
    expect(second.data.brought).toBeGreaterThan(2)
    const again = await backUp(folder, store, { full: false })
    expect([again.data.brought, again.data.full]).toEqual([0, false])
    const full = await backUp(folder, store, { full: true })
    expect([full.data.brought, full.data.size]).toEqual([0, again.data.size])
    expect(full.data.checked).toBeGreaterThan(second.data.checked)
  })

  test('a restore that was broken off goes on where it was, and nothing stands under the name before', async () => {
    const store = await toFolder()
    const to = join(root, 'broken')
    let reads = 0
    const failing: BackupStore = {
      ...store,
      read: (hash, format) => (reads++ > 4 ? Promise.reject(new Error('cut')) : store.read(hash, format)),
    }
    await expect(restoreInto(await latest(store), failing, { to })).rejects.toThrow('cut')
    expect(existsSync(to)).toBe(false)
    await restoreInto(await latest(store), store, { to })
    expect(await damagesOf(to)).toEqual([])
    expect(await refusalIn(restoreInto(await latest(store), store, { to }))).toBe('backup.taken')
  })

  test('a byte of any object that is changed is found before anything stands under the name', async () => {
    const store = await toFolder()
    const flipped = join(root, 'flipped')
    cpSync(copies, flipped, { recursive: true })
    const there = await toFolder(flipped)
    const backup = await latest(there)
    const objects = join(flipped, 'objects')
    const names = readdirSync(objects, { recursive: true, encoding: 'utf8' }).filter((one) =>
      /\.\w+$/.test(one),
    )
    const used = new Set<string>()
    const counting: BackupStore = {
      ...store,
      read(hash, format) {
        used.add(hash)
        return store.read(hash, format)
      },
    }
    await restoreInto(backup, counting, { to: join(root, 'counted') })
    let found = 0
    for (const name of names) {
      if (!used.has(name.replace(/\.\w+$/, '').replace(/[/\\]/, ''))) continue
      const file = join(objects, name)
      const bytes = readFileSync(file)
      const changed = Buffer.from(bytes)
      changed[bytes.length >> 1] ^= 1
      writeFileSync(file, changed)
      const to = join(root, 'never')
      expect(await refusalIn(restoreInto(backup, there, { to })), name).toBe('chunk.damaged')
      expect(existsSync(to)).toBe(false)
      rmSync(`${to}.restoring`, { recursive: true })
      writeFileSync(file, bytes)
      if (++found === 12) break
    }
    expect(found).toBe(12)
  })

  test('a backup is of its own log: another log, a shorter one and a folder inside are refused', async () => {
    const other = await openSmall(join(root, 'other'))
    await declareDataset(other, SMALL_DATASET, act('declare'))
    await other.close()
    const store = await toFolder()
    const { unsound, data } = await backUp(folderAt(join(root, 'other')), store, { full: false })
    expect([unsound.length > 0, data.full]).toEqual([true, true])
    const before = await restored('before', store, String((await latest(store)).checkpoint.size))
    await play(1)
    await backUp(folder, store, { full: false })
    // Its own log as it was one backup before: rolled back.
    expect(await refusalIn(backUp(folderAt(before), store, { full: false }))).toBe('backup.diverged')
    expect(await refusalIn(toFolder(join(path, 'chunks', 'x')))).toBe('backup.inside')
  })
})

describe('in a bucket with Object Lock', () => {
  test('a backup that is broken off is gone on with, and sends nothing twice', async () => {
    const store = await toBucket()
    let kept = 0
    const cut: BackupStore = {
      ...store,
      keep: (wanted) => (kept++ >= 6 ? Promise.reject(new Error('cut')) : store.keep(wanted)),
    }
    await expect(backUp(folder, cut, { full: false })).rejects.toThrow('cut')
    expect(await store.manifests()).toEqual([])
    const there = server.objects.size
    const { data } = await backUp(folder, store, { full: false })
    expect(data.checked - data.brought).toBe(there)
    expect([...server.objects.values()].every((versions) => versions.length === 1)).toBe(true)
    expect([...server.objects.values()].flat().every(({ mode }) => mode === 'COMPLIANCE')).toBe(true)
    expect(data.lockedUntil).not.toBeNull()
  })

  test('who deletes, encrypts and forges with all that the platform may do loses nothing that was backed up', async () => {
    const store = await toBucket()
    const size = (await latest(store)).checkpoint.size
    // Over each object a marker, then garbage, then a marker once more; and manifests that promise more.
    for (const [key, versions] of server.objects) {
      versions.push({ id: `d-${key}`, bytes: null }, { id: `e-${key}`, bytes: Buffer.from('encrypted') })
      if (versions.length % 2 === 1) versions.push({ id: `f-${key}`, bytes: null })
    }
    const forged = `desk/manifests/9999999999999999-9999999999999999-${'0'.repeat(64)}.json`
    server.objects.set(forged, [{ id: 'x', bytes: Buffer.from('{"format":1}') }])
    const to = await restored('attacked', store)
    expect(await damagesOf(to)).toEqual([])
    expect((await verifyFolder(to, {})).events).toBe(size)
    // The next backup puts sound versions on top again, and says what it found.
    const { data, unsound } = await backUp(folder, store, { full: true })
    expect(data.brought).toBe(data.checked)
    expect(unsound.join()).toContain('9999999999999999')
  })
})

test('a drill rebuilds, holds the root against what a witness cosigned, replays, and is recorded; a forged root fails it', async () => {
  const witness = await openWitness({
    ...{ folder: join(root, 'witness'), name: 'witness.example/w1', host: '127.0.0.1', port: 0 },
    logs: [watchedLog([vkey])],
    nowSeconds: () => 1_700_000_000,
  })
  const address = { url: witness.url, key: witness.verifierKey }
  const { seal } = await import('../../serving/sealing.ts')
  expect((await submit(address, await seal(platform), folder.seal)).kind).toBe('cosigned')
  const store = await toBucket()
  await backUp(folder, store, { full: false })
  const backup = await latest(store)
  const verifiers = await verifiersNow(folder, platform.log)
  const witnessed = await witnessedOf(backup, { witnesses: [address], verifiers })
  await witness.close()
  expect(witnessed.map(({ isAsked, checkpoint }) => [isAsked, checkpoint.size])).toEqual([
    [true, backup.checkpoint.size],
  ])
  const data = await drill(backup, store, { verifierKey: vkey, witnessed })
  expect([data.passed, data.damages, data.differences]).toEqual([true, 0, 0])
  expect(data.compared).toBeGreaterThan(0)
  await perform(platform, backupRecordDrill, { input: data, asked: { actor: 'ann', roles: ['engineer'] } })
  const recorded = (await eventsOf(platform.log)).filter((event) => BackupDrilled.is(event))
  expect(recorded.map(({ data: said }) => said)).toEqual([data])
  // The witness does not answer any more: the copy in the backup is compared.
  const copy = await witnessedOf(backup, { witnesses: [address], verifiers })
  expect(copy.map(({ isAsked }) => isAsked)).toEqual([false])
  // What another history cosigned: the drill fails, and says of what.
  const root31 = Buffer.from(backup.checkpoint.root)
  root31[0] ^= 1
  const text = copy[0].checkpoint.note.replace(
    Buffer.from(copy[0].checkpoint.root).toString('base64'),
    root31.toString('base64'),
  )
  const bad = await drill(backup, store, {
    verifierKey: vkey,
    witnessed: [{ ...copy[0], checkpoint: { ...copy[0].checkpoint, note: text } }],
  })
  expect([bad.passed, bad.damages > 0]).toEqual([false, true])
})
