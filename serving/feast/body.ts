/** Bodies of requests as Feast's clients write them: JSON of Python, which writes numbers that are none as words of its own. */
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { assertWhole } from '../whole-text.ts'
import type { Json } from './port.ts'

const [QUOTE, BACKSLASH] = ['"', '\\'].map((mark) => mark.charCodeAt(0))
const NOT_A_NUMBER = 'NaN'

/** What Python's `json` writes for a missing float as null, outside of texts. One pass: a pattern may go over a long text again and again. */
function withNulls(text: string): string {
  const parts: string[] = []
  let [from, isText] = [0, false]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) isText = !isText
    else if (isText) at += code === BACKSLASH ? 1 : 0
    else if (text.startsWith(NOT_A_NUMBER, at)) {
      parts.push(text.slice(from, at), 'null')
      from = at + NOT_A_NUMBER.length
      at = from - 1
    }
  }
  return parts.join('') + text.slice(from)
}

/** @throws Refusal `feast.malformed` for what is no JSON object, `request.malformed` for half of a character */
export function objectIn(text: string): Json {
  const value = parsed(text)
  assertWhole(text, value)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('its body is no JSON object')
  return value as Json
}

/** Where a text has so many digits in a row, it may hold a whole number that no double is. */
const MANY_DIGITS = /\d{16}/
/** A text, which is passed over, or a number; each begins where the one before ended. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs

/**
 * A name of an instrument, or a count, that is read as another one is worse than one that is refused. The text is gone through once: a function
 * that is asked about each value takes 3 seconds and 400 MB for a body.
 */
function json(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!MANY_DIGITS.test(text)) return value
  for (const [word] of text.matchAll(TEXT_OR_NUMBER))
    if (/^-?\d{16,}$/.test(word) && !Number.isSafeInteger(Number(word)))
      throw malformed(`it has the whole number ${word.slice(0, 40)}, beyond 2^53: send it as a text`)
  return value
}

function parsed(text: string): unknown {
  try {
    return json(text)
  } catch (error) {
    if (error instanceof Refusal) throw error
    // A missing value of a column of floats is NaN in pandas. An infinite one is nothing that a feature can be.
    try {
      return json(withNulls(text))
    } catch (error) {
      if (error instanceof Refusal) throw error
      throw malformed(`its body is no JSON (${error instanceof Error ? error.message : error})`)
    }
  }
}

export const malformed = (problem: string) => refuse('feast.malformed', { problem })

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws Refusal `feast.malformed` for a key that is there and has no truth value */
export function flagIn(body: Json, key: string): boolean {
  const value = body[key] ?? false
  if (typeof value !== 'boolean') throw malformed(`${key} is neither true nor false`)
  return value
}

/** @throws Refusal `feast.malformed` */
export function textIn(body: Json, key: string): string {
  const value = body[key]
  if (typeof value !== 'string') throw malformed(`${key} is no text`)
  return value
}

/** @throws Refusal `feast.malformed` for a key that is none of these: what is not understood is not passed over */
export function assertKeys(body: Json, known: readonly string[]): void {
  const strange = Object.keys(body).find((key) => !known.includes(key))
  if (strange !== undefined) throw malformed(`there is no ${strange}: there are ${known.join(', ')}`)
}

/** Columns by name, each as long as the others. @throws Refusal `feast.malformed` */
export function columnsIn(
  body: Json,
  key: string,
): Readonly<{ columns: ReadonlyMap<string, readonly unknown[]>; rows: number }> {
  const told = body[key]
  if (!isObject(told)) throw malformed(`${key} is no object of columns`)
  const columns = new Map<string, readonly unknown[]>()
  for (const [name, values] of Object.entries(told)) {
    if (!Array.isArray(values)) throw malformed(`column ${name} of ${key} is no list`)
    columns.set(name, values)
  }
  const [first] = columns.values()
  const rows = first?.length ?? 0
  for (const [name, { length }] of columns)
    if (length !== rows)
      throw malformed(`column ${name} of ${key} has ${length} rows, and the first one ${rows}`)
  return { columns, rows }
}
