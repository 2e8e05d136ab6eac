/** Cuts arranged rows into tables of a bounded size, a table into what tells its rows apart and one column after the other. */
import { assert } from '../../schemas/kernel/assert.ts'
import { type Rows, sliceRowsOf } from '../../schemas/rows.ts'
import type { Arranged } from './arrange.ts'
import type { SlicedColumn } from './sliced.ts'
import type { Staging } from './staging.ts'

type Cut = Readonly<{ rows: Staging; arranged: Arranged }>

function orderIn({ rows, arranged }: Cut, slice: number): Uint32Array {
  const length = sliceRowsOf(rows.values.length)
  return arranged.order.subarray(slice * length, (slice + 1) * length)
}

/** A slice without its values; it names only the entities that it has rows of. */
export function keysIn(cut: Cut, slice: number): Omit<Rows, 'columns'> {
  const { arranged } = cut
  const order = orderIn(cut, slice)
  return {
    length: order.length,
    ...entitiesOf(order, arranged),
    eventTime: gathered(order, arranged.eventTime),
    knownAt: gathered(order, arranged.knownAt),
  }
}

/** @param placeOf a text's place in the column, by what is staged; -1 where a value is itself */
export function columnIn(
  cut: Cut,
  slice: number,
  { column, placeOf }: Readonly<{ column: number; placeOf: (staged: number) => number }>,
): SlicedColumn {
  const staged = cut.rows.values[column]
  assert(staged !== undefined, `there is a column ${column}`)
  const values = gathered(orderIn(cut, slice), (at) => staged[at])
  const texts = new Map<number, string>()
  const told = cut.rows.texts[column].texts
  if (told.length === 0) return { values, texts }
  for (const value of values) {
    const place = placeOf(value)
    if (place >= 0) texts.set(value, told[place])
  }
  return { values, texts }
}

function gathered(order: Uint32Array, valueAt: (at: number) => number): Float64Array {
  const out = new Float64Array(order.length)
  for (let index = 0; index < order.length; index++) out[index] = valueAt(order[index])
  return out
}

/** In time that depends on the slice, however many entities the file has. */
function entitiesOf(order: Uint32Array, { entities, rankOf }: Arranged): Pick<Rows, 'entities' | 'entity'> {
  const entity = new Uint32Array(order.length)
  const place = new Uint32Array(entities.length)
  const seen: number[] = []
  for (let index = 0; index < order.length; index++) {
    const rank = rankOf(order[index])
    entity[index] = rank
    if (place[rank] === 0) seen.push(rank)
    place[rank] = 1
  }
  const ranks = Uint32Array.from(seen).sort()
  for (let at = 0; at < ranks.length; at++) place[ranks[at]] = at
  for (let index = 0; index < entity.length; index++) entity[index] = place[entity[index]]
  return { entities: Array.from(ranks, (rank) => entities[rank]), entity }
}
