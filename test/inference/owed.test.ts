/** Answers that go ahead of the log: each is recorded once and in order, no more wait than may, and none is lost without a word. */
import { expect, test, vi } from 'vitest'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { owedTo } from '../../serving/inference/owed.ts'
import { type Answer, type Recorder, recorder } from '../../serving/inference/recorder.ts'
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import { eventsOf } from '../support/memory-platform.ts'

const answer = (request: string, model = 'small'): Answer => ({
  data: {
    ...{ model, artifact: '0'.repeat(64), promotion: 1, request, online: null },
    ...{ columns: 1, inputs: [1], scores: [2] },
  },
  times: { eventTime: 1_000, knownAt: 1_000 },
})

const opened = (limits: Parameters<typeof owedTo>[1] = {}) => {
  const log = openMemoryLog({ registry: REGISTRY, clock: { nowMicros: () => 1_000 } })
  const lanes = { live: async () => 0 } as unknown as Parameters<typeof recorder>[0]['lanes']
  const records = recorder({ log, lanes })
  const recordAll = vi.fn<Recorder['recordAll']>(records.recordAll)
  const owed = owedTo({ recordAll }, { tryAgainMillis: 1, ...limits })
  const give = (request: string, actor = 'ann', model = 'small') =>
    owed.place(model, 1).owe(answer(request, model), actor)
  return { log, recordAll, owed, give }
}
const codeOf = (work: () => unknown) => {
  try {
    work()
    return 'done'
  } catch (error) {
    return error instanceof Refusal ? error.fault.code : error
  }
}
const requestsIn = async (log: Parameters<typeof eventsOf>[0]) =>
  (await eventsOf(log)).map(({ actor, data }) => `${actor} ${(data as { request: string }).request}`)

test('all of them are recorded, in the order in which they were given, one caller and model a batch', async () => {
  const { log, owed, give, recordAll } = opened()
  for (const [actor, model] of [['ann'], ['ann'], ['bob'], ['ann'], ['ann', 'other']])
    for (const id of ['a', 'b']) give(`${model ?? ''}${id}`, actor, model)
  expect(owed.waiting()).toBe(10)
  await owed.recorded()
  expect(owed.waiting()).toBe(0)
  const [ann, bob] = ['ann a, ann b', 'bob a, bob b']
  expect((await requestsIn(log)).join(', ')).toBe([ann, ann, bob, ann, 'ann othera, ann otherb'].join(', '))
  expect(recordAll.mock.calls.map(([answers]) => answers.length)).toEqual([4, 2, 2, 2])
})

test('no more wait than may, by their number and their values, and what is left or recorded makes room', async () => {
  const { owed, give } = opened({ most: 2, mostValues: 10 })
  give('a')
  const place = owed.place('small', 9)
  expect(codeOf(() => owed.place('small', 1))).toBe('inference.queue-full')
  place.leave()
  place.leave()
  expect(codeOf(() => owed.place('small', 10))).toBe('inference.queue-full')
  give('b')
  expect(codeOf(() => give('c'))).toBe('inference.queue-full')
  await owed.recorded()
  expect(codeOf(() => owed.place('small', 10))).toBe('done')
})

test('where the log does not take them none is given, and when it does all are there once', async () => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const { log, owed, give, recordAll } = opened()
  const original = recordAll.getMockImplementation() as Recorder['recordAll']
  let isFull = true
  // The first try writes, and is not answered.
  recordAll.mockImplementation(async (...asked) => {
    const appended = await original(...asked)
    if (isFull) throw new Error('the disk is full.')
    return appended
  })
  give('a')
  give('b')
  await vi.waitFor(() => expect(recordAll.mock.calls.length).toBeGreaterThan(1))
  expect(codeOf(() => give('c'))).toBe('inference.unrecorded')
  expect(told.mock.calls.join('')).toContain('2 answers that were given are not recorded: the disk is full.')
  expect(owed.waiting()).toBe(2)
  isFull = false
  await vi.waitFor(() => expect(codeOf(() => give('c'))).toBe('done'))
  await owed.recorded()
  expect(await requestsIn(log)).toEqual(['ann a', 'ann b', 'ann c'])
  told.mockRestore()
})

test('whoever ends while the log takes nothing is told how many are lost', async () => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const { owed, give, recordAll } = opened()
  recordAll.mockRejectedValue(new Error('the disk is full.'))
  give('a')
  await expect(owed.recorded()).rejects.toMatchObject({
    fault: { code: 'inference.unrecorded', detail: { answers: 1, problem: 'the disk is full.' } },
  })
  told.mockRestore()
})

test('what the log would not take is not given, and holds nobody up', async () => {
  const { owed, give, log } = opened({ most: 1 })
  const place = owed.place('small', 1)
  expect(codeOf(() => place.owe(answer('\ud800'), 'ann'))).toBe('event.invalid')
  place.leave()
  give('a')
  await owed.recorded()
  expect(await requestsIn(log)).toEqual(['ann a'])
})
