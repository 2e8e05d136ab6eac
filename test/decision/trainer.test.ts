/** What may happen to a trainer that is not built in, and to what it made. */
import { expect, test } from 'vitest'
import { run } from '../../commands/experiment/run.ts'
import { trained } from '../../commands/experiment/trained.ts'
import { trainer } from '../../commands/experiment/trainer.ts'
import { RunStarted } from '../../schemas/events/experiment.ts'
import { RunTrained, SplitsTrained, TrainerAdmitted, type TrainerSpec } from '../../schemas/events/trainer.ts'
import { runOf, trainingSetOf } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const HASH = 'a'.repeat(64)
const CODE = { hash: HASH, format: 'file', rows: 0, bytes: 1, eventTimeFrom: 0, eventTimeTo: 0 } as const
const SPEC: TrainerSpec = {
  ...{ trainer: 'mine-1', repository: 'alpha', entry: 'train.py', environmentName: 'python' },
  commit: { sha: 'c'.repeat(40), signature: 'verified', tree: 'clean' },
  ...{ signer: 'ann', key: 'SHA256:x', allowedSigners: HASH, problem: null, code: HASH },
  ...{
    environment: HASH,
    lockfile: null,
    program: HASH,
    installed: null,
    platform: 'linux-x64',
    unlocked: [],
  },
  limits: { seconds: 1, megabytes: 1, outputMegabytes: 1, processes: 1 },
}
const admit = (change: Partial<TrainerSpec> = {}) =>
  ({ kind: 'admit', spec: { ...SPEC, ...change }, code: CODE }) as const
const admitted = TrainerAdmitted.draft(SPEC, NOW, [CODE])

test('a trainer is admitted once under its name, and none as a built-in one', () => {
  given(trainer).when(admit()).decides(admitted)
  given(trainer, admitted).when(admit()).decides()
  given(trainer, admitted)
    .when(admit({ code: 'b' }))
    .decides('experiment.trainer-exists')
  given(trainer)
    .when(admit({ trainer: 'ridge' }))
    .decides('experiment.trainer-built-in')
})

test('a run of a trainer names the commit and the environment that it was admitted with', () => {
  const { commit, environment } = SPEC
  const spec = { ...runOf('momentum', 1, HASH), trainer: 'mine-1', commit, environment }
  const start = (change: Partial<typeof spec> | { commit: null }) =>
    ({
      kind: 'start',
      spec: { ...spec, ...change },
      columns: ['mom_5', 'mom_20'],
      trainingSet: trainingSetOf(1),
      policy: null,
      trainer: SPEC,
    }) as const
  given(run).when(start({})).decides(RunStarted.draft(spec, NOW))
  given(run)
    .when({ ...start({}), trainer: undefined })
    .decides('experiment.unknown-trainer')
  given(run)
    .when(start({ environment: 'other' }))
    .decides('experiment.other-code')
  given(run)
    .when(start({ commit: null }))
    .decides('experiment.other-code')
})

test('what a trainer made for a start is said once; splits that failed may be tried again', () => {
  const work = { executor: 'local', notHeld: [], seconds: 1, failure: null }
  const data = { run: 'r', started: 3, artifact: HASH, folds: [HASH], told: [], ...work }
  const made = { kind: 'trained', data, models: [] } as const
  const said = RunTrained.draft(data, NOW)
  given(trained).when(made).decides(said)
  given(trained, said)
    .when({ ...made, data: { ...data, artifact: 'other' } })
    .decides()
  const again = { ...data, started: 9 }
  given(trained, said)
    .when({ ...made, data: again })
    .decides(RunTrained.draft(again, NOW))

  const split = { run: 'r', started: 3, groups: 5, testGroups: 2, embargoDays: 0, models: [HASH], ...work }
  const splits = { kind: 'splits', data: split, models: [] } as const
  const done = SplitsTrained.draft(split, NOW)
  const failed = SplitsTrained.draft({ ...split, models: [], failure: 'it fell over' }, NOW)
  given(trained, said).when(splits).decides(done)
  given(trained, said, failed).when(splits).decides(done)
  given(trained, said, done).when(splits).decides()
  const other = { ...split, groups: 6 }
  given(trained, said, done)
    .when({ ...splits, data: other })
    .decides(SplitsTrained.draft(other, NOW))
  expect(done.type).toBe('experiment.SplitsTrained')
})
