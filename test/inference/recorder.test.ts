/** Answers of one turn are one batch of the log: each has its place in it, and what is wrong with one takes no other with it. */
import { expect, test } from 'vitest'
import type { DataOf } from '../../schemas/event.ts'
import type { PredictionServed } from '../../schemas/events/prediction.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { recorder } from '../../serving/inference/recorder.ts'
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import { eventsOf } from '../support/memory-platform.ts'

const served = (request: string, model = 'small'): DataOf<typeof PredictionServed> => ({
  model,
  artifact: '0'.repeat(64),
  promotion: 1,
  request,
  online: null,
  columns: 1,
  inputs: [1],
  scores: [2],
})
const times = { eventTime: 1_000, knownAt: 1_000 }
const how = (actor: string, more: object = {}) => ({ actor, times, once: 'durable' as const, ...more })

const opened = () => {
  const log = openMemoryLog({ registry: REGISTRY, clock: { nowMicros: () => 1_000 } })
  const lanes = { live: async () => 0 } as unknown as Parameters<typeof recorder>[0]['lanes']
  return { log, records: recorder({ log, lanes }) }
}

test('one batch a caller and a turn, in the order in which they came', async () => {
  const { log, records } = opened()
  const placed = await Promise.all([
    ...['a', 'b', 'c'].map((id) => records.record(served(id), how('ann'))),
    records.record(served('d'), how('bob')),
    records.record(served('e', 'other'), how('ann')),
  ])
  const events = await eventsOf(log)
  const requestAt = new Map(
    events.map(({ position, data }) => [position, (data as { request: string }).request]),
  )
  expect(placed.map(({ position }) => requestAt.get(position))).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(new Set(events.map(({ commandId }) => commandId)).size).toBe(3)
  expect(placed.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 1])
  await records.record(served('f'), how('ann'))
  expect((await eventsOf(log)).at(-1)).toMatchObject({ stream: 'served-small', revision: 5, actor: 'ann' })
})

test('a command is a batch of its own, and is done once', async () => {
  const { log, records } = opened()
  const once = how('ann', { commandId: 'tuesday-1' })
  const [own, other] = await Promise.all([
    records.record(served('a'), once),
    records.record(served('b'), how('ann')),
  ])
  expect(await records.record(served('a'), once)).toEqual({ ...own, repeated: true })
  expect(other.position).not.toBe(own.position)
  expect((await log.head()).position).toBe(2)
})

test('an answer that cannot be stored is refused alone', async () => {
  const { log, records } = opened()
  const told = await Promise.allSettled(
    ['a', '\ud800', 'c'].map((id) => records.record(served(id), how('ann'))),
  )
  expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  const ids = (await eventsOf(log)).map(({ data }) => (data as { request: string }).request)
  expect(ids).toEqual(['a', 'c'])
})

test('what a command comes to is recorded whole or not at all, and once, also when it is delivered twice at a time', async () => {
  const { log, records } = opened()
  const all = (...ids: readonly string[]) => ids.map((id) => ({ data: served(id), times }))
  const one = { actor: 'ann', once: 'durable' as const, commandId: 'of a replica' }
  const [first, second] = await Promise.all([
    records.recordAll(all('a', 'b'), one),
    records.recordAll(all('a', 'b'), one),
  ])
  expect([first.position, second.position]).toEqual([2, 2])
  const spoiled = records.recordAll(all('c', '\ud800'), { ...one, commandId: 'another' })
  await expect(spoiled).rejects.toMatchObject({ fault: { code: 'event.invalid' } })
  expect((await log.head()).position).toBe(2)
})
