/** Every event that there is. An event that is not here cannot be written, and is refused when read. */
import type { EventDefinition } from './event.ts'
import { SealKeyRotated } from './events/access.ts'
import { PolicySet, Signed } from './events/approval.ts'
import { Allocated, Reduced, Reviewed } from './events/capital.ts'
import { DatasetDeclared, RowsArrived, RowsQuarantined } from './events/data.ts'
import { DriftMeasured, SharpeWatched } from './events/drift.ts'
import {
  RunFailed,
  RunFinished,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
} from './events/experiment.ts'
import { SetDefined, ValuesComputed } from './events/feature.ts'
import { GateReported, Promoted, ValidationRequested } from './events/model.ts'
import { OutcomeObserved, PredictionMade } from './events/prediction.ts'

const DEFINITIONS: readonly EventDefinition[] = [
  DatasetDeclared,
  RowsArrived,
  RowsQuarantined,
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
  PolicySet,
  Signed,
  PredictionMade,
  OutcomeObserved,
  DriftMeasured,
  SharpeWatched,
  Allocated,
  Reduced,
  Reviewed,
  SealKeyRotated,
] as const as readonly EventDefinition[]

export const REGISTRY: ReadonlyMap<string, EventDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.type, definition]),
)
