/** Runs that are expected are trained ahead, several at a time: nothing of it is stored or said before the run was started. */
import { expect, test } from 'vitest'
import { type RunSpec, RunStarted, TrainingSetFrozen } from '../../schemas/events/experiment.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { trainingProcessor } from '../../streams/training/processor.ts'
import type { Trained, Trainer } from '../../streams/training/trainer.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'

const TIMES = { eventTime: 1, knownAt: 1 }
const SET = {
  hash: 'a'.repeat(64),
  format: 'arrow',
  rows: 1,
  bytes: 1,
  eventTimeFrom: 1,
  eventTimeTo: 1,
} as const

const spec = (run: string, trainingSetHash: string = SET.hash) =>
  ({ run, trainer: 'ridge', trainingSet: 'set', trainingSetHash }) as unknown as RunSpec
const expected = (data: RunSpec) => ({ type: RunStarted.type, data })
const started = (data: RunSpec, position: number) => recorded(RunStarted.draft(data, TIMES), position)

const table = { length: 0, entities: [], entity: new Uint32Array(), eventTime: new Float64Array() }
const trained = (run: string): Trained => ({
  artifact: new TextEncoder().encode(run),
  scores: { ...table, knownAt: new Float64Array(), columns: [] },
  days: { ...table, knownAt: new Float64Array(), columns: [] },
  metrics: [],
})

async function begin(atOnce: number) {
  const begun: string[] = []
  const trainer: Trainer = {
    atOnce,
    async train({ run }) {
      begun.push(run)
      if (run === 'bad') throw refuse('experiment.nothing-to-train', { features: run })
      return trained(run)
    },
    judge: () => Promise.reject(new Error('nothing was made elsewhere')),
  }
  const chunks = openChunkMemory()
  const processor = trainingProcessor({ chunks, trainer })
  const frozen = TrainingSetFrozen.draft(
    { trainingSet: 'set', readAt: 1, rows: 1, features: ['f'], contentHash: SET.hash, dropped: [] },
    TIMES,
    [SET],
  )
  await processor.take(recorded(frozen, 1), null)
  return { begun, chunks, processor }
}

const artifactsOf = async (events: Awaited<ReturnType<typeof reactionsOf>>) =>
  events.flatMap(({ events: said }) =>
    said.map(({ type, data }) => [type, Reflect.get(data as object, 'run')]),
  )

test('as many as there are threads are begun, and one more; none twice', async () => {
  const { begun, processor } = await begin(2)
  for (const run of ['1', '2', '2', '3', '4', '5']) processor.expect?.(expected(spec(run)))
  expect(begun).toEqual(['1', '2', '3'])
  expect(await artifactsOf(await reactionsOf(processor, started(spec('1'), 2)))).toEqual([
    ['experiment.RunFinished', '1'],
  ])
  expect(begun).toEqual(['1', '2', '3'])
  processor.expect?.(expected(spec('4')))
  expect(begun).toEqual(['1', '2', '3', '4'])
})

test('nothing is stored before the run was started', async () => {
  const { chunks, processor } = await begin(2)
  processor.expect?.(expected(spec('1')))
  await new Promise(setImmediate)
  expect(await Array.fromAsync(chunks.list())).toEqual([])
  await reactionsOf(processor, started(spec('1'), 2))
  expect(await Array.fromAsync(chunks.list())).not.toEqual([])
})

test('a run that fails ahead fails when it is started, and not before', async () => {
  const { processor } = await begin(2)
  processor.expect?.(expected(spec('bad')))
  await new Promise(setImmediate)
  expect(await artifactsOf(await reactionsOf(processor, started(spec('bad'), 2)))).toEqual([
    ['experiment.RunFailed', 'bad'],
  ])
})

test('what was expected and did not come stands in the way of nothing', async () => {
  const { begun, processor } = await begin(1 + 1)
  for (const run of ['1', '2', '3']) processor.expect?.(expected(spec(run)))
  await reactionsOf(processor, started(spec('other'), 2))
  processor.expect?.(expected(spec('4')))
  expect(begun).toEqual(['1', '2', '3', 'other', '4'])
})

test('one thread alone, another set, or a set that is not known yet: nothing is begun ahead', async () => {
  const alone = await begin(1)
  alone.processor.expect?.(expected(spec('1')))
  const { begun, processor } = await begin(2)
  processor.expect?.(expected(spec('1', 'b'.repeat(64))))
  expect([alone.begun, begun]).toEqual([[], []])
})
