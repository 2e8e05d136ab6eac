/** Over a disk that hangs: no act is answered, nothing is confirmed, and nobody outside sees what a power cut could still take. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { declareDataset } from '../../serving/actions.ts'
import { openPlatform } from '../../serving/platform.ts'
import { WriteAheadFile } from '../../streams/log/embedded/wal.ts'
import { served } from '../support/admitted.ts'
import { SMALL_DATASET } from '../support/small-platform.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-acts-durable-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
afterEach(() => void vi.restoreAllMocks())

/** From now on every sync waits, until it is let through or fails. */
function hang() {
  const hanging: { let: () => void; fail: (error: Error) => void }[] = []
  const sync = WriteAheadFile.prototype.sync
  const spy = vi.spyOn(WriteAheadFile.prototype, 'sync').mockImplementation(function (this: WriteAheadFile) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    hanging.push({ let: () => sync.call(this).then(resolve, reject), fail: reject })
    return promise
  })
  return {
    waits: () => hanging.length,
    letFirst: () => hanging[0]?.let(),
    letAll() {
      spy.mockRestore()
      for (const one of hanging) one.let()
    },
    failAll() {
      for (const one of hanging) one.fail(new Error('no disk'))
    },
  }
}
/** A shared machine may be slow. */
const PATIENT = { timeout: 20_000, interval: 5 }
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 150))

type Overview = Readonly<{ datasets: readonly unknown[] }>

test('an act is answered, told of and shown once it is durable', async () => {
  const platform = await openPlatform({ path: join(root, 'slow') })
  const server = await served(platform)
  const told: string[] = []
  const disk = hang()
  const recorded = () => void told.push('recorded')
  const act = declareDataset(platform, SMALL_DATASET, { actor: 'ann', commandId: 'declare', recorded }).then(
    () => told.push('done'),
  )
  await aWhile()
  const shown = async () => {
    const health = (await (await server.get('/health')).json()) as { log: { position: number } }
    const { events } = (await (await server.get('/api/v1/events')).json()) as { events: unknown[] }
    const view = (await (await server.get('/api/v1/views/datasets')).json()) as { position: number }
    const { page } = (await (await server.get('/api/v1/pages/overview')).json()) as { page: Overview }
    return [health.log.position, events.length, view.position, page.datasets.length]
  }
  expect((await platform.log.head()).position, 'it is written').toBe(1)
  expect([told, await platform.confirmed(), await shown()]).toEqual([[], 0, [0, 0, 0, 0]])
  disk.letAll()
  await act
  expect([told, await platform.confirmed(), await shown()]).toEqual([['recorded', 'done'], 1, [1, 1, 1, 1]])
  await server.close()
  await platform.close()
})

test('acts that wait for their turn share one wait for the disk, and each is told after it', async () => {
  const platform = await openPlatform({ path: join(root, 'shared') })
  const told: number[] = []
  const declare = (n: number) =>
    declareDataset(
      platform,
      { ...SMALL_DATASET, dataset: `d${n}` },
      { actor: 'ann', commandId: `declare:${n}`, recorded: ({ position }) => void told.push(position) },
    )
  // Once a second the lane's place is signed, in its turn. Here that second does not pass.
  vi.spyOn(performance, 'now').mockReturnValue(0)
  await declare(1)
  const disk = hang()
  const first = declare(2)
  await vi.waitFor(() => expect(disk.waits()).toBe(1), PATIENT)
  const others = Array.from({ length: 15 }, (_, n) => declare(n + 3))
  await vi.waitFor(() => expect(platform.inTurn.waiting()).toBe(0), PATIENT)
  expect((await platform.log.head()).position, 'all are written').toBe(17)
  expect([told, disk.waits()], 'nobody is told').toEqual([[1], 1])
  disk.letFirst()
  await first
  await vi.waitFor(() => expect(disk.waits()).toBe(2), PATIENT)
  expect(told, 'the second wait is for all others').toEqual([1, 2])
  disk.letAll()
  await Promise.all(others)
  const all = Array.from({ length: 17 }, (_, n) => n + 1)
  expect([told.toSorted((one, other) => one - other), disk.waits()]).toEqual([all, 2])
  await platform.close()
})

test('a platform whose disk failed lets go of its folder when it is closed', async () => {
  const path = join(root, 'failed')
  const platform = await openPlatform({ path })
  const disk = hang()
  const act = declareDataset(platform, SMALL_DATASET, { actor: 'ann', commandId: 'declare' })
  const refused = expect(act).rejects.toThrow('no disk')
  await aWhile()
  disk.failAll()
  await refused
  vi.restoreAllMocks()
  await platform.close().catch(() => undefined)
  // The same process opens it again; what was written is there, as no power was cut.
  const again = await openPlatform({ path })
  expect(await again.drain()).toBe(1)
  expect(again.folds.datasets.state().datasets[SMALL_DATASET.dataset]).toBeDefined()
  await again.close()
})
