/** In which partition of a topic a key is: where every client of Kafka finds it. */
import kafkajs from 'kafkajs'

/** Keys are few, and hashing one takes longer than writing its message. */
const KEYS_KEPT = 10_000

const hash = kafkajs.Partitioners.DefaultPartitioner()
const known = new Map<string, number>()

/** @param partitions how many the topic has */
export function partitionOf(key: string, partitions: number): number {
  const place = `${partitions} ${key}`
  const found = known.get(place)
  if (found !== undefined) return found
  const partition = hash({
    topic: '',
    message: { key, value: null },
    partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
      ...{ partitionErrorCode: 0, partitionId, leader: 1, replicas: [1], isr: [1] },
    })),
  })
  if (known.size >= KEYS_KEPT) known.clear()
  known.set(place, partition)
  return partition
}
