/** What people ask for by mistake is refused or recorded as failed; it never stops what comes after it. */

import { expect, test } from 'vitest'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import {
  arrive,
  declareDataset,
  requestTrainingSet,
  requestValidation,
  startRun,
} from '../../serving/actions.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import {
  copyOf,
  eventsOf,
  type MemoryPlatform,
  memoryCursor,
  memoryPlatform,
} from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { COUNTED } from '../support/sessions.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  promoteRun,
  runOf,
  SMALL_DATASET,
  trainingSetOf,
} from '../support/small-platform.ts'

/** Days still arrive, and the model still speaks. */
async function goesOn(platform: MemoryPlatform): Promise<void> {
  await promoteRun(platform, 'small-h3-momentum')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 2)
  const made = (await eventsOf(platform.log)).filter((event) => event.type === 'prediction.Made')
  expect(made).toHaveLength(2)
}

const hashOf = (platform: MemoryPlatform) =>
  platform.folds.experiments.state().trainingSets['small-h3']?.frozen?.contentHash ?? ''

test('runs that cannot be trained fail by name, and count', async () => {
  const platform = await judgedPlatform()
  const good = runOf('momentum', 3, hashOf(platform))
  const wrong: Record<string, Partial<RunSpec>> = {
    'no penalty': { params: [{ name: 'alpha', value: 0 }] },
    'a negative penalty': { params: [{ name: 'alpha', value: -1000 }] },
    'more folds than days': { folds: 5000 },
    'another training set': { trainingSetHash: 'other' },
  }
  for (const [run, otherwise] of Object.entries(wrong)) {
    await startRun(platform, { ...good, run, ...otherwise }, act(run))
    const view = platform.folds.experiments.state().runs[run]
    expect(view?.status, run).toBe('failed')
    expect(view?.failure).not.toBe('')
  }
  expect(platform.folds.experiments.state().families.small).toHaveLength(8)
  // They count, so that the reports before them are stale.
  await requestValidation(platform, { model: MODEL, run: 'small-h3-momentum' }, act('validate again'))
  await goesOn(platform)
})

test('training sets that cannot be frozen are refused', async () => {
  const platform = await judgedPlatform()
  const good = { ...trainingSetOf(1), trainingSet: 'other' }
  const ask = (otherwise: object) =>
    refusalIn(requestTrainingSet(platform, { ...good, ...otherwise }, act('ask')))
  expect(await ask({ featureSet: 'none' })).toBe('feature.unknown-set')
  expect(await ask({ featureSet: 'constructor' })).toBe('feature.unknown-set')
  expect(await ask({ label: { ...good.label, dataset: 'none' } })).toBe('data.unknown-dataset')
  expect(await ask({ label: { ...good.label, formula: 'rank(' } })).toBe('formula.syntax')
  await goesOn(platform)
})

test('an arrival without a usable row is recorded, and nothing follows from it', async () => {
  const platform = await judgedPlatform()
  const before = (await platform.log.head()).position
  const bounds = {
    ...COUNTED,
    rows: 0,
    chunks: [],
    knownFrom: 0,
    knownTo: 0,
    eventTimeTo: 0,
    quarantine: null,
  }
  await arrive(platform, { dataset: 'small', source: 'none', sourceHash: 'none', ...bounds }, act('none'))
  expect((await platform.log.head()).position).toBe(before + 1)
  await goesOn(platform)
})

test.each(['constructor', 'toString', '__proto__', ''])(
  'nothing can be named "%s", and asking for it stops nothing',
  async (name) => {
    const platform = await judgedPlatform()
    const run = runOf('noise', 3, hashOf(platform))
    expect(await refusalIn(startRun(platform, { ...run, run: name }, act('run')))).toBe('event.invalid')
    expect(await refusalIn(startRun(platform, { ...run, run: 'x', family: name }, act('family')))).toBe(
      'event.invalid',
    )
    const declared = declareDataset(platform, { ...SMALL_DATASET, dataset: name }, act('data'))
    expect(await refusalIn(declared)).toBe('event.invalid')
    const asked = { model: name, run: 'small-h3-noise' }
    expect(await refusalIn(requestValidation(platform, asked, act('validate')))).toBe('event.invalid')
    await goesOn(platform)
  },
)

test('a chunk that is not there stops the work, and does not become a failed run', async () => {
  const whole = await judgedPlatform()
  const events = await eventsOf(whole.log)
  const started = events.find((event) => event.type === 'experiment.RunStarted')?.position ?? 0
  const log = await copyOf(whole.log)
  const platform = memoryPlatform({ log, chunks: openChunkMemory(), cursor: memoryCursor(started - 1) })
  expect(await refusalIn(platform)).toBe('chunk.missing')
  expect((await eventsOf(log)).some((event) => event.type === 'experiment.RunFailed')).toBe(false)
  expect(whole.folds.registry.state().models[MODEL]).toBeDefined()
})
