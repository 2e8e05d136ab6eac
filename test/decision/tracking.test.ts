/** What tracking clients may do: experiments, runs with their seal, logged models, and registrations. */
import { describe, test } from 'vitest'
import { experiments } from '../../commands/tracking/experiments.ts'
import { loggedModel } from '../../commands/tracking/logged-model.ts'
import { registrations } from '../../commands/tracking/registrations.ts'
import { trackedRun } from '../../commands/tracking/run.ts'
import { sealOver } from '../../commands/tracking/seal.ts'
import { AliasProposed, ModelRegistered, VersionRegistered } from '../../schemas/events/registration.ts'
import {
  AmendmentOpened,
  ExperimentOpened,
  ExperimentRemoved,
  LoggedModelEnded,
  LoggedModelFileStored,
  LoggedModelOpened,
  RunLogged,
  RunOpened,
  RunRemoved,
  RunSealed,
} from '../../schemas/events/tracking.ts'
import { EXAMPLES } from '../golden/examples.ts'
import { CONTEXT, given } from './given.ts'

const now = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const example = <T>(type: string): T => EXAMPLES.get(type) as T

describe('experiments', () => {
  const alpha = ExperimentOpened.draft(
    { experiment: '1', name: 'alpha', artifactLocation: 'mlflow-artifacts:/1', tags: [] },
    now,
  )
  const open = (name: string) => ({ kind: 'open', name, artifactLocation: null, tags: [] }) as const

  test('have a name each, and the next number; Default is there', () => {
    given(experiments).when(open('alpha')).decides(alpha)
    given(experiments, alpha).when(open('alpha')).decides('tracking.experiment-exists')
    given(experiments).when(open('Default')).decides('tracking.experiment-exists')
  })

  test('that are deleted keep their name, and change nothing', () => {
    const removed = ExperimentRemoved.draft({ experiment: '1', reason: 'r' }, now)
    given(experiments, alpha, removed).when(open('alpha')).decides('tracking.experiment-exists')
    const edit = { kind: 'edit', experiment: '1', name: 'b', tags: [] } as const
    given(experiments, alpha, removed).when(edit).decides('tracking.experiment-removed')
    given(experiments, alpha, removed).when({ kind: 'remove', experiment: '1', reason: 'again' }).decides()
  })
})

describe('runs', () => {
  const opened = RunOpened.draft(example('run.Opened'), now)
  const { run } = opened.data
  const log = (params: { key: string; value: string }[]) => ({ kind: 'log', run, params, tags: [] }) as const
  const told = RunLogged.draft({ run, params: [{ key: 'lr', value: '1' }], tags: [] }, now)
  const end = { run, status: 'FINISHED', endTime: 5 } as const
  const chain = sealOver(sealOver('', opened), told)
  const seal = sealOver(chain, { type: RunSealed.type, data: end })
  const sealed = RunSealed.draft({ ...end, seal }, now)

  test('take a parameter once and for all', () => {
    given(trackedRun)
      .when(log([{ key: 'lr', value: '1' }]))
      .decides('tracking.unknown-run')
    given(trackedRun, opened)
      .when(log([{ key: 'lr', value: '1' }]))
      .decides(told)
    given(trackedRun, opened, told)
      .when(log([{ key: 'lr', value: '1' }]))
      .decides()
    given(trackedRun, opened, told)
      .when(log([{ key: 'lr', value: '2' }]))
      .decides('tracking.param-changed')
  })

  test('seal when they end, over all that was said; then only what stands, or an amendment', () => {
    given(trackedRun, opened, told)
      .when({ kind: 'end', ...end })
      .decides(sealed)
    given(trackedRun, opened, told, sealed)
      .when({ kind: 'end', ...end })
      .decides()
    given(trackedRun, opened, told, sealed)
      .when({ kind: 'end', ...end, status: 'FAILED' })
      .decides('tracking.run-sealed')
    given(trackedRun, opened, told, sealed)
      .when(log([{ key: 'new', value: '' }]))
      .decides('tracking.run-sealed')
    const amended = AmendmentOpened.draft({ run, amendment: 1, seal, author: CONTEXT.actor }, now)
    given(trackedRun, opened, told, sealed).when({ kind: 'resume', run }).decides(amended)
    given(trackedRun, opened, told, sealed, amended)
      .when(log([{ key: 'new', value: '' }]))
      .decides(RunLogged.draft({ run, params: [{ key: 'new', value: '' }], tags: [] }, now))
  })

  test('that are hidden take nothing, and hiding is under no seal', () => {
    const removed = RunRemoved.draft({ run, reason: 'r' }, now)
    given(trackedRun, opened, sealed).when({ kind: 'remove', run, reason: 'r' }).decides(removed)
    given(trackedRun, opened, removed).when(log([])).decides('tracking.run-removed')
    given(trackedRun, opened, told, removed)
      .when({ kind: 'end', ...end })
      .decides('tracking.run-removed')
  })
})

test('files of a logged model are sealed when it is ready; its tags stay open', () => {
  const opened = LoggedModelOpened.draft(example('run.ModelOpened'), now)
  const { loggedModel: id } = opened.data
  const file = { loggedModel: id, path: 'MLmodel', hash: 'ab'.repeat(32), bytes: 3 }
  const stored = LoggedModelFileStored.draft(file, now)
  const ended = LoggedModelEnded.draft(
    { loggedModel: id, status: 'READY', seal: sealOver(sealOver('', opened), stored) },
    now,
  )
  given(loggedModel, opened, stored).when({ kind: 'end', loggedModel: id, status: 'READY' }).decides(ended)
  given(loggedModel, opened, stored, ended).when({ kind: 'store', file }).decides()
  given(loggedModel, opened, stored, ended)
    .when({ kind: 'store', file: { ...file, hash: 'cd'.repeat(32) } })
    .decides('tracking.model-sealed')
  const edit = { kind: 'edit', loggedModel: id, params: [], tags: [{ key: 'k', value: 'v' }] } as const
  given(loggedModel, opened, ended).when(edit).decides()
})

test('versions are counted, and an alias is for a version that is there', () => {
  const registered = ModelRegistered.draft({ registeredModel: 'm', description: '', tags: [] }, now)
  const version = VersionRegistered.draft(
    { ...example<object>('model.VersionRegistered'), registeredModel: 'm' } as Parameters<
      typeof VersionRegistered.draft
    >[0],
    now,
  )
  const propose = { kind: 'propose', name: 'm', alias: 'champion', version: 1, isGoverned: true } as const
  given(registrations).when(propose).decides('tracking.unknown-model')
  given(registrations, registered).when(propose).decides('tracking.unknown-version')
  const proposed = AliasProposed.draft(
    { registeredModel: 'm', alias: 'champion', modelVersion: 1, isGoverned: true },
    now,
  )
  given(registrations, registered, version).when(propose).decides(proposed)
  given(registrations, registered, version, proposed).when(propose).decides()
  const stage = {
    kind: 'edit version',
    name: 'm',
    version: 1,
    description: null,
    stage: 'Production',
    tags: [],
    isKeptBack: true,
  } as const
  given(registrations, registered, version).when(stage).decides('tracking.stage')
})
