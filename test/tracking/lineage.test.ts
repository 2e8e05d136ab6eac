/** Lineage of what tracking clients say: what a seal, a version and a verdict rest on. */
import { expect, test } from 'vitest'
import { lineage } from '../../projections/lineage/lineage.ts'
import { Places, typeOf } from '../../projections/lineage/places.ts'
import { restsOn } from '../../projections/lineage/rests-on.ts'
import type { Draft } from '../../schemas/envelope.ts'
import { RunFinished, TrainingSetFrozen } from '../../schemas/events/experiment.ts'
import { GateReported } from '../../schemas/events/model.ts'
import { VersionRegistered } from '../../schemas/events/registration.ts'
import { InputsLogged, RunMeasured, RunOpened, RunSealed } from '../../schemas/events/tracking.ts'
import { EXAMPLES } from '../golden/examples.ts'
import { ownId, recorded } from '../support/recorded.ts'

const HASH = 'ab'.repeat(32)
const example = <T>(type: string): T => EXAMPLES.get(type) as T
const times = { eventTime: 1, knownAt: 1 }
const inputs = example<Parameters<typeof InputsLogged.draft>[0]>('run.InputsLogged')
const [dataset] = inputs.datasets

const said: readonly Draft[] = [
  TrainingSetFrozen.draft(
    {
      ...example<Parameters<typeof TrainingSetFrozen.draft>[0]>('experiment.TrainingSetFrozen'),
      contentHash: HASH,
    },
    times,
  ),
  RunFinished.draft(
    { ...example<Parameters<typeof RunFinished.draft>[0]>('experiment.RunFinished'), artifact: HASH },
    times,
  ),
  RunOpened.draft(example('run.Opened'), times),
  RunMeasured.draft(example('run.Measured'), times),
  InputsLogged.draft(
    {
      ...inputs,
      datasets: [
        { ...dataset, digest: HASH },
        { ...dataset, digest: 'elsewhere' },
      ],
    },
    times,
  ),
  RunSealed.draft(example('run.Sealed'), times),
  VersionRegistered.draft(example('model.VersionRegistered'), times),
  GateReported.draft(example('model.GateReported'), times),
]

const state = said.reduce(
  (before, draft, at) =>
    lineage.apply(before, recorded(draft, at + 1, { commandId: ownId(draft, at, `c-${at}`) })),
  lineage.initial(),
)
const places = new Places(state)
const behind = (position: number): Set<string> => {
  const place = places.at(position)
  if (place === null) throw new Error(`nothing at ${position}`)
  const { references } = restsOn(places, place)
  return new Set(references.map(({ key }) => typeOf(key)))
}

test('inputs rest on the training set whose content they name, and on none for data from elsewhere', () => {
  expect(behind(5)).toEqual(new Set(['run.Opened', 'experiment.TrainingSetFrozen']))
})

test('a seal rests on all that the run said', () => {
  expect(behind(6)).toEqual(new Set(['run.Opened', 'run.Measured', 'run.InputsLogged']))
})

test('a version rests on the run of the platform that made its file, and a verdict on attested trials', () => {
  expect(behind(7)).toEqual(new Set(['experiment.RunFinished', 'run.Opened', 'run.Sealed']))
  for (const type of ['run.Opened', 'run.InputsLogged']) expect(behind(8)).toContain(type)
})
