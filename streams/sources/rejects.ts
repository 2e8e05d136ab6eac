/** Why a row could not be used. The codes are stable: they are counted in events and asked for by people. */

export const REASONS = [
  'none',
  /** More or fewer fields than the header. */
  'row.width',
  /** A quote that does not end on its line. */
  'row.quote',
  /** Not a JSON object. */
  'row.not-json',
  /** A JSON object in which a key is there twice. */
  'row.key-twice',
  'entity.missing',
  /** Neither text nor a whole number: a fraction, a date, a list. */
  'entity.not-a-name',
  /** Bytes that are not of the declared encoding. */
  'entity.encoding',
  /** A character that is not seen: schemas/kernel/name.ts. */
  'entity.unseen',
  /** Not in the normal form NFC. */
  'entity.not-normal',
  /** What every record answers to, such as `constructor`. */
  'entity.reserved',
  /** A listing gives this name to another symbol on that date. */
  'entity.not-listed',
  'time.missing',
  'time.malformed',
  /** A date or a local midnight, where no time of day is declared. */
  'time.date-alone',
  /** A moment that is no local midnight, where dates at a time of day are declared. */
  'time.beside-time-of-day',
  /** Before 1684 or after 2255: not a whole number of microseconds that is exact. */
  'time.out-of-range',
  /** A local time that the clocks of its zone skip or repeat. */
  'time.ambiguous',
  /** Not a whole number of microseconds. */
  'time.too-fine',
  /** After the arrival of the file that tells it. */
  'time.in-future',
  /** The declared calendar does not cover it, or of what is traded, the session after it. */
  'time.outside-calendar',
  'known.missing',
  'known.malformed',
  /** A date or a local midnight, where no time of day is declared. */
  'known.date-alone',
  /** A moment that is no local midnight, where dates at a time of day are declared. */
  'known.beside-time-of-day',
  /** Before 1684 or after 2255: not a whole number of microseconds that is exact. */
  'known.out-of-range',
  'known.ambiguous',
  'known.too-fine',
  'known.in-future',
  'known.before-event',
  'value.not-a-number',
  'value.not-finite',
  /** A number of 2^53 or more that is written out, and that no double is: 9007199254740993. */
  'value.not-exact',
  /** Neither JSON in one line nor in several: a line of it is an object. */
  'message.not-json',
  /** Not in the registry's wire format, or not of the schema that it names. */
  'message.not-avro',
  /** The registry has no schema with its id. */
  'message.unknown-schema',
  /** Its schema lacks a field that the data set needs, or is no record. */
  'message.other-schema',
  /** A key without a value, by which a compacted topic forgets. */
  'message.empty',
  /** Another line has the same entity, event time and known time, and other values. */
  'key.conflict',
  /** Not what its column is declared to hold: a word in one of dates, a fraction in one of integers, a text that cannot be seen whole. */
  'value.not-of-type',
  /** Nothing stands in a column that tells rows apart. */
  'key.missing',
  /** A price of a session's close, known before the session closed. */
  'known.before-close',
] as const

export type Reason = (typeof REASONS)[number]

/** The number that stands for a reason in a column; 0 is "none". */
export const reasonCode = (reason: Reason): number => REASONS.indexOf(reason)
export const reasonOf = (code: number): Reason => REASONS[code] ?? 'none'

export type Reject = Readonly<{
  /** The line of a text file or the row of a columnar one, from 1. */
  line: number
  reason: Reason
  /** The raw line, or the cell where a line holds many facts; at most 500 characters. */
  text: string
  /** What the reason alone does not say, such as the code point of a character that is not seen. */
  why?: string
  /** A message that is no row, all of it, in base64. */
  bytes?: string
  /** Where it lies on a topic; `line` counts the messages of the arrival then. */
  at?: Readonly<{ topic: string; partition: number; offset: number }>
}>

export const REJECT_TEXT_LIMIT = 500

/** What stands in a staged column for a value that could not be read; NaN stands for one that is not there. */
export const UNREADABLE = Number.NEGATIVE_INFINITY
export const NOT_FINITE = Number.POSITIVE_INFINITY
/** The least of all doubles: as a value of a file it is taken for one that is not finite. */
export const NOT_EXACT = -Number.MAX_VALUE
