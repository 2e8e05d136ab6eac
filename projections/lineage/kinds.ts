/** What lineage keeps of each type of event: the series that it stands in, and the few facts that its edges need. */
import type { Recorded } from '../../schemas/envelope.ts'
import {
  AccessPolicySet,
  AnswersConfirmed,
  SealKeyRotated,
  TokenIssued,
  TokenRevoked,
} from '../../schemas/events/access.ts'
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { BackupDrilled, BackupTaken } from '../../schemas/events/backup.ts'
import {
  ClaimApproved,
  ClaimChecked,
  ClaimDisseminated,
  ClaimDrafted,
  ClaimHeld,
  ClaimRederived,
  ClaimReleased,
  ClaimWithdrawn,
} from '../../schemas/events/claim.ts'
import { DatasetDeclared, RowsArrived, RowsQuarantined, SessionClosed } from '../../schemas/events/data.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import {
  FamilyRetired,
  isBuiltIn,
  RunFailed,
  RunFinished,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
} from '../../schemas/events/experiment.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { OffsetsMoved, OffsetsTaken } from '../../schemas/events/intake.ts'
import {
  GateReported,
  HoldoutOpened,
  Promoted,
  Retired,
  RolledBack,
  ValidationRequested,
} from '../../schemas/events/model.ts'
import {
  OutcomeObserved,
  OutcomesRestated,
  PredictionMade,
  PredictionServed,
} from '../../schemas/events/prediction.ts'
import { Quarantined, Retried, VersionRaised, Waived } from '../../schemas/events/processor.ts'
import { ShadowEnded, ShadowObserved, ShadowPredicted, ShadowStarted } from '../../schemas/events/shadow.ts'
import {
  RunTrained,
  SplitsTrained,
  TrainerAdmitted,
  TrainerRetired,
  WorkMetered,
} from '../../schemas/events/trainer.ts'
import { ALARM_KINDS } from './alarm-kinds.ts'
import { CAPITAL_KINDS } from './capital-kinds.ts'
import { GRANT_KINDS } from './grant-kinds.ts'
import { type Kind, kind } from './kind.ts'
import { type Cutting, cutting } from './spans.ts'
import { TRACKING_KINDS } from './tracking-kinds.ts'

const model = ({ data }: { data: { model: string } }): string => data.model
const dataset = ({ data }: { data: { dataset: string } }): string => data.dataset
const run = ({ data }: { data: { run: string } }): string => data.run
const set = ({ data }: { data: { set: string; version: number } }): string => `${data.set}@${data.version}`
const processor = ({ data }: { data: { processor: string } }): string => data.processor
const trainingSet = ({ data }: { data: { trainingSet: string } }): string => data.trainingSet
const claim = ({ data }: { data: { claim: string } }): string => data.claim
const spans = ({ chunks }: Recorded): Cutting => cutting(chunks)

const named = (names: readonly (string | null)[]): readonly string[] =>
  names.filter((name) => name !== null && name !== '') as string[]

