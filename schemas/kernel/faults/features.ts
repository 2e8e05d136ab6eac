/** Expected failures of features and views: formulas, the store, lineage, pages. */
import { type FaultRow, row } from './row.ts'

export const FEATURES = {
  'online.away': row(
    503,
    'UNAVAILABLE',
    'The online store in Redis does not answer ({problem}). See that it can be reached (online in asof.yaml); a process that has the log answers without it.',
  ),
  'online.not-kept': row(
    422,
    'OUT_OF_RANGE',
    'The online store has only the newest features of {entity} in {set}, and not those known at {moment}. Ask for a later moment, or a process that has the log.',
  ),
  'online.unknown-set': row(
    404,
    'NOT_FOUND',
    'The online store has no feature set {set} of this log. Write it with asof online rebuild.',
  ),
  'online.unknown-feature': row(
    404,
    'NOT_FOUND',
    'Feature set {set} has no feature {feature}. It has {known}.',
  ),
  'online.not-configured': row(
    422,
    'FAILED_PRECONDITION',
    'No Redis is configured: name one in asof.yaml (online: { redis: redis://host:6379 }), or in ASOF_ONLINE_REDIS.',
  ),
  'query.invalid': row(400, 'INVALID_ARGUMENT', 'The query is not right: {problems}. Correct it there.'),
  'view.unknown': row(404, 'NOT_FOUND', 'There is no view named {view}. There are: {views}.'),
  'console.unknown-file': row(
    404,
    'NOT_FOUND',
    'The console has no file {file}. Load the page again: it was drawn by another release.',
  ),
  'page.nothing': row(
    404,
    'NOT_FOUND',
    'There is no {page} "{of}" at {at}. Choose a later moment, or find it by name on the page before.',
  ),
  'lineage.depth': row(
    400,
    'INVALID_ARGUMENT',
    'A depth of {depth} cannot be followed. Write a whole number from 1 to {most}: each is one more step from the thing.',
  ),
  'lineage.unknown': row(
    404,
    'NOT_FOUND',
    'Nothing is named "{thing}" at that moment: {looked}. A thing is a position, a file that arrived, a row or cell (data set or feature/entity/time), a session or prediction (data set or model/date), an approval (model/member), an order id, a training set, run, model or digest.',
  ),
  'lineage.ambiguous': row(
    409,
    'INVALID_ARGUMENT',
    '"{thing}" may be any of: {candidates}. Write one of these, as it stands here.',
  ),
  'lineage.not-sound': row(
    422,
    'FAILED_PRECONDITION',
    'Event {position} ({type}) stands in the log and counts for nothing: {why}. No view takes it in, so nothing rests on it.',
  ),
  'lineage.other-log': row(
    409,
    'FAILED_PRECONDITION',
    'The order {thing} is of log {log}, and this is log {own}. Ask the platform whose topics it was made from.',
  ),
  'lineage.no-order': row(404, 'NOT_FOUND', 'No such order follows from this log: {why}. Check its id.'),
  'lineage.no-correction': row(
    422,
    'FAILED_PRECONDITION',
    'Event {position} corrects nothing: {why}. asof log --type data.RowsArrived lists the arrivals; name one with rowsRevised above 0, or a row that arrived more than once.',
  ),
  'feature.unknown-set': row(
    404,
    'NOT_FOUND',
    'No feature set {set} is defined. Define it first: asof features FILE.yaml.',
  ),
  'feature.redefined': row(
    409,
    'ALREADY_EXISTS',
    '{set} version {version} is defined already, with a different definition. Give the changed one version {next}.',
  ),
  'feature.version-gap': row(
    409,
    'FAILED_PRECONDITION',
    '{set} is at version {latest}; the next one is {next}, not {version}.',
  ),
  'formula.syntax': row(400, 'INVALID_ARGUMENT', 'Column {column} of "{formula}": {problem}.{pointer}'),
  'formula.unknown-name': row(
    400,
    'INVALID_ARGUMENT',
    'Column {column} of "{formula}": there is no {kind} "{name}".{near} Available: {available}.{pointer}',
  ),
  'formula.arity': row(
    400,
    'INVALID_ARGUMENT',
    'Column {column} of "{formula}": write {usage}; {name} was given {given} argument(s).{pointer}',
  ),
  'formula.window': row(
    400,
    'INVALID_ARGUMENT',
    'Column {column} of "{formula}": the window of {name} is {wants}, written out, as in {usage}. It was {given}.{pointer}',
  ),
  'formula.argument': row(
    400,
    'INVALID_ARGUMENT',
    'Column {column} of "{formula}": {parameter} of {name} is {wants}, as in {usage}. It was {given}.{pointer}',
  ),
  'formula.group': row(
    400,
    'INVALID_ARGUMENT',
    'Column {column} of "{formula}": {what} holds names of groups, which are no numbers. Group by it, as in rank(x) by {name}, or compare it with ==.{pointer}',
  ),
  'formula.unit': row(
    400,
    'INVALID_ARGUMENT',
    'Column {column} of "{formula}": {problem}. Bring them to one unit, or write plain(...) around what is meant as a plain number.{pointer}',
  ),
  'feature.unit-differs': row(
    400,
    'INVALID_ARGUMENT',
    'Feature {feature} says that its unit is {said}, and its formula gives {found}. Correct the unit or the formula.',
  ),
  'feature.circular': row(
    400,
    'INVALID_ARGUMENT',
    '{name} is defined by itself: {way}. Write one of these formulas without the others.',
  ),
  'feature.name-taken': row(400, 'INVALID_ARGUMENT', '{name} is {taken}. Give {what} another name.'),
  'feature.unknown-operator': row(
    404,
    'NOT_FOUND',
    'There is no operator {name}.{near} Available: {available}.',
  ),
  'feature.not-shipped': row(
    404,
    'NOT_FOUND',
    'No feature set {set} ships. There are: {available}. For a file of your own, write its path, as in ./{set}.yaml.',
  ),
  'feature.too-long': row(
    400,
    'INVALID_ARGUMENT',
    'With its definitions written out, {name} has {parts} parts, and may have {limit}. Define less of it by other definitions.',
  ),
  'feature.file-invalid': row(400, 'INVALID_ARGUMENT', '{file}, {key}: {problem}. {remedy}'),
  'feature.meaning-differs': row(
    409,
    'FAILED_PRECONDITION',
    'Feature set {set} version {version} was defined with hash {recorded}, and this program gives its formulas {computed}. Use the release that defined it, or define a new version.',
  ),
  'feature.column-missing': row(
    422,
    'FAILED_PRECONDITION',
    'Feature set {set} version {version} reads column "{column}" of {dataset}, and the rows that arrived lack it. They have: {available}. Send the column, or define a version of the set that does without it.',
  ),
} as const satisfies Record<string, FaultRow>
