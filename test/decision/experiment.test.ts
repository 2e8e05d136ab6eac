/** What may happen to a training set and to a run. */
import { expect, test } from 'vitest'
import { run } from '../../commands/experiment/run.ts'
import { trainingSet } from '../../commands/experiment/training-set.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import {
  RunFailed,
  RunFinished,
  RunStarted,
  TrainingSetRequested,
  type TrainingSetSpec,
} from '../../schemas/events/experiment.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { ownId, recorded } from '../support/recorded.ts'
import { runOf, SMALL_SET, trainingSetOf } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const SPEC = trainingSetOf(1)
const requested = TrainingSetRequested.draft(SPEC, NOW)
const DATASETS = new Map([['small', ['close']]])
const TRADED: ReadonlySet<string> = new Set(['small'])
const request = (
  otherwise: Partial<TrainingSetSpec> = {},
  features: typeof SMALL_SET | undefined = SMALL_SET,
) =>
  ({
    kind: 'request',
    spec: { ...SPEC, ...otherwise },
    features,
    datasets: DATASETS,
    traded: TRADED,
    policy: null,
    opened: null,
  }) as const

test('a training set is asked for once under its name', () => {
  given(trainingSet).when(request()).decides(requested)
  given(trainingSet, requested).when(request()).decides()
  given(trainingSet, requested)
    .when(request({ to: SPEC.to + 1 }))
    .decides('experiment.training-set-exists')
})

test('an empty range and a label that ends before it begins are refused', () => {
  given(trainingSet)
    .when(request({ to: SPEC.from }))
    .decides('experiment.empty-range')
  const label = { ...SPEC.label, exitRows: 1 }
  given(trainingSet).when(request({ label })).decides('experiment.label-backwards')
})

test('what could not be frozen is not recorded', () => {
  const { label } = SPEC
  const unknown = { ...request(), features: undefined }
  given(trainingSet).when(unknown).decides('feature.unknown-set')
  given(trainingSet)
    .when(request({ featureHash: 'other' }))
    .decides('feature.unknown-set')
  given(trainingSet)
    .when(request({ label: { ...label, dataset: 'no' } }))
    .decides('data.unknown-dataset')
  given(trainingSet)
    .when({ ...request(), traded: new Set() })
    .decides('experiment.no-prices')
  given(trainingSet)
    .when(request({ label: { ...label, formula: 'close +' } }))
    .decides('formula.syntax')
  given(trainingSet)
    .when(request({ label: { ...label, formula: 'open' } }))
    .decides('formula.unknown-name')
})

test('a feature with the name of a column that freezing adds is refused', () => {
  const features = defineSet({ ...SMALL_SET, features: [{ name: 'label', formula: 'close', unit: '' }] })
  given(trainingSet)
    .when(request({ featureHash: features.hash }, features))
    .decides('experiment.reserved-column')
})

const RUN = runOf('momentum', 1, 'hash')
const COLUMNS = ['mom_5', 'mom_20']
const start = (otherwise: Partial<typeof RUN> = {}, columns: readonly string[] = COLUMNS) =>
  ({ kind: 'start', spec: { ...RUN, ...otherwise }, columns, trainingSet: SPEC, policy: null }) as const
const started = RunStarted.draft(RUN, NOW)
const failed = RunFailed.draft({ run: RUN.run, reason: 'no' }, NOW)
const finished = RunFinished.draft(
  { run: RUN.run, artifact: 'a', metrics: [], scores: 's', returns: 'r' },
  NOW,
)

test('a run is started once under its name, whatever became of it', () => {
  given(run).when(start()).decides(started)
  given(run, started).when(start()).decides()
  for (const end of [failed, finished]) {
    given(run, started, end).when(start()).decides()
    given(run, started, end)
      .when(start({ seed: 2 }))
      .decides('experiment.run-exists')
  }
})

test('a column that the training set lacks is refused', () => {
  given(run)
    .when(start({ features: ['mom_9'] }))
    .decides('experiment.unknown-column')
  given(run)
    .when(start({}, ['mom_5']))
    .decides('experiment.unknown-column')
})

test('a feature that is named twice is refused: a model has each of its features once', () => {
  given(run)
    .when(start({ features: ['mom_5', 'mom_20', 'mom_5'] }))
    .decides('experiment.feature-twice')
})

test('a run that was started counts for ever in its family', () => {
  const others = ['b', 'c'].map((name) => RunStarted.draft({ ...RUN, run: name }, NOW))
  const drafts = [started, failed, others[0], finished, others[1]]
  const events = drafts.map((draft, i) => recorded(draft, i + 1, { commandId: ownId(draft, 1, `c-${i}`) }))
  const state = events.reduce(experiments.apply, experiments.initial())
  expect(state.families.small).toEqual([RUN.run, 'b', 'c'])
  expect(state.runs[RUN.run]?.status).toBe('failed')
  expect(state.runs.b?.status).toBe('running')
})
