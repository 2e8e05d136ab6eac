/** Where a data set stands in its topics. Offsets are taken one behind the other: nothing twice, and nothing left out unsaid. */
import type { DataOf } from '../../schemas/event.ts'
import type { OffsetsMoved, OffsetsTaken } from '../../schemas/events/intake.ts'
import type { Decision } from '../decider.ts'
import { accept, reject } from '../rejections.ts'

export type Place = Readonly<{
  /** The offset that comes next. */
  next: number
  /** The last message that was taken; null where somebody said where to begin. */
  last: Readonly<{ offset: number; hash: string }> | null
}>
export type TopicState = Readonly<{ cluster: string; partitions: ReadonlyMap<number, Place> }>
export type Topics = ReadonlyMap<string, TopicState>

export type Taken = Omit<DataOf<typeof OffsetsTaken>, 'dataset' | 'sourceHash'>
export type Moved = Readonly<{
  topic: string
  cluster: string
  partitions: readonly Readonly<{ partition: number; to: number }>[]
  reason: string
}>

/** The places of a topic once some partitions have moved on; those of another cluster say nothing of this one. */
function withPlaces(
  topics: Topics,
  { topic, cluster }: Readonly<{ topic: string; cluster: string }>,
  places: readonly (readonly [number, Place])[],
): Topics {
  const before = topics.get(topic)
  const known = before?.cluster === cluster ? before.partitions : []
  return new Map(topics).set(topic, { cluster, partitions: new Map([...known, ...places]) })
}

export const afterTaken = (topics: Topics, data: DataOf<typeof OffsetsTaken>): Topics =>
  withPlaces(
    topics,
    data,
    data.partitions.map(({ partition, to, last, lastHash }) => [
      partition,
      { next: to, last: { offset: last, hash: lastHash } },
    ]),
  )

export const afterMoved = (topics: Topics, data: DataOf<typeof OffsetsMoved>): Topics =>
  withPlaces(
    topics,
    data,
    data.partitions.map(({ partition, to }) => [partition, { next: to, last: null }]),
  )

/** A partition of which nothing was read yet may begin anywhere: the broker says what it has. */
export function checkTaken(topics: Topics, taken: Taken): Decision {
  const { topic, cluster, partitions } = taken
  const before = topics.get(topic)
  if (before !== undefined && before.cluster !== cluster)
    return reject('intake.other-cluster', { topic, cluster, known: before.cluster })
  for (const { partition, from } of partitions) {
    const next = before?.partitions.get(partition)?.next
    if (next !== undefined && next !== from)
      return reject('data.offsets-taken', { topic, partition, from, next })
  }
  return accept()
}

/** What a move says, with where each partition stood; null where all of them stand there already. */
export function movedData(topics: Topics, moved: Moved): Omit<DataOf<typeof OffsetsMoved>, 'dataset'> | null {
  const before = topics.get(moved.topic)
  const known = before?.cluster === moved.cluster ? before.partitions : null
  const stood = (partition: number): number | null => known?.get(partition)?.next ?? null
  if (moved.partitions.every(({ partition, to }) => stood(partition) === to)) return null
  const partitions = moved.partitions.map(({ partition, to }) => ({ partition, from: stood(partition), to }))
  return { topic: moved.topic, cluster: moved.cluster, partitions, reason: moved.reason }
}
