/** Staged rows by what they are about: the instrument that a symbol stood for on the row's session, by the listings. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { datasetSessions } from '../calendar/dataset-sessions.ts'
import { entitiesBy } from './listings.ts'
import { reasonCode } from './rejects.ts'
import { BEAT_ROWS } from './room.ts'
import type { Staging } from './staging.ts'

const NOT_LISTED = reasonCode('entity.not-listed')

/** For each row of the staging a code into the names; of rows that have failed it means nothing. */
export type Identified = Readonly<{ entity: Uint32Array; names: readonly string[] }>

/**
 * Marks the rows whose name belongs to another symbol on their session. The staging keeps what the file says, by which a
 * rejected cell is found again.
 * @throws Refusal `listing.overlap`, `calendar.outside`
 */
export function identified(rows: Staging, spec: DatasetSpec): Identified {
  const { texts } = rows.names
  if (spec.listings.length === 0) return { entity: rows.entity, names: texts }
  const entityOf = entitiesBy(spec.listings)
  const sessions = datasetSessions(spec)
  const sessionOf = new Float64Array(rows.times.read.length).fill(Number.NaN)
  const names: string[] = []
  const codes = new Map<string, number>()
  const entity = new Uint32Array(rows.length)
  for (let at = 0; at < rows.length; at++) {
    if (at % BEAT_ROWS === 0) rows.room.alive()
    if (rows.fault[at] !== 0) continue
    const time = rows.time[at]
    if (Number.isNaN(sessionOf[time])) sessionOf[time] = sessions.of(rows.times.read[time].at)
    const name = entityOf(texts[rows.entity[at]], sessionOf[time])
    if (name === null) {
      rows.fault[at] = NOT_LISTED
      continue
    }
    entity[at] = codes.get(name) ?? names.push(name) - 1
    codes.set(name, entity[at])
  }
  return { entity, names }
}
