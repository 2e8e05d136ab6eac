/** Texts as they were sent, or none: bytes that are no UTF-8 and half of a character (`\ud800` in JSON) would be recorded as something else. */
import { refuse } from '../schemas/kernel/fault.ts'

/** A body as text. @throws Refusal `request.malformed` for what is no UTF-8 */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse('request.malformed', { problem: 'its body is no UTF-8' })
  }
}

/** Where a value holds half of a character, as a path of keys; null where each text is whole. It may be nested without end. */
export function halfCharacterIn(value: unknown): string | null {
  const left: (readonly [path: string, value: unknown])[] = [['', value]]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [path, one] = next
    if (typeof one === 'string' && !one.isWellFormed()) return path
    if (typeof one !== 'object' || one === null) continue
    for (const [key, inner] of Object.entries(one)) {
      const place = path === '' ? key : `${path}.${key}`
      if (!key.isWellFormed()) return place.toWellFormed()
      left.push([place, inner])
    }
  }
  return null
}

/** JSON in UTF-8 writes half of a character as an escape alone. */
const ESCAPED = /\\u[dD][89a-fA-F]/

/** @param value what the text was parsed to @throws Refusal `request.malformed` for half of a character */
export function assertWhole(text: string, value: unknown): void {
  const place = ESCAPED.test(text) ? halfCharacterIn(value) : null
  if (place !== null)
    throw refuse('request.malformed', { problem: `${place || 'it'} has half of a character` })
}
