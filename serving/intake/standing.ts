/** Where a data set stands in a topic, as the log says. */
import { dataset } from '../../commands/data/dataset.ts'
import type { TopicState } from '../../commands/data/offsets.ts'
import type { Standing } from '../../streams/sources/kafka/reading.ts'
import type { Platform } from '../platform.ts'

type Asked = Readonly<{ dataset: string; topic: string }>

/** Null where nothing of it was ever read. */
export async function topicState(
  { log, memory }: Pick<Platform, 'log' | 'memory'>,
  { dataset: name, topic }: Asked,
): Promise<TopicState | null> {
  const { state } = await memory.of(log, dataset, `data-${name}`)
  return state.topics.get(topic) ?? null
}

export const standingOf = (state: TopicState | null): Standing => ({
  cluster: state?.cluster ?? null,
  partitions: [...(state?.partitions ?? [])],
})