export const KINDS: ReadonlyMap<string, Kind> = new Map(
  [
    kind(DatasetDeclared, {
      noun: 'data set',
      name: dataset,
      facts: ({ data }) => ({ actions: data.prices?.actions ?? '' }),
    }),
    kind(RowsArrived, {
      noun: 'data arrival',
      name: dataset,
      columns: (event) => ({
        ...spans(event),
        knownFrom: event.data.knownFrom,
        firstSession: event.data.sessions.at(0) ?? Number.MIN_SAFE_INTEGER,
        lastSession: event.data.sessions.at(-1) ?? Number.MAX_SAFE_INTEGER,
        /** Whether its rows were held against earlier ones, or against closed sessions. */
        judged: event.data.rowsRevised + event.data.rowsRepeated + event.data.rowsLate > 0 ? 1 : 0,
      }),
    }),
    kind(RowsQuarantined, { noun: 'quarantined rows', name: dataset }),
    kind(OffsetsTaken, { noun: 'offsets taken', name: dataset }),
    kind(OffsetsMoved, { noun: 'offsets moved', name: dataset }),
    kind(SessionClosed, {
      noun: 'session',
      name: dataset,
      columns: ({ data }) => ({ session: data.session, previous: data.previous, decideAt: data.decideAt }),
    }),
    kind(SetDefined, {
      noun: 'feature set',
      name: set,
      facts: ({ data: { dataset, joins } }) =>
        joins.length === 0 ? { dataset } : { dataset, joined: joins.map((join) => join.dataset) },
    }),
    kind(ValuesComputed, { noun: 'feature values', name: set, columns: spans }),
    kind(TrainingSetRequested, {
      noun: 'training set request',
      name: trainingSet,
      facts: ({ data }) => ({
        set: `${data.featureSet}@${data.featureVersion}`,
        dataset: data.label.dataset,
        from: data.from,
        to: data.to,
      }),
    }),
    kind(TrainingSetFrozen, {
      noun: 'training set',
      name: trainingSet,
      facts: ({ data }) => ({ hash: data.contentHash }),
    }),
    kind(RunStarted, {
      noun: 'run',
      name: run,
      facts: ({ data }) => ({
        trainingSet: data.trainingSet,
        hash: data.trainingSetHash,
        family: data.family,
        ...(isBuiltIn(data) ? {} : { trainer: data.trainer }),
      }),
    }),
    kind(RunFinished, {
      noun: 'finished run',
      name: run,
      facts: ({ data }) => ({ artifact: data.artifact, run: data.run }),
    }),
    kind(TrainerAdmitted, {
      noun: 'admitted trainer',
      name: ({ data }) => data.trainer,
      facts: ({ data }) => ({ trainer: data.trainer, commit: data.commit.sha }),
    }),
    kind(TrainerRetired, { noun: 'retired trainer', name: ({ data }) => data.trainer }),
    kind(FamilyRetired, { noun: 'retired family', name: ({ data }) => data.family }),
    kind(RunTrained, {
      noun: 'models of a run',
      name: run,
      facts: ({ data }) => ({ run: data.run, artifact: data.artifact }),
    }),
    kind(SplitsTrained, { noun: 'models of splits', name: run, facts: ({ data }) => ({ run: data.run }) }),
    kind(WorkMetered, { noun: 'work', name: run, facts: ({ data }) => ({ run: data.run }) }),
    kind(RunFailed, { noun: 'failed run', name: run, facts: ({ data }) => ({ run: data.run }) }),
    kind(ValidationRequested, {
      noun: 'validation request',
      name: model,
      facts: ({ data }) => ({ run: data.run, artifact: data.artifact }),
    }),
    kind(GateReported, {
      noun: 'gate report',
      name: model,
      facts: ({ data }) => ({ run: data.run, artifact: data.artifact, report: data.report }),
    }),
    kind(HoldoutOpened, {
      noun: 'holdout opening',
      name: model,
      facts: ({ data }) => ({ run: data.run, artifact: data.artifact, report: data.report }),
    }),
    kind(Promoted, {
      noun: 'promotion',
      name: model,
      facts: ({ data }) => ({ run: data.run, artifact: data.artifact, report: data.report }),
    }),
    kind(RolledBack, {
      noun: 'roll-back',
      name: model,
      facts: ({ data }) => ({ artifact: data.artifact }),
      columns: ({ data }) => ({ of: data.inForce, former: data.former }),
    }),
    kind(Retired, {
      noun: 'retirement',
      name: model,
      facts: ({ data }) => ({ artifact: data.artifact }),
      columns: ({ data }) => ({ of: data.inForce }),
    }),
    kind(ShadowStarted, {
      noun: 'start of a shadow',
      name: run,
      facts: ({ data }) => ({ artifact: data.artifact, report: data.report, model: data.model }),
    }),
    kind(ShadowEnded, { noun: 'end of a shadow', name: run }),
    kind(ShadowPredicted, {
      noun: 'prediction in shadow',
      name: run,
      columns: ({ data }) => ({ of: data.shadow, session: data.session, champion: data.champion }),
    }),
    kind(ShadowObserved, {
      noun: 'outcome in shadow',
      name: run,
      columns: ({ data }) => ({ of: data.prediction, session: data.session }),
    }),
    kind(PolicySet, {
      noun: 'policy',
      name: () => '',
      facts: ({ data: { policy } }) => {
        const { factors, rates, exposures, volatility } = policy.validation
        return { version: policy.version, datasets: named([factors, rates, exposures, volatility]) }
      },
    }),
    kind(Signed, {
      noun: 'approval',
      name: model,
      facts: ({ data }) => ({ member: data.member, artifact: data.artifact, report: data.report }),
    }),
    ...CAPITAL_KINDS,
    kind(PredictionMade, {
      noun: 'prediction',
      name: model,
      columns: ({ data }) => ({ of: data.promotion, session: data.session }),
    }),
    kind(PredictionServed, {
      noun: 'answer of a model',
      name: model,
      columns: ({ data }) => ({
        of: data.promotion,
        readAt: data.online?.readAt ?? 0,
        moment: data.online?.moment ?? 0,
      }),
    }),
    kind(OutcomeObserved, {
      noun: 'outcome',
      name: model,
      columns: ({ data }) => ({ of: data.prediction, session: data.session }),
    }),
    kind(OutcomesRestated, {
      noun: 'restated outcomes',
      name: model,
      columns: ({ data }) => ({ session: data.session }),
    }),
    kind(DriftMeasured, { noun: 'drift measurement', name: model }),
    kind(SharpeWatched, { noun: 'Sharpe watch', name: model }),
    kind(LossLimitBreached, {
      noun: 'loss limit breach',
      name: model,
      columns: ({ data }) => ({ of: data.outcome }),
    }),
    kind(Quarantined, { noun: 'quarantine', name: processor, columns: ({ data }) => ({ of: data.cause }) }),
    kind(Retried, { noun: 'retry', name: processor, columns: ({ data }) => ({ of: data.cause }) }),
    kind(Waived, { noun: 'waiver', name: processor, columns: ({ data }) => ({ of: data.cause }) }),
    kind(VersionRaised, { noun: 'raised version', name: processor }),
    kind(TokenIssued, { noun: 'token', name: ({ data }) => data.id }),
    kind(TokenRevoked, { noun: 'revocation', name: ({ data }) => data.id }),
    kind(AccessPolicySet, { noun: 'access policy', name: () => '' }),
    kind(BackupTaken, { noun: 'backup', name: () => '' }),
    kind(BackupDrilled, { noun: 'restore drill', name: () => '' }),
    kind(SealKeyRotated, { noun: 'key rotation', name: () => '' }),
    kind(ClaimDrafted, {
      noun: 'claim',
      name: claim,
      facts: ({ data }) => ({ model: data.model, run: data.figure.run, readAt: data.figure.readAt }),
    }),
    kind(ClaimChecked, { noun: 'check of a claim', name: claim }),
    kind(ClaimApproved, { noun: 'approval of a claim', name: claim }),
    kind(ClaimDisseminated, { noun: 'dissemination', name: claim }),
    kind(ClaimWithdrawn, { noun: 'withdrawal', name: claim }),
    kind(ClaimRederived, { noun: 'proof of a claim', name: claim }),
    kind(ClaimHeld, { noun: 'legal hold', name: claim }),
    kind(ClaimReleased, { noun: 'release of a hold', name: claim }),
    kind(AnswersConfirmed, { noun: 'confirmation', name: () => '' }),
    ...ALARM_KINDS,
    ...GRANT_KINDS,
    ...TRACKING_KINDS,
  ].map((one): [string, Kind] => [one.type, one]),
)

export const nounOf = (type: string): string => KINDS.get(type)?.noun ?? 'event'
