/** One example of each event that tracking clients lead to, with a value in every field that may be missing somewhere in the file. */
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

const NOW = { eventTime: 0, knownAt: 0 }
const HASH = 'ab'.repeat(32)
const RUN = '6491e8db394f49ecb983a1f41caadd8e'
const MODEL = 'm-d8c6fd33843047d596427520f9d60d7d'
const POINT = {
  key: 'rmse',
  value: 0.25,
  special: '' as const,
  timestamp: 1_795_724_852_822,
  step: 3,
  loggedModel: MODEL,
  dataset: 'train',
  datasetDigest: '8aea22f8',
}

export const TRACKING_DRAFTS = [
  ExperimentOpened.draft(
    {
      experiment: '1',
      name: 'alpha',
      artifactLocation: 'mlflow-artifacts:/1',
      tags: [{ key: 'team', value: 'x' }],
    },
    NOW,
  ),
  ExperimentEdited.draft({ experiment: '1', name: 'beta', tags: [{ key: 'team', value: null }] }, NOW),
  ExperimentRemoved.draft({ experiment: '1', reason: 'A trial of the door.' }, NOW),
  ExperimentRestored.draft({ experiment: '1' }, NOW),
  RunOpened.draft(
    {
      run: RUN,
      experiment: '1',
      family: 'alpha',
      author: 'ann',
      name: 'r1',
      user: 'root',
      startTime: 1_795_724_852_319,
      tags: [{ key: 'mlflow.runName', value: 'r1' }],
    },
    NOW,
  ),
  RunLogged.draft({ run: RUN, params: [{ key: 'lr', value: '0.1' }], tags: [{ key: 'k', value: 'v' }] }, NOW),
  RunMeasured.draft({ run: RUN, count: 1, points: [POINT], chunk: HASH, latest: [POINT] }, NOW),
  InputsLogged.draft(
    {
      run: RUN,
      datasets: [
        {
          ...{ name: 'train', digest: '8aea22f8', sourceType: 'code', source: '{}' },
          ...{ schema: '{}', profile: null, tags: [{ key: 'mlflow.data.context', value: 'training' }] },
        },
      ],
      models: [MODEL],
    },
    NOW,
  ),
  OutputsLogged.draft({ run: RUN, models: [{ loggedModel: MODEL, step: 0 }] }, NOW),
  FileStored.draft({ run: RUN, path: 'd/x.json', hash: HASH, bytes: 12 }, NOW),
  FileRemoved.draft({ run: RUN, path: 'd/x.json' }, NOW),
  RunSealed.draft({ run: RUN, status: 'FINISHED', endTime: 1_795_724_889_620, seal: HASH }, NOW),
  AmendmentOpened.draft({ run: RUN, amendment: 1, seal: HASH, author: 'ann' }, NOW),
  RunRenamed.draft({ run: RUN, name: 'r2' }, NOW),
  RunRemoved.draft({ run: RUN, reason: 'A slip.' }, NOW),
  RunRestored.draft({ run: RUN }, NOW),
  LoggedModelOpened.draft(
    {
      ...{ loggedModel: MODEL, experiment: '1', run: RUN, name: 'model', modelType: 'agent' },
      ...{ params: [{ key: 'lr', value: '0.1' }], tags: [{ key: 'k', value: 'v' }] },
    },
    NOW,
  ),
  LoggedModelEdited.draft(
    { loggedModel: MODEL, params: [{ key: 'a', value: '1' }], tags: [{ key: 'k', value: null }] },
    NOW,
  ),
  LoggedModelFileStored.draft({ loggedModel: MODEL, path: 'MLmodel', hash: HASH, bytes: 670 }, NOW),
  LoggedModelEnded.draft({ loggedModel: MODEL, status: 'READY', seal: HASH }, NOW),
  LoggedModelRemoved.draft({ loggedModel: MODEL, reason: 'A slip.' }, NOW),
  ModelRegistered.draft(
    { registeredModel: 'reg', description: 'what it is', tags: [{ key: 'team', value: 'x' }] },
    NOW,
  ),
  RegistrationEdited.draft(
    {
      registeredModel: 'reg',
      name: 'reg2',
      description: 'what it is now',
      tags: [{ key: 'team', value: null }],
    },
    NOW,
  ),
  RegistrationRemoved.draft({ registeredModel: 'reg', reason: 'A slip.' }, NOW),
  VersionRegistered.draft(
    {
      ...{
        registeredModel: 'reg',
        modelVersion: 1,
        source: `models:/${MODEL}`,
        run: RUN,
        loggedModel: MODEL,
      },
      ...{ description: '', tags: [{ key: 'k', value: 'v' }], author: 'ann', artifact: HASH },
      ...{ reproducedBy: 'us20-a1', isGoverned: true, missing: ['seed'] },
    },
    NOW,
  ),
  VersionEdited.draft(
    {
      ...{ registeredModel: 'reg', modelVersion: 1, description: 'first', stage: 'Staging' },
      tags: [{ key: 'k', value: null }],
    },
    NOW,
  ),
  VersionRemoved.draft({ registeredModel: 'reg', modelVersion: 1, reason: 'A slip.' }, NOW),
  AliasProposed.draft({ registeredModel: 'reg', alias: 'champion', modelVersion: 1, isGoverned: true }, NOW),
  AliasRemoved.draft({ registeredModel: 'reg', alias: 'champion' }, NOW),
] as const
