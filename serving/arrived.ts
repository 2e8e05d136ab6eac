/** The tables of each data set: what bears on a day is found without a look at every other. */
import type { ChunkRef } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { RowsArrived } from '../schemas/events/data.ts'
import type { Memory } from '../schemas/kernel/memory.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { TableList } from '../streams/log/table-list.ts'
import type { Processor } from '../streams/processor.ts'

export interface Arrived {
  /**
   * The tables in which a row may be about one of some times, in the order in which they arrived.
   * @param times ascending
   */
  about(dataset: string, times: ArrayLike<Micros>): Iterable<ChunkRef>
}

/** It says nothing. */
export function arrivedTables(): Processor & Arrived {
  const lists = new Map<string, TableList>()
  return {
    name: 'arrived',
    version: 1,
    handles: [RowsArrived.type],
    save: () => new Map([...lists].map(([dataset, list]) => [dataset, list.save()])),
    restore(memory) {
      for (const [dataset, list] of memory as ReadonlyMap<string, Memory>)
        lists.set(dataset, TableList.from(list))
    },
    async take(event) {
      if (!isEvent(RowsArrived, event)) return
      const { dataset, knownFrom } = event.data
      const list = lists.get(dataset) ?? new TableList()
      lists.set(dataset, list)
      list.add({ position: event.position, knownFrom, refs: event.chunks })
    },
    about: (dataset, times) => lists.get(dataset)?.about(times) ?? [],
  }
}
