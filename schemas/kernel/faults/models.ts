/** Expected failures of models: the gate, approvals, predictions. */
import { type FaultRow, row } from './row.ts'

export const MODELS = {
  'statement.other': row(
    502,
    'FAILED_PRECONDITION',
    'The bytes that were handed out to be signed say {key} {found}, and {asked} was asked for. Nothing was signed.',
  ),
  'report.unknown': row(
    404,
    'NOT_FOUND',
    'No report has the digest {digest}. asof at now registry lists them.',
  ),
  'model.unreadable': row(
    400,
    'INVALID_ARGUMENT',
    'The model file cannot be loaded: {problem}. Only models that were trained here are run: restore the file from a copy, or train again.',
  ),
  'model.too-many-values': row(
    413,
    'RESOURCE_EXHAUSTED',
    'A step of the model makes {widest} values of each row, and {rows} rows at once would be more than the {most} that one may make. Ask it about {fewer} rows at a time, or train a model with narrower layers.',
  ),
  'model.no-report': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model}: the gate has not reported on the exact file {artifact}. Run asof validate first.',
  ),
  'model.report-outdated': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} was judged under policy {reported}, and policy {inForce} is in force. Run asof validate again.',
  ),
  'report.other-form': row(
    409,
    'FAILED_PRECONDITION',
    'Report {report} has the form {form}, and this version draws {drawn}. Its JSON is as it was signed: read that, or validate again for a page.',
  ),
  'model.no-holdout': row(
    409,
    'FAILED_PRECONDITION',
    'Policy {version} holds no sessions out: there is nothing to open.',
  ),
  'model.holdout-span': row(
    409,
    'FAILED_PRECONDITION',
    'What was asked to be opened for {model} is not the holdout of policy {version}, or that has no sessions yet. Open it as the policy states it.',
  ),
  'model.second-name': row(
    409,
    'FAILED_PRECONDITION',
    'The file of {model} is in force as {models} already, and {members} gave no reason for a second name. Approve it with --reason.',
  ),
  'model.rollback-second-name': row(
    409,
    'FAILED_PRECONDITION',
    'The file that {model} would go back to is in force as {models}. Promote it again, with a reason for its second name.',
  ),
  'model.report-older': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model}: the gate report at position {position} was made by an older version of the gate, and cannot be made again. Have the gate judge it again: asof validate.',
  ),
  'model.report-differs': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model}: the gate report at position {position} does not follow from the log: {problem}. Have the gate judge it again: asof validate.',
  ),
  'model.report-changed': row(
    409,
    'ABORTED',
    'Model {model}: the gate reported on it again while the promotion was checked. Read that report, and repeat the promotion.',
  ),
  'model.report-stale': row(
    409,
    'FAILED_PRECONDITION',
    'The report on model {model} counted {counted} trials, and {trials} count by now. Run asof validate {run} -m {model} again, and have the new report signed.',
  ),
  'model.gate-refused': row(
    409,
    'FAILED_PRECONDITION',
    'The gate refused model {model}: {tests}. A refused model cannot be approved or promoted.',
  ),
  'approval.no-policy': row(
    409,
    'FAILED_PRECONDITION',
    'No policy is in force. Set one first: asof policy FILE.yaml.',
  ),
  'approval.policy-version': row(
    409,
    'FAILED_PRECONDITION',
    'The policy is version {version}, and the next one must be {expected}.',
  ),
  'approval.policy-contradiction': row(
    400,
    'INVALID_ARGUMENT',
    'The policy cannot come into force: {contradiction}. Correct the file and have it signed again.',
  ),
  'approval.policy-unsigned': row(
    403,
    'PERMISSION_DENIED',
    'Policy {version} has {have} of {required} signatures of {committee} that hold. Each of them signs the file as it stands: asof sign-policy FILE --member NAME --key FILE.',
  ),
  'approval.by-author': row(
    403,
    'PERMISSION_DENIED',
    '{member} is the author of {model} and cannot sign for it. Somebody else on the committee must.',
  ),
  'approval.not-a-member': row(
    403,
    'PERMISSION_DENIED',
    '{member} is not on the committee of policy {version}.',
  ),
  'approval.bad-signature': row(
    403,
    'PERMISSION_DENIED',
    'The signature of {member} on {model} does not hold for the key in the policy. Sign the statement again with the enrolled key.',
  ),
  'approval.expired': row(
    403,
    'PERMISSION_DENIED',
    'What {member} signed about {model} has expired. Sign it again.',
  ),
  'approval.too-long': row(
    400,
    'INVALID_ARGUMENT',
    'What {member} signed about {model} would count for more than {days} days. Sign the bytes that are handed out.',
  ),
  'approval.unbound': row(
    400,
    'INVALID_ARGUMENT',
    'The signature of {member} on {model} has no expiry and is bound to no log. Sign again with this version.',
  ),
  'approval.other-report': row(
    409,
    'FAILED_PRECONDITION',
    'The signature names report {signed}, and the latest on {model} is {latest}. Read that one and sign it.',
  ),
  'approval.taken-back': row(
    409,
    'FAILED_PRECONDITION',
    '{member} signed "{decision}" on this report of {model} before and took it back; the same statement cannot be told from the old one. Ask for a new report.',
  ),
  'approval.refused': row(
    409,
    'FAILED_PRECONDITION',
    '{members} refused {model}. A refusal stands until that member signs an approval.',
  ),
  'approval.quorum-missing': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} has {have} of {required} approvals. Others of the committee must sign: asof approve.',
  ),
  'approval.unknown-test': row(
    400,
    'INVALID_ARGUMENT',
    'The policy sets a threshold for {test}, which is no test. There are: {tests}.',
  ),
  'prediction.none': row(
    404,
    'NOT_FOUND',
    'Model {model} has made no prediction: it is not in force, or no data arrived since it is.',
  ),
  'model.not-in-force': row(404, 'NOT_FOUND', 'There is no model {model} in force. In force are: {models}.'),
  'model.version-unknown': row(
    404,
    'NOT_FOUND',
    'Model {model} was never put in force at log position {version}, which is what a version is. Version {inForce} is in force: ask for it, or for none.',
  ),
  'model.withdrawn': row(
    409,
    'FAILED_PRECONDITION',
    'Version {version} of model {model} was in force and is no longer: {inForce} is. Ask for that, or for none.',
  ),
  'inference.model-refused': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} is in force, and its file {artifact} is not run: {problem}. Restore the file from a copy, or put a version in force that was trained here: asof promote.',
  ),
  'inference.malformed': row(
    400,
    'INVALID_ARGUMENT',
    'The request to model {model} is not right: {problem}. Its metadata say what it takes.',
  ),
  'inference.tensor': row(
    400,
    'INVALID_ARGUMENT',
    'Input {tensor} of model {model} is not right: {problem}. Correct it and ask again.',
  ),
  'inference.not-finite': row(
    422,
    'INVALID_ARGUMENT',
    'Model {model} comes to no finite number for row {row} of these inputs. Nothing was recorded: check their units.',
  ),
  'inference.unknown-entity': row(
    404,
    'NOT_FOUND',
    'Nothing was ever told of {entity} in feature set {set}, which model {model} reads. Check the name.',
  ),
  'inference.features-unusable': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} gives no score for {entity} as of {moment}: {reasons}. Bring newer data in, or ask as of a moment at which they were there.',
  ),
  'inference.future': row(
    400,
    'INVALID_ARGUMENT',
    'As of {moment} nothing is known yet: it is {now} now. Ask as of a moment that has passed.',
  ),
  'inference.deadline': row(
    504,
    'DEADLINE_EXCEEDED',
    'The time that the caller gave the request was over {where}. Give it more, or ask less at a time.',
  ),
  'inference.queue-full': row(
    503,
    'RESOURCE_EXHAUSTED',
    '{answers} answers of models like {model} wait to be recorded, and this one was not begun. Ask again later.',
  ),
  'inference.unrecorded': row(
    503,
    'UNAVAILABLE',
    '{answers} answers of models like {model} were given and could not be recorded: {problem} Until they are, none is given. See to the log: it is tried again each second.',
  ),
  'inference.overloaded': row(
    503,
    'RESOURCE_EXHAUSTED',
    '{most} requests are under way, and this one was not begun. Ask again later, or send rows together in one request.',
  ),
  'inference.not-ready': row(
    503,
    'UNAVAILABLE',
    'Features are not served now: {problem}. Ask again when /v2/health/ready says so.',
  ),
  'inference.not-offered': row(501, 'UNIMPLEMENTED', 'Asof does not offer {method}: {instead}.'),
  'model.trades': row(
    409,
    'FAILED_PRECONDITION',
    '{model} trades: what it answers is recorded before it is given, and --service after is for models that get no capital. Promote the file under another name.',
  ),
  'model.retired': row(
    404,
    'NOT_FOUND',
    'Model {model} was retired by {member}, at log position {position}: {reason}. Its predictions and its trial stay in the log. In force are: {models}.',
  ),
  'model.nothing-to-retire': row(
    409,
    'FAILED_PRECONDITION',
    'Nothing is in force as {model}. asof at now registry shows what is.',
  ),
  'model.retirement-elsewhere': row(
    409,
    'FAILED_PRECONDITION',
    'What was signed retires promotion {signed} of {model}, and {inForce} is in force now. Look at what is in force, and sign again.',
  ),
  'model.retirement-policy': row(
    409,
    'FAILED_PRECONDITION',
    'The retirement of {model} was signed under policy {signed}, and policy {version} is in force. Sign it again.',
  ),
  'model.no-former': row(
    409,
    'FAILED_PRECONDITION',
    'No model was in force as {model} before the one that is, or it was rolled back to already. Put another in force: asof promote.',
  ),
  'model.rollback-elsewhere': row(
    409,
    'FAILED_PRECONDITION',
    'What was signed rolls {model} back from promotion {signed} to promotion {to}, and {inForce} is in force now, after {former}. Look at what is in force, and sign again.',
  ),
  'model.rollback-policy': row(
    409,
    'FAILED_PRECONDITION',
    'The roll-back of {model} was signed under policy {signed}, and policy {version} is in force. Sign it again.',
  ),
  'model.ambiguous': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} has several passed files: {artifacts}. Say which with --artifact.',
  ),
} as const satisfies Record<string, FaultRow>
