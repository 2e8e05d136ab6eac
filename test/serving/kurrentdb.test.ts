/** A platform whose log stands on KurrentDB, by configuration alone: what it knows, its replay and its verification are those of any other. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { declareDataset } from '../../serving/actions.ts'
import { openArchive } from '../../serving/archive.ts'
import { openPlatform } from '../../serving/platform.ts'
import { replayLanes } from '../../serving/replaying/lanes.ts'
import { verifyFolder } from '../../serving/sealing.ts'
import { viewNames } from '../../serving/views.ts'
import { splitNotes } from '../../streams/log/seal/checkpoint.ts'
import { KurrentServer } from '../support/kurrentdb-server.ts'
import { eventsOf, factsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { longDataset } from '../support/sessions.ts'
import { openSmall, smallFolder } from '../support/small-folder.ts'
import { HISTORY_DAYS, playDays } from '../support/small-platform.ts'

const HOUR_MILLIS = 3_600_000
const root = mkdtempSync(join(tmpdir(), 'asof-on-kurrent-'))
const server = new KurrentServer()
beforeAll(async () => {
  await server.start()
})
afterAll(() => {
  server.stop()
  rmSync(root, { recursive: true })
})

function configured(name: string, { port } = server): string {
  const path = join(root, name)
  mkdirSync(path, { recursive: true })
  writeFileSync(
    join(path, 'asof.yaml'),
    `kurrentdb: { url: "kurrentdb://127.0.0.1:${port}?tls=false", leaseSeconds: 20 }\n`,
  )
  return path
}

const digestsOf = ({ views }: Pick<MemoryPlatform, 'views'>) =>
  new Map(views.digests().map(({ name, digest }) => [name, digest]))

/** Another machine with a copy of the log's key, over the same chunks. */
function joined(name: string, of: string, at = server): string {
  const path = configured(name, at)
  for (const part of ['keys', 'chunks']) cpSync(join(of, part), join(path, part), { recursive: true })
  return path
}

/** A folder whose log begins as another one did: people sign for one log, and so signatures are the same. */
function begunAs(of: string, path: string): string {
  cpSync(join(of, 'keys'), join(path, 'keys'), { recursive: true })
  const [first] = splitNotes(readFileSync(join(of, 'seal', 'checkpoints'), 'utf8')).notes
  mkdirSync(join(path, 'seal'))
  for (const name of ['checkpoint', 'checkpoints']) writeFileSync(join(path, 'seal', name), first)
  return path
}

test('the same days lead to the same views on both logs', async () => {
  const here = join(root, 'embedded')
  const embedded = await smallFolder(here, 3)
  const there = begunAs(here, configured('kurrentdb'))
  const remote = await smallFolder(there, 3)
  const { position } = await remote.log.head()
  const views = [...digestsOf(remote)]
  expect(server.stream('asof-log')).toHaveLength(position)
  expect(await factsOf(remote.log)).toEqual(await factsOf(embedded.log))
  expect(views.map(([name]) => name)).toEqual(viewNames())
  expect(views).toEqual([...digestsOf(embedded)])
  await embedded.close()
  await remote.close()

  const { damages, events } = await verifyFolder(there, {})
  expect({ damages, events }).toEqual({ damages: [], events: position })
  const archive = openArchive(there)
  const replayed = await replayLanes(archive, { from: 1, to: position })
  expect(replayed.differences).toBe(0)
  expect(Object.values(replayed.compared).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20)
  await archive.close()
})

test('another machine has the same views, and goes on; the first one takes in what it did', async () => {
  const there = join(root, 'kurrentdb')
  const other = joined('other', there)
  const first = await openSmall(there)
  await first.views.catchUp()
  const known = digestsOf(first)
  const { position } = await first.log.head()
  await expect(openSmall(other)).rejects.toMatchObject({ fault: { code: 'lane.elsewhere' } })
  await first.close()
  const second = await openSmall(other)
  await second.views.catchUp()
  expect(digestsOf(second)).toEqual(known)
  await playDays(second, HISTORY_DAYS + 3, HISTORY_DAYS + 5)
  await second.views.catchUp()
  const [grown, later] = [await second.log.head(), digestsOf(second)]
  expect(grown.position).toBeGreaterThan(position)
  await second.close()
  expect((await verifyFolder(other, {})).damages).toEqual([])

  cpSync(join(other, 'chunks'), join(there, 'chunks'), { recursive: true })
  const again = await openSmall(there)
  expect(await again.log.head()).toEqual(grown)
  await again.views.catchUp()
  expect(digestsOf(again)).toEqual(later)
  await again.close()
  expect(server.stream('asof-log')).toHaveLength(grown.position)
})

test('a machine whose clock is behind makes nothing recorded, or known, before what another did', async () => {
  const own = new KurrentServer()
  await own.start()
  const there = configured('ahead', own)
  const declaredOn = async (path: string, name: string) => {
    const platform = await openPlatform({ path })
    await declareDataset(platform, longDataset(name, [{ name: 'price', unit: 'USD' }]), {
      actor: 'ann',
      commandId: name,
    })
    const event = (await eventsOf(platform.log)).findLast(({ stream }) => stream === `data-${name}`)
    await platform.close()
    return event ?? { recordedAt: Number.NaN, knownAt: Number.NaN }
  }
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR_MILLIS })
  const ahead = await declaredOn(there, 'ahead').finally(() => vi.useRealTimers())
  const behind = await declaredOn(joined('behind', there, own), 'behind')
  expect(ahead.recordedAt).toBeGreaterThan(Date.now() * 1_000)
  expect([behind.recordedAt, behind.knownAt]).toEqual([ahead.recordedAt, ahead.recordedAt])
  own.stop()
})

test('a copy whose configuration is gone is not appended to', async () => {
  const there = join(root, 'kurrentdb')
  rmSync(join(there, 'asof.yaml'))
  await expect(openSmall(there)).rejects.toMatchObject({ fault: { code: 'log.mirror' } })
})
