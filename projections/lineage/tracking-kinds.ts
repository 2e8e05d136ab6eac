/** What lineage keeps of what tracking clients say: each event under its experiment, run, logged model or registered one. */
import {
  AliasProposed,
  AliasRemoved,
  ModelRegistered,
  RegistrationEdited,
  RegistrationRemoved,
  VersionEdited,
  VersionRegistered,
  VersionRemoved,
} from '../../schemas/events/registration.ts'
import {
  AmendmentOpened,
  ExperimentEdited,
  ExperimentOpened,
  ExperimentRemoved,
  ExperimentRestored,
  FileRemoved,
  FileStored,
  InputsLogged,
  LoggedModelEdited,
  LoggedModelEnded,
  LoggedModelFileStored,
  LoggedModelOpened,
  LoggedModelRemoved,
  OutputsLogged,
  RunLogged,
  RunMeasured,
  RunOpened,
  RunRemoved,
  RunRenamed,
  RunRestored,
  RunSealed,
} from '../../schemas/events/tracking.ts'
import { type Kind, kind } from './kind.ts'

const experiment = ({ data }: { data: { experiment: string } }): string => data.experiment
const run = ({ data }: { data: { run: string } }): string => data.run
const loggedModel = ({ data }: { data: { loggedModel: string } }): string => data.loggedModel
const registered = ({ data }: { data: { registeredModel: string } }): string => data.registeredModel

export const TRACKING_KINDS: readonly Kind[] = [
  kind(ExperimentOpened, { noun: 'experiment', name: experiment }),
  kind(ExperimentEdited, { noun: 'change of an experiment', name: experiment }),
  kind(ExperimentRemoved, { noun: 'deleted experiment', name: experiment }),
  kind(ExperimentRestored, { noun: 'restored experiment', name: experiment }),
  kind(RunOpened, {
    noun: 'attested run',
    name: run,
    facts: ({ data }) => ({ experiment: data.experiment }),
  }),
  kind(RunLogged, { noun: 'parameters and tags', name: run }),
  kind(RunMeasured, { noun: 'metrics', name: run }),
  kind(InputsLogged, {
    noun: 'inputs',
    name: run,
    facts: ({ data }) => ({ digests: data.datasets.map(({ digest }) => digest), models: data.models }),
  }),
  kind(OutputsLogged, {
    noun: 'outputs',
    name: run,
    facts: ({ data }) => ({ models: data.models.map((one) => one.loggedModel) }),
  }),
  kind(FileStored, { noun: 'file of a run', name: run }),
  kind(FileRemoved, { noun: 'deleted file of a run', name: run }),
  kind(RunSealed, { noun: 'sealed run', name: run }),
  kind(AmendmentOpened, { noun: 'amendment', name: run }),
  kind(RunRenamed, { noun: 'new name of a run', name: run }),
  kind(RunRemoved, { noun: 'deleted run', name: run }),
  kind(RunRestored, { noun: 'restored run', name: run }),
  kind(LoggedModelOpened, {
    noun: 'logged model',
    name: loggedModel,
    facts: ({ data }) => ({ run: data.run }),
  }),
  kind(LoggedModelEdited, { noun: 'change of a logged model', name: loggedModel }),
  kind(LoggedModelFileStored, { noun: 'file of a logged model', name: loggedModel }),
  kind(LoggedModelEnded, { noun: 'sealed logged model', name: loggedModel }),
  kind(LoggedModelRemoved, { noun: 'deleted logged model', name: loggedModel }),
  kind(ModelRegistered, { noun: 'registered model', name: registered }),
  kind(RegistrationEdited, { noun: 'change of a registered model', name: registered }),
  kind(RegistrationRemoved, { noun: 'deleted registration', name: registered }),
  kind(VersionRegistered, {
    noun: 'registered version',
    name: registered,
    facts: ({ data }) => ({ run: data.run, loggedModel: data.loggedModel, artifact: data.artifact }),
  }),
  kind(VersionEdited, { noun: 'change of a version', name: registered }),
  kind(VersionRemoved, { noun: 'deleted version', name: registered }),
  kind(AliasProposed, { noun: 'proposed alias', name: registered }),
  kind(AliasRemoved, { noun: 'deleted alias', name: registered }),
]
