/** `asof lineage --impact`: what rests on values that were corrected, and what rests on the correction. */
import { downFromEach, type Reached } from '../../projections/lineage/closure.ts'
import { nounOf } from '../../projections/lineage/kinds.ts'
import { nameOf, type Place, type Places, typeOf } from '../../projections/lineage/places.ts'
import type { Moment } from '../../projections/runner.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { ValuesComputed } from '../../schemas/events/feature.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { type Ground, groundAt, type Readable } from './ground.ts'
import { onlyThese, placesOf } from './narrowed.ts'
import { arrivalsOf, isNewer, type Told } from './rows.ts'
import { thingOf } from './thing.ts'
import { rangesOf } from './tree.ts'

export type Impact = Readonly<{
  view: 'lineage'
  correction: string
  position: Position
  digest: string
  /** How many rows were corrected. */
  rows: number
  /** What was computed again, of each feature set, when the correction arrived. */
  values: readonly Readonly<{ set: string; rows: number; position: Position }>[]
  replaced: readonly Affected[]
  corrected: readonly Affected[]
}>

export type Affected = Readonly<{
  noun: string
  /** How many rest on it for sure, and how many at most. */
  sure: number
  atMost: number
  /** Whose they are: runs, models, sets. */
  names: readonly string[]
  positions: readonly (readonly [from: Position, to: Position])[]
}>

/** A later arrival is held against an earlier one; the values that it brings are its own. */
const WITHOUT = new Set([RowsArrived.type])

/** @throws Refusal `lineage.*`, `moment.*` */
export async function impactOf(archive: Readable, text: string, moment: Moment): Promise<Impact> {
  const ground = await groundAt(archive, moment)
  const thing = await thingOf(ground, text)
  const { dataset, told } =
    thing.kind === 'row'
      ? { dataset: thing.dataset, told: [thing.told.toSorted((a, b) => (isNewer(a, b) ? -1 : 1))] }
      : thing.kind === 'event'
        ? await correctedBy(ground, thing.places[0])
        : { dataset: '', told: [] }
  const changed = told.filter((versions) => versions.length > 1)
  if (changed.length === 0) {
    const position = thing.kind === 'event' ? ground.places.positionOf(thing.places[0]) : ground.position
    const why =
      thing.kind === 'row' ? `${thing.name} arrived once` : 'none of its rows contradicts an earlier one'
    throw refuse('lineage.no-correction', { position, why })
  }
  const places = await onlyThese(ground, { kind: 'row', dataset }, changed.flat())
  const newest = changed.map(([first]) => first)
  const older = changed.flatMap(([, ...rest]) => rest)
  const [replaced, corrected] = affectedByEach(places, [placesOf(older), placesOf(newest)])
  return {
    ...{ view: 'lineage', correction: thing.name, position: ground.position, digest: ground.digest },
    rows: changed.length,
    values: await recomputed(ground, newest),
    ...{ replaced, corrected },
  }
}

/** The rows of an arrival that had arrived before, each with its tellings up to this one, the newest first. */
export async function correctedBy(ground: Ground, place: Place) {
  const position = ground.places.positionOf(place)
  const event = await ground.event(position)
  if (!isEvent(RowsArrived, event))
    throw refuse('lineage.no-correction', {
      position,
      why: `it is ${nounOf(event.type)} and no data arrival`,
    })
  const { dataset, rowsRevised, rowsWithdrawn } = event.data
  if (rowsRevised + rowsWithdrawn === 0) return { dataset, told: [] }
  const key = arrivalsOf(dataset)
  const told = new Map<string, Told[]>()
  const { eventFrom, eventTo } = ground.places.series(key)
  for (let index = place.index; index >= 0; index--) {
    if (eventTo[index] < eventFrom[place.index] || eventFrom[index] > eventTo[place.index]) continue
    const at = ground.places.positionOf({ key, index })
    for (const { hash, rows } of await ground.tables(at))
      for (let row = 0; row < rows.length; row++) {
        const [eventTime, knownAt] = [rows.eventTime[row], rows.knownAt[row]]
        const cell = `${rows.entities[rows.entity[row]]} ${eventTime}`
        if (index !== place.index && !told.has(cell)) continue
        const one = { place: { key, index }, position: at, eventTime, knownAt, hash, values: {} }
        told.set(cell, [...(told.get(cell) ?? []), one])
      }
  }
  return { dataset, told: [...told.values()] }
}

async function recomputed(ground: Ground, newest: readonly Told[]): Promise<Impact['values']> {
  const causes = new Set(newest.map(({ position }) => position))
  const values: { set: string; rows: number; position: Position }[] = []
  for (const key of ground.places.keysOf(ValuesComputed.type)) {
    const { cause, position } = ground.places.series(key)
    for (const [index, at] of cause.entries()) {
      if (!causes.has(at)) continue
      const event = await ground.event(position[index])
      if (isEvent(ValuesComputed, event))
        values.push({ set: nameOf(key), rows: event.data.rows, position: event.position })
    }
  }
  return values
}

/** What rests on some events: at most, and for sure. */
export const affected = (places: Places, seeds: readonly Place[]): readonly Affected[] =>
  affectedByEach(places, [seeds])[0]

function affectedByEach(
  places: Places,
  parts: readonly (readonly Place[])[],
): readonly (readonly Affected[])[] {
  const asked = parts.flatMap((seeds) => [false, true].map((exact) => ({ seeds, exact, without: WITHOUT })))
  const found = downFromEach(places, asked)
  return parts.map((_, i) => counted(places, found[2 * i], found[2 * i + 1]))
}

function counted(places: Places, reached: Reached, sure: Reached): readonly Affected[] {
  const byType = new Map<string, { names: Set<string>; positions: Position[]; sure: number }>()
  const of = (key: string) => {
    const type = typeOf(key)
    const found = byType.get(type) ?? { names: new Set(), positions: [], sure: 0 }
    byType.set(type, found)
    return found
  }
  for (const { key, indices } of reached.series()) {
    const found = of(key)
    found.names.add(nameOf(key))
    for (const index of indices) found.positions.push(places.positionOf({ key, index }))
  }
  for (const { key, count } of sure.counts()) of(key).sure += count
  return [...byType]
    .map(([type, found]) => ({
      noun: nounOf(type),
      sure: found.sure,
      atMost: found.positions.length,
      names: [...found.names].sort(),
      positions: rangesOf(found.positions),
    }))
    .sort((a, b) => a.positions[0][0] - b.positions[0][0])
}
