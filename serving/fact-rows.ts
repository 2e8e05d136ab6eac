/** The rows of a data set as they were known at a moment: of each the newest knowledge, and none that had been taken back. */
import type { Moment } from '../projections/runner.ts'
import { isEvent } from '../schemas/event.ts'
import { DatasetDeclared, RowsArrived } from '../schemas/events/data.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { cellOf } from '../schemas/rows.ts'
import { getRows } from '../streams/log/tables.ts'
import type { Archive } from './archive.ts'

type Cell = ReturnType<typeof cellOf>
export type FactRow = Readonly<{
  entity: string
  eventTime: Micros
  knownAt: Micros
  /** The log position of the arrival that told it. */
  position: number
  cells: Readonly<Record<string, Cell>>
}>

/**
 * @param asked.entity one alone, or all
 * @returns the newest event times first
 * @throws Refusal `data.unknown-dataset`, `chunk.*`
 */
export async function factRowsAsOf(
  { log, chunks }: Pick<Archive, 'log' | 'chunks'>,
  asked: Readonly<{ dataset: string; entity?: string | undefined; limit: number }>,
  { knownAt = Number.POSITIVE_INFINITY, position: cut = Number.POSITIVE_INFINITY, confirmed = cut }: Moment,
): Promise<readonly FactRow[]> {
  const { dataset, entity, limit } = asked
  const shown = new Map<string, FactRow | Readonly<{ knownAt: Micros; gone: true }>>()
  let key: readonly string[] | null = null
  for await (const batch of log.readStream(`data-${dataset}`)) {
    for (const event of batch) {
      if (event.position > Math.min(cut, confirmed)) continue
      if (isEvent(DatasetDeclared, event)) key = event.data.rows.key
      if (!isEvent(RowsArrived, event)) continue
      for (const ref of event.chunks) {
        const rows = await getRows(chunks, ref)
        for (let row = 0; row < rows.length; row++) {
          const name = rows.entities[rows.entity[row]]
          if (rows.knownAt[row] > knownAt || (entity !== undefined && name !== entity)) continue
          const cells = Object.fromEntries(rows.columns.map((column) => [column.name, cellOf(column, row)]))
          const own = [name, rows.eventTime[row], ...(key ?? []).map((column) => String(cells[column]))].join(
            '\u0000',
          )
          if ((shown.get(own)?.knownAt ?? Number.NEGATIVE_INFINITY) > rows.knownAt[row]) continue
          const known = { knownAt: rows.knownAt[row], position: event.position }
          if (rows.withdrawn?.[row] === 1) shown.set(own, { ...known, gone: true })
          else shown.set(own, { entity: name, eventTime: rows.eventTime[row], ...known, cells })
        }
      }
    }
  }
  if (key === null) throw refuse('data.unknown-dataset', { dataset })
  const found = [...shown.values()].flatMap((one) => ('gone' in one ? [] : [one]))
  const byName = (a: FactRow, b: FactRow) => (a.entity < b.entity ? -1 : a.entity > b.entity ? 1 : 0)
  return found.sort((a, b) => b.eventTime - a.eventTime || byName(a, b)).slice(0, limit)
}
