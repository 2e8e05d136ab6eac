/** A draft as a log would have recorded it. */
import type { Draft, Recorded } from '../../schemas/envelope.ts'

export function recorded(draft: Draft, position: number, otherwise: Partial<Recorded> = {}): Recorded {
  return {
    ...draft,
    id: `id-${position}`,
    stream: 'test',
    revision: position,
    position,
    version: 1,
    recordedAt: position,
    commandId: `command-${position}`,
    actor: 'ann',
    correlationId: 'c',
    causationId: null,
    ...otherwise,
  }
}
