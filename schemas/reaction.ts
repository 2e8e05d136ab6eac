/** What the command id of a derived event says: which processor said it, of which event. */
import type { CommandId, Position, Recorded } from './envelope.ts'
import { REGISTRY } from './registry.ts'

/** Its cause names a reaction, so that doing it twice writes it once. @param index among the processor's reactions to it */
export const reactionId = (processor: string, cause: Position, index: number): CommandId =>
  `${processor}/${cause}/${index}`

/** The position of the event that a reaction follows from, by its command id. */
export const causeOf = (commandId: CommandId): Position => Number(commandId.split('/')[1])

/** The processor that a command id names, if it is that of a reaction. */
export const speakerIn = (commandId: CommandId): string =>
  commandId.slice(0, Math.max(commandId.indexOf('/'), 0))

export const isReactionOf = (processor: string, commandId: CommandId): boolean =>
  commandId.startsWith(`${processor}/`)

/** An event that a processor alone says, and that somebody else wrote. Whoever folds or reacts passes over it. */
export function isForeign({ type, commandId }: Recorded): boolean {
  const saidBy = speakerOf(type)
  return saidBy !== null && !isReactionOf(saidBy, commandId)
}

/** An event of a type that a processor alone says. */
export const isAnswer = ({ type }: Pick<Recorded, 'type'>): boolean => speakerOf(type) !== null

/** The processor that alone says events of a type; null for what people and programs say. */
export const speakerOf = (type: string): string | null => REGISTRY.get(type)?.saidBy ?? null

/**
 * An answer in a processor's name that the writer has not confirmed: it may be what follows, or written by hand. Whoever shows
 * anybody what the log says passes over it until it is.
 */
export const isUnconfirmed = ({ type, position }: Recorded, confirmed: Position): boolean =>
  position > confirmed && speakerOf(type) !== null
