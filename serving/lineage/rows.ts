/** Rows and cells: which arrival or values told one, and what a cell's window holds. They are read from chunks when they are asked for. */
import type { Place } from '../../projections/lineage/places.ts'
import type { Position } from '../../schemas/envelope.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { ValuesComputed } from '../../schemas/events/feature.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { Ground } from './ground.ts'
import type { Node } from './node.ts'

/** A row as one event told it. */
export type Told = Readonly<{
  place: Place
  position: Position
  eventTime: Micros
  knownAt: Micros
  hash: Digest
  values: Readonly<Record<string, number>>
}>

/** What is looked for: an entity's rows that this says yes to. */
type Wanted = Readonly<{ entity: string; from: Micros; to: Micros }>

/** A series of tables: arrivals of a data set, or values of a set. */
export const arrivalsOf = (dataset: string): string => `${RowsArrived.type} ${dataset}`
export const valuesOf = (set: string): string => `${ValuesComputed.type} ${set}`

/** The rows of an entity within two event times (inclusive), as each event told them, in log order; what is not yet known is left out. */
export async function toldOf(
  ground: Ground,
  key: string,
  { entity, from, to }: Wanted,
): Promise<readonly Told[]> {
  const { eventFrom = [], eventTo = [], position } = ground.places.series(key)
  const found: Told[] = []
  for (const [index, at] of position.entries()) {
    if (eventTo[index] < from || eventFrom[index] > to) continue
    for (const { hash, rows } of await ground.tables(at, from === to ? from : undefined))
      for (const told of rowsIn(rows, { entity, from, to }, ground.moment.knownAt))
        found.push({ place: { key, index }, position: at, hash, ...told })
  }
  return found
}

function* rowsIn(
  rows: Rows,
  { entity, from, to }: Wanted,
  knownBy: Micros = Number.POSITIVE_INFINITY,
): Iterable<Pick<Told, 'eventTime' | 'knownAt' | 'values'>> {
  const wanted = rows.entities.indexOf(entity)
  if (wanted < 0) return
  for (let row = 0; row < rows.length; row++) {
    const eventTime = rows.eventTime[row]
    const knownAt = rows.knownAt[row]
    if (rows.entity[row] !== wanted || eventTime < from || eventTime > to || knownAt > knownBy) continue
    const values = Object.fromEntries(rows.columns.map(({ name, values: column }) => [name, column[row]]))
    yield { eventTime, knownAt, values }
  }
}

/** The newest price of an instrument that was known by a moment, of arrivals before a position; null where there is none. */
export async function priceAt(
  ground: Ground,
  dataset: string,
  { entity, knownBy, before }: Readonly<{ entity: string; knownBy: Micros; before: Position }>,
): Promise<Told | null> {
  const key = arrivalsOf(dataset)
  const { eventTo = [] } = ground.places.series(key)
  const count = ground.places.countBefore(key, before)
  const order = Array.from({ length: count }, (_, index) => index).sort(
    (a, b) => eventTo[b] - eventTo[a] || b - a,
  )
  let best: Told | null = null
  for (const index of order) {
    if (best !== null && eventTo[index] < best.eventTime) break
    const position = ground.places.positionOf({ key, index })
    for (const { hash, rows } of await ground.tables(position))
      for (const told of rowsIn(rows, { entity, from: Number.NEGATIVE_INFINITY, to: knownBy }, knownBy)) {
        if (best === null || isNewer({ position, ...told }, best))
          best = { place: { key, index }, position, hash, ...told }
      }
  }
  return best
}

type Age = Pick<Told, 'eventTime' | 'knownAt' | 'position'>

/** Of the greatest event time; of one event time what was known last; of one moment what stands last in the log. */
export function isNewer(a: Age, b: Age): boolean {
  if (a.eventTime !== b.eventTime) return a.eventTime > b.eventTime
  return a.knownAt === b.knownAt ? a.position > b.position : a.knownAt > b.knownAt
}

/** A row or a cell as it is shown. */
export async function rowNode(ground: Ground, noun: 'row' | 'cell', name: string, told: Told): Promise<Node> {
  const { actor } = await ground.event(told.position)
  return {
    noun,
    name: `${name} = ${Object.entries(told.values)
      .map(([column, value]) => (Number.isNaN(value) ? `${column} missing` : `${column} ${value}`))
      .join(', ')}`,
    position: told.position,
    eventTime: told.eventTime,
    knownTime: told.knownAt,
    who: actor,
    hash: told.hash,
    content: null,
    problems: [],
  }
}

export const rowName = (of: string, entity: string, at: Micros): string =>
  `${of}/${entity}/${formatMoment(at)}`
