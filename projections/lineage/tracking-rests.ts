/** What each event of a tracking client rests on: its run, the training set that it names, the files that are registered. */
import { RunFinished, TrainingSetFrozen } from '../../schemas/events/experiment.ts'
import { ModelRegistered, VersionRegistered } from '../../schemas/events/registration.ts'
import {
  AmendmentOpened,
  ExperimentOpened,
  FileStored,
  InputsLogged,
  LoggedModelFileStored,
  LoggedModelOpened,
  OutputsLogged,
  RunLogged,
  RunMeasured,
  RunOpened,
  RunSealed,
} from '../../schemas/events/tracking.ts'
import type { Citing } from './reference.ts'
import { AMONG, DECIDED, READ } from './sources.ts'

type Rule = (citing: Citing) => void

const ofRun: Rule = (it) => it.latest(DECIDED, RunOpened.type, it.name)
const ofModel: Rule = (it) => it.latest(DECIDED, LoggedModelOpened.type, it.name)
const ofVersion: Rule = (it) => it.every(DECIDED, VersionRegistered.type, it.name)

const textsIn = (fact: unknown): readonly string[] => (Array.isArray(fact) ? fact : [])

/** Most digests are of data that a notebook had from elsewhere. */
const isFrozen = ({ places }: Citing, hash: string): boolean =>
  [...places.keysOf(TrainingSetFrozen.type)].some((key) =>
    places.series(key).position.some((at) => places.facts(at).hash === hash),
  )

export const TRACKING_ROWS: Readonly<Record<string, Rule>> = {
  [RunOpened.type]: (it) => it.latest(READ, ExperimentOpened.type, it.fact('experiment')),
  [RunLogged.type]: ofRun,
  [RunMeasured.type]: ofRun,
  [FileStored.type]: ofRun,
  [InputsLogged.type](it) {
    ofRun(it)
    const { digests, models } = it.places.facts(it.position)
    for (const is of textsIn(digests))
      if (isFrozen(it, is)) it.having(READ, TrainingSetFrozen.type, { name: 'hash', is })
    for (const model of textsIn(models)) it.latest(READ, LoggedModelOpened.type, model)
  },
  [OutputsLogged.type](it) {
    ofRun(it)
    for (const model of textsIn(it.places.facts(it.position).models))
      it.latest(READ, LoggedModelOpened.type, model)
  },
  [RunSealed.type](it) {
    ofRun(it)
    for (const { type } of [RunLogged, RunMeasured, InputsLogged, OutputsLogged, FileStored, AmendmentOpened])
      it.every(READ, type, it.name)
  },
  [AmendmentOpened.type]: (it) => it.latest(DECIDED, RunSealed.type, it.name),
  [LoggedModelOpened.type]: (it) => it.latest(READ, RunOpened.type, it.fact('run')),
  [LoggedModelFileStored.type]: ofModel,
  'run.ModelEnded'(it) {
    ofModel(it)
    it.every(READ, LoggedModelFileStored.type, it.name)
  },
  [VersionRegistered.type](it) {
    it.latest(DECIDED, ModelRegistered.type, it.name)
    const run = it.fact('run')
    for (const { type } of [RunOpened, FileStored, RunSealed]) it.every(AMONG, type, run)
    const model = it.fact('loggedModel')
    for (const { type } of [LoggedModelOpened, LoggedModelFileStored]) it.every(AMONG, type, model)
    const is = it.fact('artifact')
    if (is !== '') it.having(DECIDED, RunFinished.type, { name: 'artifact', is })
  },
  'model.VersionEdited': ofVersion,
  'model.AliasProposed': ofVersion,
}

/** Attested trials that a verdict may count: which of them it does follows from their authors and data sets. */
export function attested(it: Citing): void {
  for (const { type } of [RunOpened, AmendmentOpened, InputsLogged])
    it.all({ edge: 'decided on', exact: false }, type)
}
