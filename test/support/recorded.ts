/** A draft as a log would have recorded it. */
import type { CommandId, Draft, Position, Recorded } from '../../schemas/envelope.ts'
import { reactionId } from '../../schemas/reaction.ts'
import { REGISTRY } from '../../schemas/registry.ts'

/** A command id under which an event is believed: where a processor alone says it, that of its answer to the cause. */
export function ownId({ type }: Draft, cause: Position, otherwise: CommandId): CommandId {
  const saidBy = REGISTRY.get(type)?.saidBy ?? null
  return saidBy === null ? otherwise : reactionId(saidBy, cause, 0)
}

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
