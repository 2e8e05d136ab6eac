/** Expected failures of the log: events, chunks, the seal, and moments of it. */
import { type FaultRow, row } from './row.ts'

export const LOG = {
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
    'Bucket {bucket} would not {what} ({problem}). See that the bucket exists, that the region is its own, that the key may get, put and list there (chunks in asof.yaml), and that the clock of this machine is right.',
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
  'witness.record': row(
    500,
    'DATA_LOSS',
    'The witness kept {path} of a log, and either no key of that log signed it, or it is the second record of that log. Restore the folder from a copy; a witness that begins anew could cosign another history.',
  ),
  'witness.one-key': row(
    409,
    'INVALID_ARGUMENT',
    'The key with the number {key} is given for two logs. Give each log once, with all of its keys and commas between; of one key two records would be kept, and two histories could be cosigned.',
  ),
  'witness.second': row(
    409,
    'FAILED_PRECONDITION',
    'A witness works in {folder} already. Stop it, or give this one a folder of its own: two with one record could cosign two histories.',
  ),
  'seal.malformed': row(
    422,
    'INVALID_ARGUMENT',
    '{thing} is not well formed: {problem}. Get it again from where it was published.',
  ),
  'event.unknown-type': row(404, 'NOT_FOUND', 'There is no event type {type}. There are: {types}.'),
  'stream.too-many': row(
    503,
    'RESOURCE_EXHAUSTED',
    '{most} read the events along already. Close one of them, or ask for pages at /api/v1/events.',
  ),
  'folder.reading-ended': row(
    500,
    'DATA_LOSS',
    'Reading {folder} was ended: {why}. Nothing is known of what it holds. If you trust whoever made it, read it on a machine with more memory; if not, it was made to do this.',
  ),
  'folder.gone': row(
    503,
    'UNAVAILABLE',
    '{path} is not there ({problem}). Where the folder of the platform was moved or removed while it was open, end the server, put the folder in its place and start it again: what was acknowledged is kept.',
  ),
  'folder.full': row(
    507,
    'RESOURCE_EXHAUSTED',
    'The disk of {path} is full ({problem}). Make room, and repeat the command: what was acknowledged is kept.',
  ),
  'output.no-folder': row(
    400,
    'INVALID_ARGUMENT',
    '{path} cannot be written: there is no folder {folder}. Make it, or write elsewhere.',
  ),
  'output.taken': row(
    409,
    'ALREADY_EXISTS',
    'There is something at {path} that is not this answer. It is left as it is: name a folder that is empty or not there.',
  ),
  'folder.not-writable': row(
    403,
    'PERMISSION_DENIED',
    '{path} cannot be opened or written ({problem}). Check its owner and rights; to read alone, asof at, log, trials, replay and verify need no right to write.',
  ),
  'moment.beyond-head': row(
    416,
    'OUT_OF_RANGE',
    'The log ends at position {head}; there is nothing at {position} yet.',
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
  'replay.backwards': row(
    400,
    'INVALID_ARGUMENT',
    'A replay goes from a position to a later one, not from {from} to {to}.',
  ),
} as const satisfies Record<string, FaultRow>
