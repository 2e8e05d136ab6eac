/** Expected failures of data that come in: declarations, files, calendars. */
import { type FaultRow, row } from './row.ts'

export const DATA = {
  'source.unknown-format': row(
    400,
    'INVALID_ARGUMENT',
    '{file} has no known extension. Known are: {formats}.',
  ),
  'source.unreadable': row(
    400,
    'FAILED_PRECONDITION',
    '{file} cannot be read: {why}. Check its path, its rights and that it is whole.',
  ),
  'lake.unreadable': row(
    400,
    'FAILED_PRECONDITION',
    'Table {table} cannot be read: {why}. Check that it is whole, with its log beside its data files.',
  ),
  'lake.unsupported': row(
    422,
    'FAILED_PRECONDITION',
    'Table {table} has {what}, which are not read. {remedy}',
  ),
  'lake.bucket': row(
    503,
    'UNAVAILABLE',
    'Table {table} was not read further: its bucket {bucket} would not {what} ({problem}). See that it can be reached, that the region is its own, and that the key may get and list there (lake in asof.yaml). The same command goes on where it stopped.',
  ),
  'lake.too-large': row(
    422,
    'FAILED_PRECONDITION',
    'A version of table {table} needs more of its files at once than the {megabytes} MB that may be brought to this machine. Raise megabytes (lake in asof.yaml), or compact the table.',
  ),
  'lake.catalog': row(
    400,
    'FAILED_PRECONDITION',
    'Catalog {catalog} does not tell of table {table}: {why}. Check its address, its warehouse, the name of the table and the token. It is asked for {seconds} seconds, and {megabytes} MB of an answer are read.',
  ),
  'lake.version-gone': row(
    422,
    'FAILED_PRECONDITION',
    'Version {version} of table {table} is what arrived last in {dataset}, and the table no longer has {what}: what was changed and deleted since cannot be told. Bring the table back as it was (a longer retention keeps versions), or ingest it into a new data set.',
  ),
  'lake.undeclared': row(
    400,
    'INVALID_ARGUMENT',
    'Versions of table {table} take rows back, and the declaration of {dataset} does not say how. Write withdrawn: { column: _change_type, words: [delete] }, for a data set of layout long.',
  ),
  'reader.not-started': row(
    503,
    'UNAVAILABLE',
    'Nothing was read: the process that reads files did not start ({why}). Check that this machine lets Asof start one more process (memory, processes, open files) and that Asof is installed whole, and try again.',
  ),
  'source.empty': row(
    400,
    'INVALID_ARGUMENT',
    '{file} holds no rows. If that is what the vendor meant to send, there is nothing to ingest.',
  ),
  'source.missing-column': row(
    400,
    'INVALID_ARGUMENT',
    '{file} has no column "{column}". It has: {columns}. Correct the file or the declaration of the data set.',
  ),
  'source.duplicate-column': row(
    400,
    'INVALID_ARGUMENT',
    '{file} has more than one column "{column}". Rename or remove one.',
  ),
  'source.unnamed-column': row(
    400,
    'INVALID_ARGUMENT',
    'Column {place} of {file} has no name, so its values have no entity. Name or remove it.',
  ),
  'source.line-too-long': row(
    400,
    'INVALID_ARGUMENT',
    'Line {line} of {file} is longer than {bytes} bytes. Is it a text file?',
  ),
  'source.changed': row(
    409,
    'ABORTED',
    '{file} was written to while it was read. Nothing was taken from it: wait until it is whole and try again.',
  ),
  'source.too-large': row(
    413,
    'RESOURCE_EXHAUSTED',
    '{file} is too large for one arrival ({what}; the limit is {limit}). Split it, and ingest the parts one by one.',
  ),
  'source.file-name': row(
    400,
    'INVALID_ARGUMENT',
    'The name of {file} does not give its entity: the declaration expects "{pattern}" ({why}). Rename the file, or correct entityFromFile.',
  ),
  'dataset.format': row(
    400,
    'INVALID_ARGUMENT',
    'The format of the data set is not right: {key} "{text}" {problem}. Correct it in the declaration.',
  ),
  'dataset.time-of-day': row(
    400,
    'INVALID_ARGUMENT',
    '"{timeOfDay}" is not a time of day. Write hours and minutes from 00:00 to 23:59.',
  ),
  'dataset.unreadable': row(
    400,
    'FAILED_PRECONDITION',
    'The declaration {file} cannot be read: {why}. Check its path and its rights.',
  ),
  'dataset.malformed': row(400, 'INVALID_ARGUMENT', '{file} does not declare a data set: {problems}.'),
  'dataset.time-zone': row(
    400,
    'INVALID_ARGUMENT',
    '"{timeZone}" is not an IANA time zone. Write one such as America/New_York or UTC.',
  ),
  'calendar.outside': row(
    422,
    'FAILED_PRECONDITION',
    'Calendar {calendar} covers the dates {from} to {to}, the last one exclusive, and not {day}. Correct the time, or declare a calendar that covers it.',
  ),
  'calendar.no-session': row(
    422,
    'INVALID_ARGUMENT',
    '{day} is no session of {calendar}, so it has no hours. Ask for the session after it.',
  ),
  'listing.overlap': row(
    422,
    'INVALID_ARGUMENT',
    'Listings {earlier} and {later} overlap {day}. A symbol is one entity at a time, and an entity has one symbol: end one where the other begins ("to" is the first date after it).',
  ),
  'split.empty-training': row(
    422,
    'FAILED_PRECONDITION',
    'Fold {fold} of the {splitter} split has no training sample left: {purged} were purged and {embargoed} embargoed. Use fewer folds, a shorter label or a shorter embargo.',
  ),
  'split.no-label-end': row(
    422,
    'INVALID_ARGUMENT',
    'Sample {row} has no time at which its label is determined, so it cannot be purged. Give it one, or leave the sample out.',
  ),
  'split.label-order': row(
    422,
    'INVALID_ARGUMENT',
    'The label of sample {row} is determined at {t1}, before its features are known at {t0}. Correct the times.',
  ),
  'split.invalid': row(400, 'INVALID_ARGUMENT', 'The {splitter} split cannot be made: {problem}.'),
  'factor.unit': row(
    422,
    'INVALID_ARGUMENT',
    'Factor {factor} of data set {dataset} has a return of {value} on {session}, in {unit}. Declare return, percent or bps, as the numbers are.',
  ),
  'factor.price': row(
    422,
    'INVALID_ARGUMENT',
    'Factor {factor} of data set {dataset} is {value} on {session}: in the unit "{unit}" it is a price, which is above 0. Where the numbers are returns, declare return, percent or bps.',
  ),
  'factor.month-start': row(
    422,
    'INVALID_ARGUMENT',
    'The returns of factor {factor} of data set {dataset} are dated on the first of their months, when nobody knew them yet. Declare format: { time: "yyyy-MM\'-01\'" }, which dates each on the last day of its month.',
  ),
  'factor.collinear': row(
    422,
    'FAILED_PRECONDITION',
    'Factor {column} is a combination of the others, so its exposure means nothing. Leave it out.',
  ),
  'upload.name': row(
    400,
    'INVALID_ARGUMENT',
    '"{name}" cannot name a file. Send its own name, without a folder, in 1 to 200 characters and at most 255 bytes.',
  ),
  'upload.broken-off': row(
    400,
    'ABORTED',
    'The upload of "{name}" broke off, and nothing of it is kept. Upload the file again.',
  ),
  'upload.unknown': row(
    404,
    'NOT_FOUND',
    'There is no upload {upload}: it was ingested, or the server was started again since. Upload the file again.',
  ),
  'tile.unknown': row(
    404,
    'NOT_FOUND',
    'There is no tile {tile}. The checkpoint at /api/v1/checkpoint says how large the tree of tiles is.',
  ),
  'data.offsets-taken': row(
    409,
    'ALREADY_EXISTS',
    'Partition {partition} of {topic} goes on at offset {next}, and what was brought begins at {from}. Nothing was added: it was taken before, or offsets between them were left out.',
  ),
  'data.unknown-dataset': row(
    404,
    'NOT_FOUND',
    'No data set named {dataset} is declared. Declare it first: asof ingest FILE --dataset DECLARATION.yaml.',
  ),
  'data.duplicate-source': row(
    409,
    'ALREADY_EXISTS',
    '{source} has arrived in {dataset} already, as {earlier}: its bytes are the same. Nothing was added.',
  ),
  'data.session-unsound': row(
    409,
    'FAILED_PRECONDITION',
    'Session {session} of {dataset} cannot be closed: {why}.',
  ),
  'data.redeclared': row(
    409,
    'ALREADY_EXISTS',
    '{dataset} is declared already, with a different definition: {keys} differ. Declare the new one under a new name: facts recorded under the old one keep it.',
  ),
  'file.unsound': row(
    500,
    'DATA_LOSS',
    '{path} cannot be read: {problem}. Something else was put in its place: restore it from a copy.',
  ),
} as const satisfies Record<string, FaultRow>
