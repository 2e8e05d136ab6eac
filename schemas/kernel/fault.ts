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
  'seal.diverged': row(
    500,
    'DATA_LOSS',
    'The log contradicts the signed checkpoint in {folder}: {problem}. Sign nothing more; run asof verify and find out who changed it.',
  ),
  'seal.malformed': row(
    422,
    'INVALID_ARGUMENT',
    '{thing} is not well formed: {problem}. Get it again from where it was published.',
  ),
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
