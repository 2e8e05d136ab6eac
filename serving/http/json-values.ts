/** Counts what a JSON text holds before it is parsed: two million wrong values took five seconds and two gigabytes to be told as wrong. */
import { refuse } from '../../schemas/kernel/fault.ts'

/** As in YAML that a person writes. */
export const MOST_VALUES = 100_000

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b]

/** @throws Refusal `request.malformed` for more values than anybody sends */
export function assertFew(text: string, most = MOST_VALUES): void {
  let [values, isText] = [1, false]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) isText = !isText
    else if (isText) at += code === BACKSLASH ? 1 : 0
    else if (code === COMMA || code === BRACKET || code === BRACE) values++
  }
  if (values > most) throw refuse('request.malformed', { problem: `its body holds more than ${most} values` })
}
