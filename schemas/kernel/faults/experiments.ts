/** Expected failures of experiments: runs, training sets, tracking. */
import { type FaultRow, row } from './row.ts'

export const EXPERIMENTS = {
  'experiment.run-exists': row(
    409,
    'ALREADY_EXISTS',
    'Run {run} was started already with other settings. A trial is never overwritten: start it under a new name.',
  ),
  'experiment.unknown-column': row(
    400,
    'INVALID_ARGUMENT',
    'Training set {trainingSet} has no column {column}. It has: {columns}.',
  ),
  'experiment.feature-twice': row(
    400,
    'INVALID_ARGUMENT',
    'Run {run} names the feature {feature} twice. Name each once.',
  ),
  'experiment.set-unreadable': row(
    422,
    'FAILED_PRECONDITION',
    'The training set in chunk {hash} has {bytes} bytes, and no chunk of more than {most} is read. Freeze it again under another name: it is stored in slices now.',
  ),
  'experiment.unknown-training-set': row(
    404,
    'NOT_FOUND',
    'No training set {trainingSet} is frozen. Freeze it first: asof train SPEC.yaml freezes what it names.',
  ),
  'experiment.training-set-exists': row(
    409,
    'ALREADY_EXISTS',
    'Training set {trainingSet} is frozen already with other settings. Freeze the new one under a new name.',
  ),
  'experiment.reserved-name': row(
    400,
    'INVALID_ARGUMENT',
    'Training set {trainingSet}: names that begin with {prefix} are given when a holdout is opened. Choose another.',
  ),
  'experiment.held-out': row(
    409,
    'FAILED_PRECONDITION',
    'Training set {trainingSet} would read sessions that no trial may read: policy {version} holds out everything from {from} on. End it there at the latest.',
  ),
  'experiment.reserved-column': row(
    409,
    'FAILED_PRECONDITION',
    'Training set {trainingSet} would have two columns named {column}: one is a feature, one is made when it is frozen. Define the feature under another name.',
  ),
  'experiment.not-solvable': row(
    400,
    'INVALID_ARGUMENT',
    '{trainer} with alpha {alpha} has no single solution: the features are collinear or too large for it. Raise alpha above 0, or leave features out.',
  ),
  'experiment.not-converged': row(
    400,
    'INVALID_ARGUMENT',
    'elastic-net with alpha {alpha} and l1_ratio {l1Ratio} came to no end in {sweeps} sweeps: its features are nearly collinear. Raise alpha, or lower l1_ratio.',
  ),
  'experiment.empty-range': row(
    400,
    'INVALID_ARGUMENT',
    'Training set {trainingSet}: "from" must lie before "to".',
  ),
  'experiment.no-prices': row(
    422,
    'FAILED_PRECONDITION',
    'Data set {dataset} does not declare a price, so no P&L can be computed from it. Declare one (prices, with its column and currency) and ingest the data under a new name.',
  ),
  'experiment.nothing-to-train': row(
    422,
    'FAILED_PRECONDITION',
    'No row up to a test block has all of {features} and a label. Use fewer folds, or features that begin earlier.',
  ),
  'experiment.label-backwards': row(
    400,
    'INVALID_ARGUMENT',
    'A label must exit its position after it enters it: entry is row {entry}, exit is row {exit}.',
  ),
  'experiment.unknown-run': row(
    404,
    'NOT_FOUND',
    'There is no run {run}, nor a run whose model file it is. asof runs lists them.',
  ),
  'experiment.run-unfinished': row(
    409,
    'FAILED_PRECONDITION',
    'Run {run} is {status}; only a finished run can be judged.',
  ),
  'experiment.run-incomplete': row(
    409,
    'FAILED_PRECONDITION',
    'Run {run} cannot be promoted: it lacks {missing}. Train it again with these recorded.',
  ),
  'spec.unreadable': row(404, 'NOT_FOUND', '{path} cannot be read ({why}). Check the path.'),
  'spec.malformed': row(400, 'INVALID_ARGUMENT', '{file} is not right: {problems}. Correct it there.'),
  'experiment.retired': row(
    409,
    'FAILED_PRECONDITION',
    'No trial is started in {family} any more: {author} retired it ({reason}). Start the trial in a family of another name; those of this one count as they did.',
  ),
  'experiment.unknown-family': row(
    404,
    'NOT_FOUND',
    'No trial of a family {family} was ever started. There are: {families}.',
  ),
  'tracking.malformed': row(
    400,
    'INVALID_ARGUMENT',
    'The request to {route} is not right: {problems}. Correct it and send it again; nothing was recorded.',
  ),
  'tracking.experiment-exists': row(
    400,
    'ALREADY_EXISTS',
    'There is an experiment {name} already. Use it, restore it if it is deleted, or choose another name.',
  ),
  'tracking.unknown-experiment': row(
    404,
    'NOT_FOUND',
    'There is no experiment {experiment}. Create it first, or check its id and name.',
  ),
  'tracking.experiment-removed': row(
    400,
    'FAILED_PRECONDITION',
    'The experiment {experiment} is deleted, so nothing can be added to it. Restore it, or use another one.',
  ),
  'tracking.unknown-run': row(
    404,
    'NOT_FOUND',
    'There is no run {run}. Check its id; a run is created before anything is logged in it.',
  ),
  'tracking.run-removed': row(
    400,
    'FAILED_PRECONDITION',
    'The run {run} is deleted, and counts as a trial all the same. Restore it before adding to it.',
  ),
  'tracking.run-sealed': row(
    409,
    'FAILED_PRECONDITION',
    'The run {run} ended and is sealed ({seal}), so nothing is added to it. Resume it (start_run with its run_id), which opens an amendment, or start another run.',
  ),
  'tracking.param-changed': row(
    400,
    'INVALID_ARGUMENT',
    'The parameter {key} of run {run} is {before} and stays so; {after} was sent. Log it under another name, or in another run.',
  ),
  'tracking.unknown-logged-model': row(
    404,
    'NOT_FOUND',
    'There is no logged model {model}. Check its id; a deleted one is not shown.',
  ),
  'tracking.model-sealed': row(
    409,
    'FAILED_PRECONDITION',
    'The files of the logged model {model} are sealed ({seal}). Log another model.',
  ),
  'tracking.filter': row(
    400,
    'INVALID_ARGUMENT',
    'The filter is not right at character {at}, "{near}": {problem}.',
  ),
  'tracking.too-long': row(
    400,
    'INVALID_ARGUMENT',
    'The search compares too much: a LIKE that begins again and again, or thousands of conditions over everything there is. Ask for less at a time.',
  ),
  'tracking.order': row(
    400,
    'INVALID_ARGUMENT',
    '"{text}" is not an order: {problem}. Write, for example, metrics.rmse DESC or attributes.start_time ASC.',
  ),
  'tracking.page-token': row(
    400,
    'INVALID_ARGUMENT',
    'The page token is none of this search. Begin again without one.',
  ),
  'tracking.artifact-path': row(
    400,
    'INVALID_ARGUMENT',
    '"{path}" is no path of an artifact: {problem}. Write folders and a file below the run\'s or the model\'s own folder.',
  ),
  'tracking.unknown-artifact': row(
    404,
    'NOT_FOUND',
    'There is no file {path}. List the folder to see what was stored.',
  ),
  'tracking.upload-cut': row(
    400,
    'INVALID_ARGUMENT',
    'The upload of {path} ended after {bytes} of {expected} bytes. Nothing was stored; send it again.',
  ),
  'tracking.upload-too-large': row(
    413,
    'RESOURCE_EXHAUSTED',
    'The upload of {path} has more than {most} bytes, the most of one file. Nothing was stored; split it.',
  ),
  'tracking.artifact-damaged': row(
    500,
    'DATA_LOSS',
    'The bytes of artifact {hash} do not have that SHA-256. Restore the file from a copy.',
  ),
  'tracking.model-exists': row(
    400,
    'ALREADY_EXISTS',
    'Registered Model (name={name}) already exists. Register a new version of it, or choose another name.',
  ),
  'tracking.unknown-model': row(
    404,
    'NOT_FOUND',
    'Registered Model with name={name} not found. Register it first, or check the name.',
  ),
  'tracking.unknown-version': row(
    404,
    'NOT_FOUND',
    'Model Version (name={name}, version={version}) not found. Check the version, or register one.',
  ),
  'tracking.unknown-alias': row(
    404,
    'NOT_FOUND',
    'Registered model alias {alias} not found for {name}. Set it first, or check its name.',
  ),
  'tracking.alias-proposed': row(
    404,
    'NOT_FOUND',
    'The alias {alias} of {name} is proposed for version {version}, and takes effect once that version is in force: the gate has passed it, the committee has signed, and it is promoted (asof report {name}, asof approve {name}, asof promote {name}).',
  ),
  'tracking.stage': row(
    403,
    'PERMISSION_DENIED',
    'Version {version} of {name} is not in force, so it has no stage Production. A version gets there by the gate and the signatures of the committee: asof report {name}, asof approve {name}, asof promote {name}.',
  ),
  'tracking.not-kept': row(501, 'UNIMPLEMENTED', '{problem}. {remedy}'),
} as const satisfies Record<string, FaultRow>
