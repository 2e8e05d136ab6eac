/** Expected failures of claims. */
import { type FaultRow, row } from './row.ts'

export const CLAIMS = {
  'claim.unknown': row(
    404,
    'NOT_FOUND',
    'There is no claim {claim}. asof claim list names those that there are.',
  ),
  'claim.withdrawn': row(
    409,
    'FAILED_PRECONDITION',
    'Claim {claim} was withdrawn: {reason}. Draft another one under a name of its own.',
  ),
  'claim.approved-already': row(
    409,
    'FAILED_PRECONDITION',
    'Claim {claim} was approved, so its text and numbers stay as they are. Withdraw it, and draft another one.',
  ),
  'claim.period': row(400, 'INVALID_ARGUMENT', 'The period of claim {claim} is empty: write from before to.'),
  'claim.unit': row(
    400,
    'INVALID_ARGUMENT',
    'Claim {claim} states {measure} in {unit}; state it in {right}.',
  ),
  'claim.number-missing': row(
    400,
    'INVALID_ARGUMENT',
    'Claim {claim} states neither a gross nor a net number, or a net one without a fee schedule. State what the text shows.',
  ),
  'claim.no-model': row(
    404,
    'NOT_FOUND',
    'Model {model} is not in force, so nothing can be claimed of it. Promote it first.',
  ),
  'claim.no-figure': row(
    422,
    'FAILED_PRECONDITION',
    'The log has no {measure} of model {model} in that period: {sessions} sessions count. Choose a period with more of them.',
  ),
  'claim.number-differs': row(
    422,
    'FAILED_PRECONDITION',
    'Claim {claim} states {which} {stated}; from the log up to position {position} it is {exact}. State it as {rounded}.',
  ),
  'claim.not-checked': row(
    409,
    'FAILED_PRECONDITION',
    'Claim {claim} has not been checked as it stands. Run asof claim check {claim} first.',
  ),
  'claim.check-failed': row(
    422,
    'FAILED_PRECONDITION',
    'Claim {claim} breaks rules: {rules}. Change the draft, check again, and have counsel confirm.',
  ),
  'claim.other-check': row(
    409,
    'FAILED_PRECONDITION',
    'Claim {claim} was drafted or checked anew since it was signed. Read it again, and sign what stands there.',
  ),
  'claim.by-drafter': row(
    403,
    'PERMISSION_DENIED',
    '{member} drafted claim {claim}, and cannot approve it. Somebody else of compliance has to.',
  ),
  'claim.not-approved': row(
    409,
    'FAILED_PRECONDITION',
    'Claim {claim} has no approval of its latest check that holds now. Have compliance approve it.',
  ),
  'claim.stale': row(
    409,
    'FAILED_PRECONDITION',
    'Claim {claim} no longer follows from the log: {why}. Withdraw it, and draft what follows now.',
  ),
  'claim.unproven': row(
    409,
    'FAILED_PRECONDITION',
    'Claim {claim} was not proven when it was last worked out: {problems}. Run asof claim rederive {claim} when that is mended, or withdraw it.',
  ),
  'claim.proof-too-old': row(
    409,
    'FAILED_PRECONDITION',
    'Claim {claim} was last proven {hours} hours ago, and goes out within {most} of its proof. Run asof claim rederive {claim} first.',
  ),
  'claim.no-hold': row(404, 'NOT_FOUND', 'Claim {claim} is under no hold of the name {hold}.'),
  'claim.held-already': row(
    409,
    'ALREADY_EXISTS',
    'Claim {claim} is under a hold of the name {hold} already: {reason}. Name this one otherwise.',
  ),
  'claim.fiscal-year': row(
    400,
    'INVALID_ARGUMENT',
    'No fiscal year ends on {text}. Write month and day, such as 12-31; 02-28 is the last of February.',
  ),
  'claim.not-disseminable': row(
    422,
    'FAILED_PRECONDITION',
    'Claim {claim} must not go to that audience: {rules}. Have counsel confirm.',
  ),
  'claim.folder-taken': row(
    409,
    'ALREADY_EXISTS',
    'The folder {folder} has something in it. Name an empty one, or one that is not there.',
  ),
  'claim.archive-too-large': row(
    422,
    'FAILED_PRECONDITION',
    'The pack has {bytes} bytes, and an archive takes {most}. Write it into a folder: --to DIR.',
  ),
  'claim.file-taken': row(
    409,
    'ALREADY_EXISTS',
    'There is a file {file} already. Name one that is not there.',
  ),
  'claim.not-sealed': row(
    409,
    'FAILED_PRECONDITION',
    'The log of claim {claim} is sealed up to {sealed} events, and the claim stands at {position}. Run asof verify, or wait for the writer.',
  ),
} as const satisfies Record<string, FaultRow>
