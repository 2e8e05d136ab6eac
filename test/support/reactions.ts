/** What a processor says of an event. */
import type { Recorded } from '../../schemas/envelope.ts'
import type { Processor, Reaction } from '../../streams/processor.ts'

export async function reactionsOf(processor: Processor, event: Recorded): Promise<readonly Reaction[]> {
  const reactions: Reaction[] = []
  await processor.take(event, (reaction) => reactions.push(reaction))
  return reactions
}
