/** What an OMS sent back, as it is known last: its fills and its statements, out of the data sets that hold them. */

import type { ChunkRef } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { getRows } from '../../streams/log/tables.ts'
import type { Archive } from '../archive.ts'

type Readable = Pick<Archive, 'log' | 'chunks'>

export type KnownRow = Readonly<{ entity: string; at: Micros; values: readonly number[] }>

/**
 * The rows of a data set, one for each entity, event time and key: what was told last of it, and none that was taken back.
 * @param isWanted which entities
 * @param isOnce an entity is something that happened once, such as a fill: told of another time it is the same one, corrected
 * @throws Refusal `execution.columns` where the data set lacks one of the columns
 */
export async function knownRows(
  { log, chunks }: Readable,
  spec: DatasetSpec,
  wanted: Readonly<{
    columns: readonly string[]
    isWanted: (entity: string) => boolean
    isNear?: (ref: ChunkRef) => boolean
    isOnce?: boolean
  }>,
): Promise<readonly KnownRow[]> {
  const { columns, isWanted, isNear = () => true, isOnce = false } = wanted
  const missing = columns.find((name) => !spec.columns.some((column) => column.name === name))
  if (missing !== undefined) throw refuse('execution.columns', { dataset: spec.dataset, column: missing })
  const known = new Map<string, Known>()
  for await (const batch of log.readStream(`data-${spec.dataset}`)) {
    for (const event of batch) {
      if (!isEvent(RowsArrived, event)) continue
      for (const ref of event.chunks.filter(isNear)) {
        const rows = await getRows(chunks, ref)
        const values = columns.map((name) => columnOf(rows, name))
        const keyOf = keyIn(rows, spec)
        for (let row = 0; row < rows.length; row++) {
          const entity = rows.entities[rows.entity[row]]
          if (!isWanted(entity)) continue
          const [at, knownAt] = [rows.eventTime[row], rows.knownAt[row]]
          const name = keyOf(row)
          const key = `${at} ${name}`
          if (knownAt < (known.get(key)?.knownAt ?? Number.NEGATIVE_INFINITY)) continue
          const told = values.map((column) => column?.[row] ?? Number.NaN)
          known.set(key, { entity, name, at, knownAt, values: told, isGone: rows.withdrawn?.[row] === 1 })
        }
      }
    }
  }
  const there = [...known.values()].filter(({ isGone }) => !isGone).sort((one, other) => one.at - other.at)
  return isOnce ? newestOf(there) : there
}

type Known = KnownRow & Readonly<{ name: string; knownAt: Micros; isGone: boolean }>

/** Of each name the row that became known last. */
function newestOf(rows: readonly Known[]): readonly Known[] {
  const newest = new Map<string, Known>()
  for (const row of rows)
    if (row.knownAt >= (newest.get(row.name)?.knownAt ?? Number.NEGATIVE_INFINITY)) newest.set(row.name, row)
  return rows.filter((row) => newest.get(row.name) === row)
}

/** What tells rows of one event time apart: their entity, and the columns that the data set declares for it. */
function keyIn(rows: Rows, { rows: { key } }: DatasetSpec): (row: number) => string {
  const columns = key.flatMap((name) => rows.columns.find((column) => column.name === name) ?? [])
  return (row) =>
    [
      rows.entities[rows.entity[row]],
      ...columns.map(({ values, integers }) => String(integers?.[row] ?? values[row])),
    ].join('\u0000')
}
