/** `asof features restated`: of every correction that the log has, which training sets, runs, approvals and predictions used a value from before it. */
import { nameOf } from '../../projections/lineage/places.ts'
import type { Moment } from '../../projections/runner.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { type Ground, groundAt, type Readable } from './ground.ts'
import { type Affected, affected, correctedBy } from './impact.ts'
import { onlyThese, placesOf } from './narrowed.ts'
import { arrivalsOf, type Told } from './rows.ts'

export type Restated = Readonly<{
  dataset: string
  /** Arrivals that corrected or took back rows, and how many rows. */
  arrivals: readonly Readonly<{ source: string; position: Position; rows: number }>[]
  rows: number
  /** What rests on values that have since been corrected. */
  used: readonly Affected[]
}>

/** @param wanted one data set; all of them where it is null */
export async function restatedIn(
  archive: Readable,
  wanted: string | null,
  moment: Moment,
): Promise<readonly Restated[]> {
  const ground = await groundAt(archive, moment)
  const found: Restated[] = []
  for (const key of ground.places.keysOf(RowsArrived.type)) {
    const dataset = nameOf(key)
    if (wanted !== null && dataset !== wanted) continue
    const restated = await restatedOf(ground, dataset)
    if (restated.arrivals.length > 0) found.push(restated)
  }
  return found
}

async function restatedOf(ground: Ground, dataset: string): Promise<Restated> {
  const key = arrivalsOf(dataset)
  const arrivals: { source: string; position: Position; rows: number }[] = []
  const changed: Told[] = []
  const older: Told[] = []
  for (const [index, position] of ground.places.series(key).position.entries()) {
    const event = await ground.event(position)
    if (!isEvent(RowsArrived, event)) continue
    const { source, rowsRevised, rowsWithdrawn } = event.data
    if (rowsRevised + rowsWithdrawn === 0) continue
    const { told } = await correctedBy(ground, { key, index })
    const corrections = told.filter((versions) => versions.length > 1)
    arrivals.push({ source, position, rows: corrections.length })
    changed.push(...corrections.flat())
    for (const [, ...before] of corrections) older.push(...before)
  }
  const rows = arrivals.reduce((sum, one) => sum + one.rows, 0)
  if (older.length === 0) return { dataset, arrivals, rows, used: [] }
  const places = await onlyThese(ground, { kind: 'row', dataset }, changed)
  return { dataset, arrivals, rows, used: affected(places, placesOf(older)) }
}
