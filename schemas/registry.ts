/** Every event that there is. An event that is not here cannot be written, and is refused when read. */
import type { EventDefinition } from './event.ts'
import {
  AccessPolicySet,
  AnswersConfirmed,
  SealKeyRotated,
  TokenIssued,
  TokenRevoked,
} from './events/access.ts'
import { PolicySet, Signed } from './events/approval.ts'
import { Allocated, Reduced, Reviewed } from './events/capital.ts'
import {
  ClaimApproved,
  ClaimChecked,
  ClaimDisseminated,
  ClaimDrafted,
  ClaimWithdrawn,
} from './events/claim.ts'
import { DatasetDeclared, RowsArrived, RowsQuarantined, SessionClosed } from './events/data.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from './events/drift.ts'
import {
  RunFailed,
  RunFinished,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
} from './events/experiment.ts'
import { SetDefined, ValuesComputed } from './events/feature.ts'
import { GateReported, HoldoutOpened, Promoted, ValidationRequested } from './events/model.ts'
import { OutcomeObserved, OutcomesRestated, PredictionMade } from './events/prediction.ts'
import { Quarantined, Retried, VersionRaised, Waived } from './events/processor.ts'

const DEFINITIONS: readonly EventDefinition[] = [
  DatasetDeclared,
  RowsArrived,
  RowsQuarantined,
  SessionClosed,
  SetDefined,
  ValuesComputed,
  TrainingSetRequested,
  TrainingSetFrozen,
  RunStarted,
  RunFinished,
  RunFailed,
  ValidationRequested,
  GateReported,
  Promoted,
  HoldoutOpened,
  PolicySet,
  Signed,
  PredictionMade,
  OutcomeObserved,
  OutcomesRestated,
  DriftMeasured,
  SharpeWatched,
  LossLimitBreached,
  Allocated,
  Reduced,
  Reviewed,
  SealKeyRotated,
  AnswersConfirmed,
  TokenIssued,
  TokenRevoked,
  AccessPolicySet,
  Quarantined,
  Retried,
  Waived,
  VersionRaised,
  ClaimDrafted,
  ClaimChecked,
  ClaimApproved,
  ClaimDisseminated,
  ClaimWithdrawn,
] as const as readonly EventDefinition[]

export const REGISTRY: ReadonlyMap<string, EventDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.type, definition]),
)
