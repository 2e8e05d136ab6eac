/** Cuts arranged rows into tables of a bounded size. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Rows } from '../../schemas/rows.ts'
import { SLICE_ROWS } from '../log/tables.ts'
import type { Arranged } from './arrange.ts'
import type { Staging } from './staging.ts'

/** The good rows in order, in slices; each names only the entities that it has rows of. */
export function* slicesOf(
  rows: Staging,
  arranged: Arranged,
  columns: DatasetSpec['columns'],
): Generator<Rows> {
  for (let from = 0; from < arranged.order.length; from += SLICE_ROWS) {
    const order = arranged.order.subarray(from, from + SLICE_ROWS)
    const eventTime = new Float64Array(order.length)
    const knownAt = new Float64Array(order.length)
    for (let index = 0; index < order.length; index++) {
      const at = order[index]
      eventTime[index] = arranged.eventTime(at)
      knownAt[index] = arranged.knownAt(at)
    }
    yield {
      length: order.length,
      ...entitiesOf(order, arranged),
      eventTime,
      knownAt,
      columns: rows.values.map((values, column) => ({
        name: columns[column]?.name ?? '',
        values: gathered(values, order),
      })),
    }
  }
}

function gathered(values: Float64Array, order: Uint32Array): Float64Array {
  const out = new Float64Array(order.length)
  for (let index = 0; index < order.length; index++) out[index] = values[order[index]]
  return out
}

function entitiesOf(order: Uint32Array, arranged: Arranged): Pick<Rows, 'entities' | 'entity'> {
  const entity = new Uint32Array(order.length)
  const place = new Uint32Array(arranged.entities.length)
  for (let index = 0; index < order.length; index++) {
    const rank = arranged.rankOf(order[index])
    entity[index] = rank
    place[rank] = 1
  }
  const entities = arranged.entities.filter((_, rank) => place[rank] === 1)
  if (entities.length < arranged.entities.length) {
    let next = 0
    for (let rank = 0; rank < place.length; rank++) if (place[rank] === 1) place[rank] = next++
    for (let index = 0; index < entity.length; index++) entity[index] = place[entity[index]]
  }
  return { entities, entity }
}
