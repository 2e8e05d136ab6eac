/** A whole platform whose chunks lie in a bucket: the same log, verified and replayed from the bucket, and carried over from a folder. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openArchive } from '../../serving/archive.ts'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { replayLanes } from '../../serving/replaying/lanes.ts'
import { verifyFolder } from '../../serving/sealing.ts'
import { refusalIn } from '../support/refusals.ts'
import { type S3Server, s3Server } from '../support/s3-server.ts'
import { smallFolder } from '../support/small-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-platform-bucket-'))
let server: S3Server
afterAll(async () => {
  await server.close()
  rmSync(root, { recursive: true, force: true })
})

const path = join(root, 'in-bucket')
function configure(folder: string, more = ''): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'secret'), 'testtesttest\n')
  const key = 'accessKey: test, secretKeyFile: secret'
  writeFileSync(
    join(folder, 'asof.yaml'),
    `chunks: { bucket: chunks, prefix: desk/, endpoint: "${server.endpoint}", ${key}, waitSeconds: 1${more} }\n`,
  )
}

/** What the events of the log name. */
let named: ReadonlySet<string>
beforeAll(async () => {
  server = await s3Server('chunks')
  configure(path)
  const platform = await smallFolder(path, 3)
  const found = new Set<string>()
  for await (const batch of platform.log.readAll(1))
    for (const { hash } of batch.flatMap(({ chunks }) => chunks)) found.add(hash)
  named = found
  await platform.close()
}, 120_000)

const hashIn = (key: string) => key.slice('desk/'.length).replace(/\..*/, '').replace('/', '')
const stored = () => new Set([...server.objects.keys()].map(hashIn))

test('the bucket has what the log names, and the folder has nothing', () => {
  expect(named.size).toBeGreaterThan(10)
  expect(stored()).toEqual(named)
  expect(readdirSync(folderAt(path).chunks)).toEqual([])
})

test('without what this machine kept it verifies, and replays with no difference', async () => {
  rmSync(join(path, 'chunk-cache'), { recursive: true })
  const verified = await verifyFolder(path, {})
  expect([verified.damages, verified.orphans]).toEqual([[], []])
  const archive = openArchive(path)
  const { position: to } = await archive.log.head()
  const report = await replayLanes(archive, { from: 1, to })
  await archive.close()
  expect([report.differences, report.to]).toEqual([0, to])
})

test('a chunk that was deleted in the bucket is named, also where this machine still has it', async () => {
  const [[key, versions]] = server.objects
  server.objects.delete(key)
  const { damages } = await verifyFolder(path, {})
  server.objects.set(key, versions)
  expect(damages).toHaveLength(1)
  expect(damages[0]?.problem).toContain(`s3://chunks/desk/${key.slice('desk/'.length, -6)}`)
})

test('what a folder holds from before is in the bucket before anything is written', async () => {
  const moved = join(root, 'moved')
  cpSync(path, moved, { recursive: true })
  rmSync(join(moved, 'chunk-cache'), { recursive: true, force: true })
  for (const [key, [version]] of server.objects) {
    const file = join(folderAt(moved).chunks, key.slice('desk/'.length))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, version.bytes ?? '')
  }
  server.objects.clear()
  await (await openPlatform({ path: moved })).close()
  expect(stored()).toEqual(named)
  rmSync(folderAt(moved).chunks, { recursive: true })
  expect((await verifyFolder(moved, {})).damages).toEqual([])
})

test('a platform does not open on a bucket that cannot keep what is asked of it', async () => {
  configure(path, ', retention: { mode: compliance, days: 2192 }')
  expect(await refusalIn(openPlatform({ path }))).toBe('chunk.no-object-lock')
  configure(path)
  server.answers = () => 403
  expect(await refusalIn(openPlatform({ path }))).toBe('chunk.store-refused')
  server.answers = null
})
