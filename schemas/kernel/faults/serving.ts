/** Expected failures of what serves models and features elsewhere: challengers, replicas, exports, and clients of Feast. */
import { type FaultRow, row } from './row.ts'

export const SERVING = {
  'replica.no-writer': row(
    503,
    'UNAVAILABLE',
    'Nothing writes the log of {folder}, and an answer that is not recorded is not given. Start its writer: asof up.',
  ),
  'replica.reads-only': row(
    409,
    'FAILED_PRECONDITION',
    'A replica takes nothing in. Send it to the server that writes the log of {path}.',
  ),
  'replica.differs': row(
    409,
    'FAILED_PRECONDITION',
    'An answer of a replica is not recorded: {problem}. See that the replica is of this release, and start it anew.',
  ),
  'export.folder-taken': row(
    409,
    'ALREADY_EXISTS',
    'The folder {folder} has something in it. Name an empty one, or one that is not there.',
  ),
  'artifact.unknown': row(
    404,
    'NOT_FOUND',
    'No run that finished has the name {artifact}, or a file whose SHA-256 begins so. asof runs names those that there are.',
  ),
  'export.name': row(
    409,
    'FAILED_PRECONDITION',
    'Other servers keep a model in a folder of its name, and "{model}" is no name of a folder everywhere. Promote its file under a name of letters, digits, - _ and dots.',
  ),
  'export.other-trainer': row(
    409,
    'FAILED_PRECONDITION',
    'The file of {model} is of the trainer {trainer}, with an input and an output of its own, and files of built-in trainers alone are exported. Serve it from here: asof up, or asof serve beside it.',
  ),
  'export.not-as-approved': row(
    409,
    'DATA_LOSS',
    'The file of {model} has the digest {digest}, and {artifact} was approved. Nothing was written: asof verify finds what is damaged.',
  ),
  'shadow.none': row(
    404,
    'NOT_FOUND',
    'Run {run} does not run in shadow beside {model}. asof challengers {model} lists those that do.',
  ),
  'shadow.too-much': row(
    413,
    'RESOURCE_EXHAUSTED',
    'What {who} said since position {from} has more than {most} rows, which is as many as are compared at once. Compare a challenger that began later (--run), or end this one and start it again: it is compared from there on. All that was said stays in the log: asof log --stream {stream}.',
  ),
  'shadow.none-ever': row(
    404,
    'NOT_FOUND',
    '{run} has run in shadow beside {model}. Start one: asof shadow {model} --run RUN.',
  ),
  'shadow.elsewhere': row(
    409,
    'FAILED_PRECONDITION',
    'Run {run} runs in shadow beside {model} already. End that first: asof shadow {model} --run {run} --end.',
  ),
  'shadow.no-champion': row(
    409,
    'FAILED_PRECONDITION',
    'No model {model} that trades is in force, and a challenger goes along with one that does. Put one in force first: asof promote.',
  ),
  'shadow.is-champion': row(
    409,
    'FAILED_PRECONDITION',
    'The file of run {run} is {model} as it is in force: there is nothing to compare it with. Name another run.',
  ),
  'shadow.other-market': row(
    409,
    'FAILED_PRECONDITION',
    'Run {run} is trained to trade {dataset}, and {model} trades {traded}. Name a run of the same data set.',
  ),
  'shadow.too-many': row(
    409,
    'RESOURCE_EXHAUSTED',
    '{most} challengers run beside {model}, and each costs a prediction a session. End one first: asof shadow {model} --run RUN --end.',
  ),
  'feast.malformed': row(
    422,
    'INVALID_ARGUMENT',
    'The request is not what Feast sends: {problem}. Correct it and send it again.',
  ),
  'feast.unknown-view': row(
    404,
    'NOT_FOUND',
    'There is no feature view {view}: views are feature sets here, and there are {known}. Define it first: asof features FILE.yaml.',
  ),
  'feast.unknown-service': row(
    404,
    'NOT_FOUND',
    'There is no feature service {service}: services are models in force here, each with the features that it takes, and there are {models}.',
  ),
  'feast.unknown-source': row(
    422,
    'NOT_FOUND',
    'There is no push source {source}: sources are data sets here, and there are {known}. Declare it first: asof ingest FILE --dataset FILE.yaml.',
  ),
  'feast.name-twice': row(
    422,
    'INVALID_ARGUMENT',
    'The answer would have {name} twice. Ask for it once, or with full_feature_names where two views have it.',
  ),
  'feast.join-key': row(
    422,
    'INVALID_ARGUMENT',
    'Feature view {view} is read by the join key {key}, and the request has {found}. Send a column {key} of entities.',
  ),
  'feast.strange-entity': row(
    422,
    'INVALID_ARGUMENT',
    'No feature view that is asked for has the join key {key}. Leave it out: there are no on-demand views that would take it.',
  ),
  'feast.computed': row(
    409,
    'FAILED_PRECONDITION',
    'The values of feature view {view} are computed and not written, so that each can be computed again. Push the rows that it is computed from, of {datasets}: /push with the data set as the push source, or a feature view of the same name.',
  ),
  'feast.not-sendable': row(
    409,
    'FAILED_PRECONDITION',
    'No rows can be sent to data set {dataset}: {problem}. Bring a file in: asof ingest FILE --dataset FILE.yaml.',
  ),
  'feast.columns': row(
    422,
    'INVALID_ARGUMENT',
    'The rows that were sent are not those of data set {dataset}: {problem}. They have {found}. Nothing was recorded.',
  ),
  'feast.time-of-day': row(
    422,
    'INVALID_ARGUMENT',
    'An event of data set {dataset} is at {timeOfDay} {timeZone}, and {at} is not. Send that moment of its day as event_timestamp. Nothing was recorded.',
  ),
  'feast.too-many-writes': row(
    503,
    'RESOURCE_EXHAUSTED',
    '{most} writes wait to be recorded, and no more are taken: nothing of this one was recorded. Send it again when some have been answered, or send more rows in each.',
  ),
  'feast.not-computed-yet': row(
    503,
    'UNAVAILABLE',
    'The rows sent to data set {dataset} were not recorded, with what is computed from them, within {seconds} seconds. Send them again: what has been recorded meanwhile is not recorded twice. If it stays so, see what the live lane is at: /health, asof quarantine.',
  ),
  'feast.rows-unusable': row(
    422,
    'INVALID_ARGUMENT',
    '{rejected} of the {rows} rows sent to data set {dataset} cannot be used, the first of them row {row} ({reason}): {text} Nothing was recorded: correct them and send all of them again.',
  ),
} as const satisfies Record<string, FaultRow>
