/** Expected failures of retrieval: spines, grids, labels, files of answers, and what is checked of them. */
import { type FaultRow, row } from './row.ts'

export const RETRIEVAL = {
  'retrieval.file-kind': row(
    400,
    'INVALID_ARGUMENT',
    'An answer is not written as {file}. End its name with .parquet, .arrow (or .feather), or .arrows for an Arrow stream.',
  ),
  'retrieval.partition-file': row(
    400,
    'INVALID_ARGUMENT',
    'A partitioned answer is a folder, and {file} is the name of a file. Leave its ending out, or leave --partition out.',
  ),
  'retrieval.no-rows': row(
    404,
    'NOT_FOUND',
    'The answer has no rows, so there is nothing to write to {folder}. Ask for other sessions or entities, or for rows without values too.',
  ),
  'retrieval.nothing-asked': row(
    400,
    'INVALID_ARGUMENT',
    'Nothing says which rows are wanted. Give a spine (a file of entities and times), or from, and to if need be, for every session between.',
  ),
  'retrieval.spine-column': row(
    400,
    'INVALID_ARGUMENT',
    '{file} has no column that holds its {what} throughout. Name it ({option}), or correct the cells that hold none.',
  ),
  'retrieval.spine-row': row(
    422,
    'INVALID_ARGUMENT',
    '{rows} of {file} cannot be asked for; the first is line {line} ({reason}): {text}. Correct the file: no row of a spine is left out.',
  ),
  'retrieval.spine-undecided': row(
    422,
    'INVALID_ARGUMENT',
    '{rows} of {file} are of a session whose decision is still to come; the first is {text}. Ask for them after it, or leave them out.',
  ),
  'retrieval.spine-twice': row(
    422,
    'INVALID_ARGUMENT',
    '{rows} of {file} say the same entity and time as another row. Keep a column that tells them apart ({option}), or leave them out.',
  ),
  'retrieval.unknown-feature': row(
    404,
    'NOT_FOUND',
    'Feature set {set} has no feature {feature}. It has {known}.',
  ),
  'retrieval.not-yet-defined': row(
    422,
    'FAILED_PRECONDITION',
    'Feature set {set} was defined at position {defined}, and {asked} is before it: nothing had been computed of it then. Ask for a later position.',
  ),
  'retrieval.name-taken': row(
    400,
    'INVALID_ARGUMENT',
    'Two columns of the answer would be named {name}. Choose the features without that one, or keep another column of the spine.',
  ),
  'retrieval.unknown-cell': row(
    404,
    'NOT_FOUND',
    'A cell is written as <set>:<feature>, an entity and a moment; "{text}" names no feature. {remedy}',
  ),
  'retrieval.too-many': row(
    503,
    'RESOURCE_EXHAUSTED',
    '{most} answers of features are under way, and no more are served at once. Ask again when one has ended, or run asof features get beside the server.',
  ),
  'retrieval.no-part': row(
    404,
    'NOT_FOUND',
    'This answer has no file {path}: it has {files}, such as {first}. Ask for the list of them (/parts) with the same question.',
  ),
  'retrieval.other-answer': row(
    409,
    'ABORTED',
    'The files that were listed as {listed} are of another answer by now: {answer}. Sessions were decided since, or the policy in force holds others out. Ask for the list again, and for its files.',
  ),
  'retrieval.no-frozen-set': row(
    404,
    'NOT_FOUND',
    'Nothing named {name} is a run or a training set that was frozen. asof at now experiments lists them.',
  ),
} as const satisfies Record<string, FaultRow>
