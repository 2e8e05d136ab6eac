/** A training set in slices is the set that one chunk would hold, and what is too large to be read is a failed run. */
import { afterAll, expect, test } from 'vitest'
import type { ChunkRef, Draft, Recorded } from '../../schemas/envelope.ts'
import { RunFailed, RunFinished, RunStarted, TrainingSetFrozen } from '../../schemas/events/experiment.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { featureHistory } from '../../serving/feature-history.ts'
import { CHUNK_BYTES } from '../../streams/log/regular.ts'
import { freezeProcessor } from '../../streams/training/freeze.ts'
import { contentHashOf, readFrozen } from '../../streams/training/frozen.ts'
import { trainingProcessor } from '../../streams/training/processor.ts'
import { trainerHere } from '../../streams/training/trainer.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { reactionsOf } from '../support/reactions.ts'
import { judgedPlatform } from '../support/small-platform.ts'

const platform = await judgedPlatform()
afterAll(() => platform.close())
const { chunks } = platform
const events = await eventsOf(platform.log)

/** What is frozen of the same log, in slices that end with so many values. */
async function frozenIn(sliceValues: number): Promise<readonly Draft[]> {
  const history = featureHistory(chunks)
  const freeze = freezeProcessor({ chunks, features: history, sliceValues })
  const drafts: Draft[] = []
  for (const event of events) {
    await history.take(event, null)
    for (const reaction of await reactionsOf(freeze, event)) drafts.push(...reaction.events)
  }
  return drafts
}

const whole = events.filter(({ type }) => type === TrainingSetFrozen.type)

test('sets of the stated size are what they were, in one chunk', async () => {
  const again = await frozenIn(Number.POSITIVE_INFINITY)
  expect(again.map(({ data }) => data)).toEqual(whole.map(({ data }) => data))
  for (const { data, chunks: set } of again) expect(data).toMatchObject({ contentHash: set[0].hash })
})

test('smaller slices hold whole sessions, and are the same set together', async () => {
  const sliced = await frozenIn(4_000)
  expect(sliced).toHaveLength(whole.length)
  for (const [k, { data, chunks: set }] of sliced.entries()) {
    expect(set.length).toBeGreaterThan(3)
    expect(contentHashOf(set)).toBe(sha256(set.map(({ hash }) => `${hash}\n`).join('')))
    expect(data).toEqual({ ...(whole[k].data as object), contentHash: contentHashOf(set) })
    const [rows, one] = [await readFrozen(chunks, set), await readFrozen(chunks, whole[k].chunks)]
    expect(rows).toEqual(one)
    const ends = await Promise.all(set.map(async (slice) => (await readFrozen(chunks, [slice])).knownAt))
    for (const [at, { length }] of ends.entries()) {
      const values = length * (rows.columns.length + 2)
      if (at < ends.length - 1) expect(values).toBeGreaterThanOrEqual(4_000)
      expect(ends[at + 1]?.[0], 'no session is in two').not.toBe(ends[at].at(-1))
    }
  }
})

const started = events.filter(({ type }) => type === RunStarted.type)

/** What training says of the first run when its set is in these chunks. */
async function trained(set: readonly ChunkRef[]): Promise<readonly Draft[]> {
  const training = trainingProcessor({ chunks, trainer: trainerHere(chunks) })
  const [frozen] = whole
  const contentHash = contentHashOf(set)
  const data = { ...(frozen.data as object), contentHash }
  await training.take({ ...frozen, data, chunks: set } as Recorded, null)
  const [run] = started
  const spec = { ...(run.data as object), trainingSetHash: contentHash }
  return (await reactionsOf(training, { ...run, data: spec } as Recorded)).flatMap((one) => one.events)
}

test('a run on a sliced set has the model, the scores and the days that it has on one chunk', async () => {
  const [first] = await frozenIn(4_000)
  const [finished] = await trained(first.chunks)
  const [same] = await trained(whole[0].chunks)
  expect(finished.type).toBe(RunFinished.type)
  expect(finished.data).toEqual(same.data)
})

test('a set in a chunk that no reader takes is a failed run with its reason, and stops nobody', async () => {
  const [ref] = whole[0].chunks
  const [failed] = await trained([{ ...ref, bytes: CHUNK_BYTES + 1 }])
  expect(failed).toMatchObject({
    type: RunFailed.type,
    data: { reason: expect.stringMatching(/2147483648 bytes.*Freeze it again under another name/) },
  })
})

test('what is known by a snapshot of the one chunk that a set was is the set', async () => {
  const training = trainingProcessor({ chunks, trainer: trainerHere(chunks) })
  const [frozen] = whole
  const { trainingSet } = frozen.data as { trainingSet: string }
  training.restore?.(new Map([[trainingSet, frozen.chunks[0]]]) as never)
  expect(training.save?.()).toEqual({
    elsewhere: new Map(),
    frozen: new Map([[trainingSet, [frozen.chunks[0]]]]),
  })
})
