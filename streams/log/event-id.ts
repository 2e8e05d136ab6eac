/** The id of an event, made from its command: a retry of the command makes the same ids. */
import type { CommandId, EventId } from '../../schemas/envelope.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'

/** A version 8 UUID of SHA-256(`<commandId>/<index>`); `index` counts from 0. */
export const eventIdOf = (commandId: CommandId, index: number): EventId =>
  uuidOf(sha256(`${commandId}/${index}`))

/** A version 8 UUID (RFC 9562) of the first 122 usable bits of a hash in hexadecimal. */
export function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
