/** Every command that there is, by name. */
import { accessIssueToken, accessRevokeToken, accessSetPolicy } from './access.ts'
import { alarmAccept, alarmAcknowledge, alarmSnooze, alertCheck, alertDeclare, alertRetire } from './alert.ts'
import { approvalSign, policySet } from './approval.ts'
import { backupRecord, backupRecordDrill } from './backup.ts'
import { capitalReview } from './capital.ts'
import { claimApprove, claimCheck, claimDisseminate, claimDraft, claimWithdraw } from './claim.ts'
import { claimHold, claimRederive, claimRelease } from './claim-kept.ts'
import { dataCloseSession, dataDeclare, dataIngest } from './data.ts'
import type { AnyCommand } from './definition.ts'
import {
  experimentAdmitTrainer,
  experimentFreeze,
  experimentRetire,
  experimentRetireTrainer,
  experimentStart,
  experimentSweep,
} from './experiment.ts'
import { featureDefine } from './feature.ts'
import {
  accessApprove,
  accessBreakGlass,
  accessLift,
  accessRequest,
  accessReview,
  accessRevoke,
  accessTake,
} from './grant.ts'
import { capitalHalt, capitalUnhalt } from './halt.ts'
import { modelOpenHoldout, modelPromote, modelRetire, modelRollBack, modelValidate } from './model.ts'
import { dataMoveOffsets } from './offsets.ts'
import { accessRotateKey, viewsRebuild } from './operate.ts'
import { predictionMake, predictionServe } from './prediction.ts'
import { processorRetry, processorWaive } from './processor.ts'
import { capitalRaise } from './raise.ts'
import { shadowEnd, shadowStart } from './shadow.ts'

const ALL = [
  dataDeclare,
  dataIngest,
  dataCloseSession,
  dataMoveOffsets,
  featureDefine,
  experimentFreeze,
  experimentAdmitTrainer,
  experimentStart,
  experimentSweep,
  experimentRetire,
  experimentRetireTrainer,
  modelValidate,
  modelOpenHoldout,
  approvalSign,
  policySet,
  modelPromote,
  modelRollBack,
  modelRetire,
  shadowStart,
  shadowEnd,
  capitalReview,
  capitalRaise,
  capitalHalt,
  capitalUnhalt,
  alertDeclare,
  alertRetire,
  alarmAcknowledge,
  alarmSnooze,
  alarmAccept,
  alertCheck,
  claimDraft,
  claimCheck,
  claimApprove,
  claimDisseminate,
  claimWithdraw,
  claimRederive,
  claimHold,
  claimRelease,
  predictionMake,
  predictionServe,
  accessRotateKey,
  accessIssueToken,
  accessRevokeToken,
  accessSetPolicy,
  accessRequest,
  accessApprove,
  accessRevoke,
  accessBreakGlass,
  accessReview,
  accessTake,
  accessLift,
  backupRecord,
  backupRecordDrill,
  viewsRebuild,
  processorRetry,
  processorWaive,
]

export const COMMANDS: ReadonlyMap<string, AnyCommand> = new Map(
  ALL.map((command) => [command.name, command as unknown as AnyCommand]),
)
