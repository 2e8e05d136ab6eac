/** Whether an event was answered: what was cannot be set aside, for its answer would follow from nothing. */
import { reactionId } from '../../schemas/reaction.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import type { LogReader } from '../../streams/log/port.ts'
import type { Task } from './whereabouts.ts'

export async function isAnsweredIn(
  log: Pick<LogReader, 'readAll'>,
  { processor, cause }: Pick<Task, 'processor' | 'cause'>,
): Promise<boolean> {
  const types = [...REGISTRY.values()].filter(({ saidBy }) => saidBy === processor).map(({ type }) => type)
  for await (const batch of log.readAll(cause + 1, { types }))
    if (batch.some(({ commandId }) => commandId === reactionId(processor, cause, 0))) return true
  return false
}
