/** What an OMS sent back, as it is known last: its fills and its statements, out of the data sets that hold them. */

import type { ChunkRef } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { columnOf } from '../../schemas/rows.ts'
import { getRows } from '../../streams/log/tables.ts'
import type { Archive } from '../archive.ts'

type Readable = Pick<Archive, 'log' | 'chunks'>

export type KnownRow = Readonly<{ entity: string; at: Micros; values: readonly number[] }>

/**
 * The rows of a data set, one for each entity and event time: what was told last of it.
 * @param isWanted which entities
 * @throws Refusal `execution.columns` where the data set lacks one of the columns
 */
export async function knownRows(
  { log, chunks }: Readable,
  spec: DatasetSpec,
  wanted: Readonly<{
    columns: readonly string[]
    isWanted: (entity: string) => boolean
    isNear?: (ref: ChunkRef) => boolean
  }>,
): Promise<readonly KnownRow[]> {
  const { columns, isWanted, isNear = () => true } = wanted
  const missing = columns.find((name) => !spec.columns.some((column) => column.name === name))
  if (missing !== undefined) throw refuse('execution.columns', { dataset: spec.dataset, column: missing })
  const known = new Map<string, KnownRow & { knownAt: Micros }>()
  for await (const batch of log.readStream(`data-${spec.dataset}`)) {
    for (const event of batch) {
      if (!isEvent(RowsArrived, event)) continue
      for (const ref of event.chunks.filter(isNear)) {
        const rows = await getRows(chunks, ref)
        const values = columns.map((name) => columnOf(rows, name))
        for (let row = 0; row < rows.length; row++) {
          const entity = rows.entities[rows.entity[row]]
          if (!isWanted(entity)) continue
          const [at, knownAt] = [rows.eventTime[row], rows.knownAt[row]]
          const key = `${at} ${entity}`
          if (knownAt < (known.get(key)?.knownAt ?? Number.NEGATIVE_INFINITY)) continue
          const told = values.map((column) => column?.[row] ?? Number.NaN)
          known.set(key, { entity, at, knownAt, values: told })
        }
      }
    }
  }
  return [...known.values()].sort((one, other) => one.at - other.at)
}
