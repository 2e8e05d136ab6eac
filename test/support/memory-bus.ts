/** A bus in memory that fails when it is told to: before a transaction counts, or after it counted and before anybody was told. */
import type { Bus, Message, Place } from '../../streams/relay/ports.ts'

export type Failure = 'none' | 'open' | 'before' | 'after'

export type MemoryBus = Bus &
  Readonly<{
    /** What is committed, in order. */
    messages: Message[]
    /** The place that is committed. */
    place: () => Omit<Place, 'isOwn'> & { writer: string }
    /** What another relay of this bus's topics sees: the same topics under another name. */
    as: (writer: string) => MemoryBus
  }>

type Shared = { messages: Message[]; place: Omit<Place, 'isOwn'> & { writer: string }; epoch: number }

/** @param next says of each step whether it fails */
export function memoryBus(
  next: () => Failure = () => 'none',
  writer = 'one',
  shared: Shared = { messages: [], place: { next: 1, last: null, writer: '' }, epoch: 0 },
): MemoryBus {
  const fail = (failure: Failure): Error => new Error(`the broker is away (${failure})`)
  return {
    messages: shared.messages,
    place: () => shared.place,
    as: (other) => memoryBus(next, other, shared),
    async open() {
      if (next() === 'open') throw fail('open')
      const epoch = ++shared.epoch
      return {
        place: { next: shared.place.next, last: shared.place.last, isOwn: shared.place.writer === writer },
        schemaId: () => 1,
        async publish(messages, place) {
          if (epoch !== shared.epoch) throw new Error('another producer has the id')
          const failure = next()
          if (failure === 'before' || failure === 'open') throw fail(failure)
          shared.messages.push(...messages)
          shared.place = { ...place, writer }
          if (failure === 'after') throw fail(failure)
        },
        close: async () => undefined,
      }
    },
  }
}
