/**
 * The join that looks ahead: for a moment the newest row by its event time alone, in its newest form, whenever that became known. It is what
 * feature stores without a knowledge time answer. Nothing is trained or decided on it: it is made to be held against what was known.
 */
import { PointInTime } from '../../projections/feature/point-in-time.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'

type Of = Pick<PointInTime, 'features' | 'stalenessMicros'>

/** Of one entity and event time what is newest: a row of a table. */
type Newest = { table: number; row: number; knownAt: Micros; isGone: boolean }

/** @param tables in log order @param knownBy what became known later is hidden */
export function asKnownToday(of: Of, tables: readonly Rows[], knownBy: Micros): PointInTime {
  const newest = new Map<string, Map<Micros, Newest>>()
  for (const [table, rows] of tables.entries()) {
    const own = rows.entities.map((name) => {
      const found = newest.get(name) ?? new Map<Micros, Newest>()
      newest.set(name, found)
      return found
    })
    for (let row = 0; row < rows.length; row++) {
      const [eventTime, knownAt] = [rows.eventTime[row], rows.knownAt[row]]
      if (knownAt > knownBy) continue
      const times = own[rows.entity[row]]
      const before = times.get(eventTime)
      if (before !== undefined && before.knownAt > knownAt) continue
      times.set(eventTime, { table, row, knownAt, isGone: rows.withdrawn?.[row] === 1 })
    }
  }
  const index = new PointInTime(of)
  index.add(tableOf(of, tables, newest), 1)
  return index
}

/** Each row as if it had been known when it happened. */
function tableOf(
  { features }: Of,
  tables: readonly Rows[],
  newest: ReadonlyMap<string, ReadonlyMap<Micros, Newest>>,
): Rows {
  const entities = [...newest.keys()].sort()
  const kept = entities.flatMap((name, place) =>
    [...(newest.get(name) ?? [])]
      .filter(([, { isGone }]) => !isGone)
      .sort(([a], [b]) => a - b)
      .map(([eventTime, { table, row }]) => ({ place, eventTime, table, row })),
  )
  const sources = tables.map(({ columns }) =>
    features.map((name) => columns.find((column) => column.name === name)?.values ?? new Float64Array()),
  )
  const eventTime = Float64Array.from(kept, (one) => one.eventTime)
  return {
    length: kept.length,
    entities,
    entity: Uint32Array.from(kept, ({ place }) => place),
    eventTime,
    knownAt: eventTime,
    columns: features.map((name, column) => ({
      name,
      values: Float64Array.from(kept, ({ table, row }) => sources[table][column][row] ?? Number.NaN),
    })),
  }
}
