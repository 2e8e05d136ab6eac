/** A message as lines of NDJSON, which are then read as those of a file are; or the reason why it is none. */
import { REJECT_TEXT_LIMIT, type Reason } from '../rejects.ts'

/** A message as it lies in its partition; null for one that says that its key is gone. */
export type Message = Readonly<{ offset: number; value: Buffer | null }>

/** Whole lines without the last line feed, or why there are none. */
export type Lines = Readonly<{ text: Buffer | string } | { dead: Reason; why?: string }>

/** How messages of a topic are written. */
export type Written = 'avro' | 'json' | 'ndjson'

const LINE_FEED = 10
const [TAB, RETURN, SPACE] = [9, 13, 32]

export const EMPTY: Lines = { dead: 'message.empty' }

const isBlank = (bytes: Buffer): boolean =>
  bytes.every((byte) => byte === SPACE || byte === LINE_FEED || byte === RETURN || byte === TAB)

/** A message that is one JSON object, in one line or in several. */
export function jsonLine(value: Buffer | null): Lines {
  if (value === null || isBlank(value)) return EMPTY
  if (!value.includes(LINE_FEED)) return { text: value }
  try {
    JSON.parse(value.toString('utf8'))
  } catch (error) {
    return { dead: 'message.not-json', why: error instanceof Error ? error.message.slice(0, 200) : '' }
  }
  // In what is sound, a line feed stands between values and not in a text.
  return { text: value.map((byte) => (byte === LINE_FEED ? SPACE : byte)) as Buffer }
}

/** A message of many rows, one a line. */
export const manyLines = (value: Buffer | null): Lines =>
  value === null || isBlank(value)
    ? EMPTY
    : { text: value.at(-1) === LINE_FEED ? value.subarray(0, -1) : value }

/** What is kept of a message that cannot be read: the beginning of it for people, and all of it. */
export const keptOf = (value: Buffer | null): Readonly<{ text: string; bytes: string }> => ({
  text: (value ?? Buffer.alloc(0)).toString('utf8').slice(0, REJECT_TEXT_LIMIT),
  bytes: (value ?? Buffer.alloc(0)).toString('base64'),
})
