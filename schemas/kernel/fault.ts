/** Every expected failure: one table of codes, each with its HTTP and gRPC status and its sentence for people. */

type FaultRow = Readonly<{ http: number; grpc: string; sentence: string }>

const row = (http: number, grpc: string, sentence: string): FaultRow => ({ http, grpc, sentence })

/** `{name}` in a sentence is filled from the detail. A sentence names the thing, the place and the remedy. */
export const FAULTS = {
  'moment.malformed': row(
    400,
    'INVALID_ARGUMENT',
    '"{text}" is not a moment. Write 2008-09-15, 2008-09-15T20:00Z or 2008-09-15T16:00:00.5-04:00.',
  ),
  'event.invalid': row(
    422,
    'INVALID_ARGUMENT',
    'An event {type} is not valid at {path}: {problem}. Nothing was written; correct the value and append again.',
  ),
  'log.conflict': row(
    409,
    'ABORTED',
    'Stream {stream} is at revision {actual}, not {expected}: somebody else appended first. Read it again and decide anew.',
  ),
  'log.command-reused': row(
    409,
    'ALREADY_EXISTS',
    'Command {commandId} was already used for stream {used}, so it cannot append to {stream}. Give each append its own id.',
  ),
  'log.second-writer': row(
    409,
    'FAILED_PRECONDITION',
    'The log in {folder} has a writer already. Stop the other process, or open this log for reading only.',
  ),
  'log.clock-ahead': row(
    503,
    'FAILED_PRECONDITION',
    'The clock says {now}, and the last event was recorded at {last}, more than {days} days before. Nothing was written. Set the clock; or, if it is right, say so once: ASOF_CLOCK_IS_RIGHT={day}.',
  ),
  'log.unreadable': row(
    500,
    'DATA_LOSS',
    'The log in {folder} cannot be read: {problem}. Run asof verify to see what its seal says was there, and restore it from a copy.',
  ),
  'log.newer-version': row(
    409,
    'FAILED_PRECONDITION',
    '{thing} has version {found}, and this program knows versions up to {known}. Use a newer release of Asof.',
  ),
  'log.missing': row(
    404,
    'NOT_FOUND',
    'There is no log in {folder}. Check the folder, or start a writer there, which makes one.',
  ),
  'log.closed': row(503, 'UNAVAILABLE', 'The log was closed. Open it again before reading or appending.'),
  'log.disk-full': row(
    507,
    'RESOURCE_EXHAUSTED',
    'The disk of the log in {folder} is full. Nothing more is accepted: make room, restart, and repeat the command with its id.',
  ),
  'log.failed': row(
    503,
    'UNAVAILABLE',
    'A write to the log in {folder} failed ({problem}). Nothing more is accepted: restart, and repeat the command with its id.',
  ),
  'log.server-away': row(
    503,
    'UNAVAILABLE',
    'KurrentDB at {server} does not answer ({problem}). Nothing more is accepted: start it, or say where it is under kurrentdb in asof.yaml; then restart, and repeat the command with its id.',
  ),
  'log.server-refused': row(
    503,
    'FAILED_PRECONDITION',
    'KurrentDB at {server} refuses the stream {stream} ({problem}). Check user and passwordFile under kurrentdb in asof.yaml, and who may read and write that stream; then restart.',
  ),
  'log.server-diverged': row(
    500,
    'DATA_LOSS',
    'The stream {stream} on KurrentDB and what {folder} has of it are not one log: {problem}. Restore the server from a good copy; or, if the server is right, move the folder away, keep its keys/, and let it be filled anew.',
  ),
  'log.server-key': row(
    409,
    'FAILED_PRECONDITION',
    'The log in the stream {stream} on KurrentDB is sealed with another key than {folder} has. Copy keys/log.pem and seal/log.vkey there from the machine that began it.',
  ),
  'log.mirror': row(
    409,
    'FAILED_PRECONDITION',
    'The folder {folder} holds a copy of the log in the stream {stream} on KurrentDB, and that is where events are appended. Say where it is under kurrentdb in asof.yaml.',
  ),
  'log.not-a-mirror': row(
    409,
    'FAILED_PRECONDITION',
    'The folder {folder} holds a log of its own, of {events} events, and none of the stream {stream} on KurrentDB. Begin there with an empty folder.',
  ),
  'log.batch-too-large': row(
    413,
    'RESOURCE_EXHAUSTED',
    'The {events} events of command {commandId} have {bytes} bytes, and KurrentDB takes no more than {most} in one append. Raise its MaxAppendSize.',
  ),
  'log.damaged': row(
    500,
    'DATA_LOSS',
    'Event {position} of the log cannot be read ({problem}). Run asof verify and restore the log from a good copy.',
  ),
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
  'chunk.missing': row(
    500,
    'DATA_LOSS',
    'Chunk {hash} is not at {path}. Restore the file from a copy; its name is the SHA-256 of its bytes.',
  ),
  'chunk.damaged': row(
    500,
    'DATA_LOSS',
    'The bytes of chunk {hash} at {path} do not have that SHA-256. Restore the file from a copy.',
  ),
  'chunk.malformed': row(
    422,
    'INVALID_ARGUMENT',
    'A chunk is not a table of facts: {problem}. Write it with entity, eventTime, knownAt and float64 columns.',
  ),
  'chunk.disk-full': row(
    507,
    'RESOURCE_EXHAUSTED',
    'The disk of the chunk store in {folder} is full. The chunk was not stored: make room and try again.',
  ),
  'chunk.store-away': row(
    503,
    'UNAVAILABLE',
    'Bucket {bucket} could not {what} ({problem}). Nothing that needs it was acknowledged: see that it can be reached, and repeat the command with its id.',
  ),
  'chunk.store-refused': row(
    500,
    'FAILED_PRECONDITION',
    'Bucket {bucket} would not {what} ({problem}). See that the bucket exists, that the region is its own, and that the key may get, put and list there (chunks in asof.yaml).',
  ),
  'chunk.no-object-lock': row(
    500,
    'FAILED_PRECONDITION',
    'Bucket {bucket} has no Object Lock, and chunks.retention asks for {mode}, {days} days: nothing would keep a chunk from being deleted. Turn Object Lock on for the bucket, name another, or leave chunks.retention out.',
  ),
  'chunk.weaker-retention': row(
    500,
    'FAILED_PRECONDITION',
    'Bucket {bucket} keeps what is written to it by itself ({own}), and chunks.retention asks for less ({mode}, {days} days), which would go before it. Ask for as much, or leave chunks.retention out.',
  ),
  'seal.diverged': row(
    500,
    'DATA_LOSS',
    'The log contradicts the signed checkpoint in {folder}: {problem}. Sign nothing more; run asof verify and find out who changed it.',
  ),
  'seal.missing': row(
    500,
    'DATA_LOSS',
    'The log in {folder} was sealed before, and its seal is not whole: {problem}. Restore the folder seal from a copy; a log that was ever sealed is never sealed anew.',
  ),
  'seal.malformed': row(
    422,
    'INVALID_ARGUMENT',
    '{thing} is not well formed: {problem}. Get it again from where it was published.',
  ),
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
  'command.contended': row(
    409,
    'ABORTED',
    'Stream {stream} changed under the command {attempts} times. Try again when others write less to it.',
  ),
  'command.without-effect': row(
    409,
    'ABORTED',
    'Command {commandId} was used before, at position {position}, and the state that is asked for does not hold. Use another id.',
  ),
  'command.malformed': row(
    400,
    'INVALID_ARGUMENT',
    'What was sent to {command} is not right: {problems}. /openapi.json says what it takes.',
  ),
  'command.id-reused': row(
    409,
    'ALREADY_EXISTS',
    'The id {id} was given to another {command} before. Give each command its own id, and the same one only to repeat it.',
  ),
  'command.unknown': row(404, 'NOT_FOUND', 'There is no command {command}. There are: {commands}.'),
  'event.unknown-type': row(404, 'NOT_FOUND', 'There is no event type {type}. There are: {types}.'),
  'query.invalid': row(400, 'INVALID_ARGUMENT', 'The query is not right: {problems}. Correct it there.'),
  'request.malformed': row(
    400,
    'INVALID_ARGUMENT',
    'The request cannot be read: {problem}. Correct it and send it again.',
  ),
  'request.too-large': row(
    413,
    'RESOURCE_EXHAUSTED',
    'The request has more than {bytes} bytes. Send files as uploads: /api/v1/uploads takes them as a stream.',
  ),
  'request.headers-too-large': row(
    431,
    'RESOURCE_EXHAUSTED',
    'The headers of the request are too large: there may be {most} of them, with {bytes} bytes in all. Send fewer.',
  ),
  'request.too-slow': row(
    408,
    'DEADLINE_EXCEEDED',
    'The request did not come in time, and its connection is closed. Send it again.',
  ),
  'sample.folder-taken': row(
    409,
    'FAILED_PRECONDITION',
    'The platform in {folder} holds other data than the sample {sample}. Give it a folder of its own: --folder {folder}-{sample}.',
  ),
  'statement.other': row(
    502,
    'FAILED_PRECONDITION',
    'The bytes that were handed out to be signed say {key} {found}, and {asked} was asked for. Nothing was signed.',
  ),
  'server.none': row(409, 'FAILED_PRECONDITION', 'No server runs over {folder}. Start one first: asof up.'),
  'server.port-taken': row(
    503,
    'UNAVAILABLE',
    'Nothing can listen on port {port} for gRPC ({problem}). Free it, or say another one: --grpc-port.',
  ),
  'server.gone': row(
    503,
    'UNAVAILABLE',
    'The server at {url} ended before it answered ({problem}). Start it again and repeat the command: what was done is not done twice.',
  ),
  'stream.too-many': row(
    503,
    'RESOURCE_EXHAUSTED',
    '{most} read the events along already. Close one of them, or ask for pages at /api/v1/events.',
  ),
  'route.unknown': row(
    404,
    'NOT_FOUND',
    'Nothing answers {method} {path}. /openapi.json lists what is answered.',
  ),
  'upload.name': row(
    400,
    'INVALID_ARGUMENT',
    '"{name}" cannot name a file. Send its own name, without a folder, in 1 to 200 characters.',
  ),
  'upload.unknown': row(
    404,
    'NOT_FOUND',
    'There is no upload {upload}: it was ingested, or the server was started again since. Upload the file again.',
  ),
  'work.unknown': row(
    404,
    'NOT_FOUND',
    'There is no work {work}. GET /api/v1/work, or asof work, lists what there is.',
  ),
  'work.begun': row(
    409,
    'FAILED_PRECONDITION',
    '{work} cannot be cancelled: it stands in the log at position {position}, and what was begun is carried out and counts.',
  ),
  'work.cancelled': row(
    409,
    'ABORTED',
    '{work} was cancelled by {by}. What had begun by then stands in the log, and counts.',
  ),
  'report.unknown': row(
    404,
    'NOT_FOUND',
    'No report has the digest {digest}. asof at now registry lists them.',
  ),
  'tile.unknown': row(
    404,
    'NOT_FOUND',
    'There is no tile {tile}. The checkpoint at /api/v1/checkpoint says how large the tree of tiles is.',
  ),
  'http.foreign-host': row(
    421,
    'PERMISSION_DENIED',
    'This server does not answer as "{host}". Ask it under the address that it listens on, or start it with --allow-host and that name.',
  ),
  'http.foreign-origin': row(
    403,
    'PERMISSION_DENIED',
    'A page of {origin} may not ask this server. Ask from a page of its own, or start it with --allow-host and the name of that one.',
  ),
  internal: row(500, 'INTERNAL', '{problem}. This is a defect in Asof: report it with what was asked.'),
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
  'data.offsets-taken': row(
    409,
    'ALREADY_EXISTS',
    'Partition {partition} of {topic} goes on at offset {next}, and what was brought begins at {from}. Nothing was added: it was taken before, or offsets between them were left out.',
  ),
  'intake.other-cluster': row(
    409,
    'FAILED_PRECONDITION',
    'Topic {topic} was read from cluster {known}, and the brokers are of cluster {cluster}. Nothing more is read. Connect to the cluster that is meant; or, if the topic has moved, say where to go on: asof offsets DATASET --topic {topic} --cluster {cluster} --move PARTITION:OFFSET --reason TEXT.',
  ),
  'intake.expired': row(
    409,
    'DATA_LOSS',
    'Partition {partition} of {topic} begins at offset {low}, and reading goes on at {next}: the broker has deleted what is between them. Nothing more of the topic is read. Bring what is missing from elsewhere, and accept the gap: asof offsets {dataset} --topic {topic} --move {partition}:{low} --reason TEXT.',
  ),
  'intake.made-anew': row(
    409,
    'DATA_LOSS',
    'Partition {partition} of {topic} is not the one that was read before: {why}. Somebody deleted the topic and made it anew, or the brokers lost messages. Nothing more of it is read. If it is to be read anew: asof offsets {dataset} --topic {topic} --move {partition}:0 --reason TEXT.',
  ),
  'intake.unreadable': row(422, 'FAILED_PRECONDITION', 'Messages of {topic} cannot be read: {problem}.'),
  'execution.unknown-model': row(
    404,
    'NOT_FOUND',
    'No prediction of model {model} stands in the log. asof at now registry lists the models that there are.',
  ),
  'execution.columns': row(
    422,
    'FAILED_PRECONDITION',
    'Data set {dataset} has no column {column}. Fills have quantity, price and fee; positions have quantity and equity. Name the data sets that have them (--fills, --positions).',
  ),
  'intake.no-topic': row(
    404,
    'NOT_FOUND',
    'Nothing of topic {topic} was read into {dataset} yet. Check the name (asof offsets {dataset} lists its topics); or name the cluster too (--cluster), and reading begins where you say.',
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
    'Ridge regression with alpha {alpha} has no single solution: the features are collinear or too large for it. Raise alpha above 0, or leave features out.',
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
    'There is no run for {run}. asof at now experiments lists them.',
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
  'model.unreadable': row(
    400,
    'INVALID_ARGUMENT',
    'The model file cannot be loaded: {problem}. Only models that were trained here are run: restore the file from a copy, or train again.',
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
  'capital.not-allocated': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} has no capital to reduce: it was never promoted.',
  ),
  'capital.nothing-to-review': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} has no reduction that waits for a review.',
  ),
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
  'claim.not-sealed': row(
    409,
    'FAILED_PRECONDITION',
    'The log of claim {claim} is sealed up to {sealed} events, and the claim stands at {position}. Run asof verify, or wait for the writer.',
  ),
  'access.unauthenticated': row(
    401,
    'UNAUTHENTICATED',
    'Who asks is not known: {why}. Send "Authorization: Bearer" with a token (asof token create makes one).',
  ),
  'access.denied': row(
    403,
    'PERMISSION_DENIED',
    '{subject} has the roles {roles}, and none of them may {permission}. Ask with a token of a role that may.',
  ),
  'access.token-in-query': row(
    400,
    'INVALID_ARGUMENT',
    'A token stands in the address, where logs and histories keep it. Revoke it, and send the next one in the Authorization header.',
  ),
  'access.link-spent': row(
    410,
    'NOT_FOUND',
    'This link was used, or its time is over. asof up prints another when it starts, and POST /api/v1/links gives one to the owner.',
  ),
  'access.keys-unreachable': row(
    503,
    'UNAVAILABLE',
    'The keys of {issuer} cannot be read: {problem}. Nobody gets in by its tokens until they can.',
  ),
  'access.not-configured': row(
    400,
    'FAILED_PRECONDITION',
    'Listening on {host} lets others in, and nothing says how they show who they are. Say so in {file} (oidc, tls.clients or tokens: true), or listen on 127.0.0.1.',
  ),
  'access.plaintext': row(
    400,
    'FAILED_PRECONDITION',
    'Listening on {host} without TLS shows tokens to whoever listens in. Give tls.cert and tls.key in {file}, or say behindProxy: true where a proxy before it ends TLS.',
  ),
  'access.token-file': row(
    403,
    'PERMISSION_DENIED',
    '{path} is not used: {problem}. It is the token of whoever owns the folder: see who read it, remove it, and start asof up again, which makes a new one.',
  ),
  'access.not-owner': row(
    403,
    'PERMISSION_DENIED',
    '{folder} belongs to user {owner}, and {user} asks. Whoever opens a folder directly acts as its owner: ask the owner, or the server that runs, with a token of your own.',
  ),
  'access.unknown-token': row(404, 'NOT_FOUND', 'There is no token {id}. asof token list shows them.'),
  'access.token-exists': row(
    409,
    'ALREADY_EXISTS',
    'Token {id} was issued before. Make another: an id is never used twice.',
  ),
  'access.token-expiry': row(
    400,
    'INVALID_ARGUMENT',
    'A token ends at a moment to come, at most {days} days away. Choose one, as in --expires 90d.',
  ),
  'access.beyond-own': row(
    403,
    'PERMISSION_DENIED',
    '{issuer} cannot issue a token for more than {issuer} may do: {permissions}. Leave out the role, or ask the owner.',
  ),
  'access.policy-invalid': row(
    400,
    'INVALID_ARGUMENT',
    'The access policy cannot come into force: {problem}. Correct it and have it signed again.',
  ),
  'access.policy-version': row(
    409,
    'FAILED_PRECONDITION',
    'The access policy is version {version}, and the next one must be {expected}.',
  ),
  'access.policy-other-log': row(
    409,
    'FAILED_PRECONDITION',
    'Version {version} of the access policy was signed for another log. Have it signed for this one.',
  ),
  'access.policy-unsigned': row(
    403,
    'PERMISSION_DENIED',
    'Access policy {version} has {have} of {required} signatures of {committee} that hold. Each of them signs the file as it stands: asof sign-access-policy FILE --member NAME --key FILE.',
  ),
  'config.environment': row(
    400,
    'INVALID_ARGUMENT',
    'The environment is not right: {problems}. Correct it there.',
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
  'approval.unknown-test': row(
    400,
    'INVALID_ARGUMENT',
    'The policy sets a threshold for {test}, which is no test. There are: {tests}.',
  ),
  'spec.unreadable': row(404, 'NOT_FOUND', '{path} cannot be read ({why}). Check the path.'),
  'spec.malformed': row(400, 'INVALID_ARGUMENT', '{file} is not right: {problems}. Correct it there.'),
  'file.unsound': row(
    500,
    'DATA_LOSS',
    '{path} cannot be read: {problem}. Something else was put in its place: restore it from a copy.',
  ),
  'folder.full': row(
    507,
    'RESOURCE_EXHAUSTED',
    'The disk of {path} is full ({problem}). Make room, and repeat the command: what was acknowledged is kept.',
  ),
  'folder.not-writable': row(
    403,
    'PERMISSION_DENIED',
    '{path} cannot be opened or written ({problem}). Check its owner and rights; to read alone, asof at, log, trials, replay and verify need no right to write.',
  ),
  'key.malformed': row(
    400,
    'INVALID_ARGUMENT',
    '{path} holds no Ed25519 private key in PEM. Restore it from a copy, or make another with asof keygen.',
  ),
  'key.name': row(
    400,
    'INVALID_ARGUMENT',
    '{name} cannot name a key file. Begin with a letter or digit, and use letters, digits, spaces, ., _, @ and -.',
  ),
  'key.missing': row(
    404,
    'NOT_FOUND',
    'There is no key at {path}. Give the path of an Ed25519 private key in PEM.',
  ),
  'moment.beyond-head': row(
    416,
    'OUT_OF_RANGE',
    'The log ends at position {head}; there is nothing at {position} yet.',
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
  'model.ambiguous': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} has several passed files: {artifacts}. Say which with --artifact.',
  ),
  'pipeline.other-answer': row(
    409,
    'DATA_LOSS',
    "The log's answer to event {cause} does not match what {processor} derives: {detail}. It was written by hand, or the code has changed since. Nothing more is derived; asof replay --from {cause} shows what differs. Only where the code has changed: asof confirm verifies the log, records what differs, and takes it as it stands.",
  ),
  'pipeline.older-version': row(
    409,
    'FAILED_PRECONDITION',
    'From event {from} on, version {said} of {processor} has answered in this log, and this program has version {version}. Nothing is derived by an older version: open the platform with the release that wrote it last, or a later one.',
  ),
  'quarantine.nothing-waits': row(
    404,
    'NOT_FOUND',
    'Nothing of {processor} at event {cause} waits in quarantine. asof quarantine lists what does.',
  ),
  'lane.poisoned': row(
    500,
    'INTERNAL',
    'The processor {processor} failed at more than {count} events, last at event {cause}: {reason}. Its lane has stopped. Mend the processor, and open the platform again; asof quarantine lists what was set aside.',
  ),
  'lane.alone': row(
    400,
    'FAILED_PRECONDITION',
    '--lanes says which lanes this machine works, and only a log on KurrentDB has several machines. Say where it is under kurrentdb in asof.yaml, or leave --lanes out.',
  ),
  'lane.elsewhere': row(
    409,
    'FAILED_PRECONDITION',
    'The {lane} lane is worked by {node}, and one machine acts at a time. Ask that one; or start this one with asof up --lanes, and it waits for its turn.',
  ),
  'lane.taken': row(
    503,
    'UNAVAILABLE',
    'The {lane} lane is worked by {node}: this machine was not heard of for too long, and nothing more is accepted here. Start it again: it waits for its turn.',
  ),
  'lane.lost': row(
    500,
    'INTERNAL',
    'The {lane} lane ended: {problem}. The rest goes on; what was asked of it is answered when the platform is opened again.',
  ),
  'topic.malformed': row(
    422,
    'INVALID_ARGUMENT',
    "A message is not in the registry's wire format: {problem}. Check who else writes to the topic, and which registry this program reads.",
  ),
  'topic.differs': row(
    409,
    'FAILED_PRECONDITION',
    'Topic {topic} has {found}, and the relay needs {wanted}. Make it so where nobody has published to it, or give the relay another prefix (relay.prefix).',
  ),
  'topic.incompatible': row(
    409,
    'FAILED_PRECONDITION',
    'Schema {subject} in the registry cannot be followed by that of this release: {problem}. Nothing is published. Use a release that writes what its readers can read, or register the schema under another name.',
  ),
  'topic.schema-refused': row(
    409,
    'FAILED_PRECONDITION',
    'The schema registry refuses {subject}: {problem}. Nothing is published; set its compatibility to BACKWARD there, or use the registry that knows it.',
  ),
  'relay.ahead': row(
    409,
    'DATA_LOSS',
    'The broker holds what was published up to position {next}, and the log ends at {head}: the log was restored from an older copy, or lost events. Restore the newer log, or publish this one under another prefix (relay.prefix).',
  ),
  'relay.other-log': row(
    409,
    'DATA_LOSS',
    'Event {position} of this log is not the one that was published under that position: the log was restored from an older copy and went on, or is a copy. Nothing more is published. Restore the log that was published, or publish this one under another prefix (relay.prefix).',
  ),
  'relay.second': row(
    409,
    'ABORTED',
    'Another relay publishes this log: it left off before position {found}, and this one before {own}. This one has stopped; stop the other, and start again.',
  ),
  'relay.cursor-lost': row(
    409,
    'FAILED_PRECONDITION',
    'Topics with the prefix {prefix} hold messages, and the broker does not know up to where log {log} is published: they are of another log, or the broker forgot. Give the relay a prefix of its own (relay.prefix); or, if they are of this log, say where to go on (relay.from): consumers drop what they have seen.',
  ),
  'oms.behind': row(
    503,
    'UNAVAILABLE',
    'The prediction at position {position} rests on a message about {topic} at position {wanted}, which has not come. It is not acted on; check the topic, and start again.',
  ),
  'relay.registry': row(
    500,
    'FAILED_PRECONDITION',
    "Asof's own schema registry does not come up: {problem}. Set relay.registryPort to another port, or restore the file from a copy; or name a registry that is there (relay.registry).",
  ),
  'replay.backwards': row(
    400,
    'INVALID_ARGUMENT',
    'A replay goes from a position to a later one, not from {from} to {to}.',
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

export type FaultCode = keyof typeof FAULTS
export type FaultDetail = Readonly<Record<string, string | number | boolean>>

/** A failure that was expected, as data. */
export type Fault = Readonly<{ code: FaultCode; detail: FaultDetail; message: string }>

/** @example fault('moment.malformed', { text: 'yesterday' }).message */
export function fault(code: FaultCode, detail: FaultDetail = {}): Fault {
  const message = FAULTS[code].sentence.replace(/\{(\w+)\}/g, (whole, key: string) =>
    key in detail ? String(detail[key]) : whole,
  )
  return { code, detail, message }
}

/** A fault on its way to the edge that reports it. */
export class Refusal extends Error {
  readonly fault: Fault
  constructor(of: Fault) {
    super(of.message)
    this.name = 'Refusal'
    this.fault = of
  }
}

export const refuse = (code: FaultCode, detail: FaultDetail = {}): Refusal => new Refusal(fault(code, detail))
