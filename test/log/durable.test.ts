/** What is written is one thing, what is durable another: nothing is acknowledged, sealed or handed on that a power cut could take. */
import { expect, test } from 'vitest'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { logOver } from '../../streams/log/log.ts'
import { MemoryStore } from '../../streams/log/memory/store.ts'
import type { EventLog, Once } from '../../streams/log/port.ts'
import type { LiveSeal } from '../../streams/log/seal/live.ts'
import { batchOf, note, VOCABULARY } from '../contract/vocabulary.ts'

/** A disk that takes as long as a test wants it to. */
class SlowStore extends MemoryStore {
  syncs: PromiseWithResolvers<void>[] = []
  override sync(): Promise<void> {
    const one = Promise.withResolvers<void>()
    this.syncs.push(one)
    return one.promise
  }
  /** The sync that is under way ends, and what follows from that happens. */
  async end(error?: Error): Promise<void> {
    const last = this.syncs.at(-1)
    if (error === undefined) last?.resolve()
    else last?.reject(error)
    await settle()
  }
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 1))

function opened() {
  const store = new SlowStore()
  const sealed: number[] = []
  const closings: string[] = []
  const seal = {
    ahead: () => undefined,
    extend: (leaves: readonly Uint8Array[]) => sealed.push(leaves.length),
    close: async () => closings.push('seal'),
  }
  store.close = () => closings.push('store')
  const log = logOver(store, {
    ...{ registry: VOCABULARY, clock: { nowMicros: () => 1 } },
    seal: seal as unknown as LiveSeal,
  })
  const answered: string[] = []
  const append = (name: string, once?: Once) =>
    log.append(batchOf(`note-${name}`, 0, [note(name)], { commandId: name }), once).then(
      () => answered.push(name),
      (error) => answered.push(`${name}: ${error instanceof Refusal ? error.fault.code : error}`),
    )
  return { store, sealed, log, answered, append, closings }
}

const headOf = async (log: EventLog) => (await log.head()).position

test('an append is answered once it is durable and sealed, or once it is written where that is enough', async () => {
  const { store, sealed, log, answered, append } = opened()
  void append('a')
  void append('b', 'written')
  await settle()
  expect([answered, await headOf(log), log.durableTo, sealed]).toEqual([['b'], 2, 0, []])
  await store.end()
  expect([answered, log.durableTo, sealed]).toEqual([['b', 'a'], 2, [2]])
})

test('what is written while a sync goes on is made durable by the next one, and not before', async () => {
  const { store, sealed, log, answered, append } = opened()
  void append('a')
  await settle()
  void append('b')
  void append('c')
  const durable = log.durable().then(() => answered.push('durable'))
  await settle()
  expect([answered, store.syncs.length]).toEqual([[], 1])
  await store.end()
  expect([answered, log.durableTo, store.syncs.length]).toEqual([['a'], 1, 2])
  await store.end()
  await durable
  expect([[...answered].sort(), log.durableTo, sealed]).toEqual([['a', 'b', 'c', 'durable'], 3, [1, 2]])
})

test('a command that is repeated is acknowledged no sooner than the first time', async () => {
  const { store, answered, append } = opened()
  await append('a', 'written')
  void append('a')
  await settle()
  expect(answered).toEqual(['a'])
  await store.end()
  expect(answered).toEqual(['a', 'a'])
})

test('what nobody waits for is made durable and sealed by itself', async () => {
  const { store, sealed, append } = opened()
  await append('a', 'written')
  await expect.poll(() => store.syncs.length).toBe(1)
  await store.end()
  expect(sealed).toEqual([1])
})

test('so is what is written while a slow disk is at work, and whatever comes later', async () => {
  const { store, sealed, log, append } = opened()
  await append('a', 'written')
  await expect.poll(() => store.syncs.length).toBe(1)
  await append('b', 'written')
  await new Promise((resolve) => setTimeout(resolve, 40))
  await store.end()
  await expect.poll(() => store.syncs.length).toBe(2)
  await store.end()
  await append('c', 'written')
  await expect.poll(() => store.syncs.length).toBe(3)
  await store.end()
  expect([sealed, log.durableTo]).toEqual([[1, 1, 1], 3])
})

test('a subscription hands nothing on before it is durable, and reading does', async () => {
  const { store, log, append } = opened()
  const seen: number[] = []
  const reading = (async () => {
    for await (const batch of log.subscribe(1)) seen.push(...batch.map(({ position }) => position))
  })()
  await append('a', 'written')
  void append('b')
  await settle()
  expect(seen).toEqual([])
  expect((await Array.fromAsync(log.readAll(1))).flat()).toHaveLength(2)
  await store.end()
  expect(seen).toEqual([1, 2])
  await log.close()
  await reading
})

test('after a sync that failed nothing is acknowledged, sealed or taken in any more', async () => {
  const { store, sealed, log, answered, append } = opened()
  void append('a')
  await settle()
  void append('b')
  await settle()
  await store.end(refuse('log.disk-full', { folder: 'x' }))
  expect(answered).toEqual(['a: log.disk-full', 'b: log.disk-full'])
  await append('c', 'written')
  expect(answered.at(-1)).toBe('c: log.disk-full')
  await expect(log.durable()).rejects.toMatchObject({ fault: { code: 'log.disk-full' } })
  expect([sealed, log.durableTo]).toEqual([[], 0])
  await log.close()
})

test('what comes while it is closed is refused, and what was written before is durable and sealed', async () => {
  const { store, sealed, log, answered, append } = opened()
  void append('a')
  await settle()
  await append('b', 'written')
  const late = log.durable().then(() => append('too late'))
  const closed = log.close()
  await append('late')
  expect(answered).toEqual(['b', 'late: log.closed'])
  for (let at = 0; at < 4; at++) await store.end()
  await Promise.all([closed, late])
  expect(answered).toEqual(['b', 'late: log.closed', 'a', 'too late: log.closed'])
  expect(sealed.reduce((sum, count) => sum + count, 0)).toBe(2)
  expect(store.syncs.length).toBeLessThanOrEqual(2)
})

test('a log that cannot make durable what it wrote says so when it is closed, and lets go of all it holds', async () => {
  const { store, log, append, closings } = opened()
  await append('a', 'written')
  const closed = log.close()
  const refused = expect(closed).rejects.toThrow('no disk')
  await settle()
  await store.end(new Error('no disk'))
  await refused
  expect(closings).toEqual(['seal', 'store'])
})

test('a log that is closed has made durable what was written', async () => {
  const { store, sealed, log, append } = opened()
  void append('a', 'written')
  const closed = log.close()
  await settle()
  expect(store.syncs).toHaveLength(1)
  await store.end()
  await closed
  expect(sealed).toEqual([1])
})
