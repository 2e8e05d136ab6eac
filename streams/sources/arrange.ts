/** Puts good staged rows into the one order that does not depend on the file's own. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { firstAtLeast } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type SortKey, sortedByAll } from './counting-sort.ts'
import type { Identified } from './identified.ts'
import { reasonCode } from './rejects.ts'
import { BEAT_ROWS, type Room } from './room.ts'
import { rowKeys } from './row-keys.ts'
import type { Moments, Staging } from './staging.ts'

const KEY_CONFLICT = reasonCode('key.conflict')

export type Arranged = Readonly<{
  /** Places of the good rows in the staging, ordered by (knownAt, eventTime, entity, declared key). */
  order: Uint32Array
  /** The entities in code-unit order, and for each row of the staging the place of its entity there, as far as it is good. */
  entities: readonly string[]
  rankOf: (at: number) => number
  /** For each row of the staging, as far as it is good. */
  eventTime: (at: number) => Micros
  knownAt: (at: number) => Micros
  /** Later copies of a row that say the same. */
  duplicateRows: number
  /** Good rows that stand behind a later time of the same entity in the file. */
  outOfOrderRows: number
}>

type Asked = Readonly<{ spec: DatasetSpec; receivedAt: Micros; identified: Identified }>

/** Orders the rows without a fault, and marks those that contradict another. A function of the staged rows alone. */
export function arrange(rows: Staging, { spec, receivedAt, identified }: Asked): Arranged {
  const { knownAt } = spec
  const event = momentsIn(rows.times)
  const known = momentsIn(rows.knowns)
  const clocks: Clocks = {
    eventTime: (at) => event[rows.time[at]],
    knownAt:
      knownAt.kind === 'observed'
        ? () => receivedAt
        : knownAt.kind === 'lag'
          ? (at) => event[rows.time[at]] + knownAt.lagMicros
          : (at) => known[rows.known[at]],
  }
  const declared = knownAt.kind === 'declared'
  const { entity, names } = identified
  const { entities, rankOfEntity } = rankEntities(names, rows.room)
  const outOfOrderRows = countOutOfOrder(rows, clocks, identified)
  const own = rowKeys(rows, spec)
  const order = orderOf(rows, { entity, event, known, rankOfEntity, declared, own })
  const { kept, duplicateRows } = dropDuplicates(rows, order, { ...clocks, entity, own })
  const rankOf = (at: number): number => rankOfEntity[entity[at]]
  return { order: kept, entities, rankOf, ...clocks, duplicateRows, outOfOrderRows }
}

function momentsIn({ read }: Moments): Float64Array {
  const moments = new Float64Array(read.length)
  for (let code = 0; code < read.length; code++) moments[code] = read[code].at
  return moments
}

type Clocks = Readonly<{ eventTime: (at: number) => Micros; knownAt: (at: number) => Micros }>

/** Without a set or a map: there may be millions. */
function rankEntities(names: readonly string[], { alive }: Room) {
  let compared = 0
  const order = new Uint32Array(names.length).map((_, code) => code)
  order.sort((a, b) => {
    if (++compared % BEAT_ROWS === 0) alive()
    return byCodeUnit(names[a], names[b])
  })
  const entities: string[] = []
  const rankOfEntity = new Uint32Array(names.length)
  for (const code of order) {
    if (entities.length % BEAT_ROWS === 0) alive()
    if (names[code] !== entities.at(-1)) entities.push(names[code])
    rankOfEntity[code] = entities.length - 1
  }
  return { entities, rankOfEntity }
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function countOutOfOrder(rows: Staging, clocks: Clocks, identified: Identified): number {
  const latest = new Float64Array(identified.names.length).fill(Number.NEGATIVE_INFINITY)
  let count = 0
  for (let at = 0; at < rows.length; at++) {
    if (at % BEAT_ROWS === 0) rows.room.alive()
    if (rows.fault[at] !== 0) continue
    const entity = identified.entity[at]
    const eventTime = clocks.eventTime(at)
    if (eventTime < latest[entity]) count++
    else latest[entity] = eventTime
  }
  return count
}

type Keys = Readonly<{
  entity: Uint32Array
  event: Float64Array
  known: Float64Array
  rankOfEntity: Uint32Array
  declared: boolean
  own: readonly SortKey[]
}>

/** Least significant key first, each pass stable. Where `knownAt` is not declared it follows from the event time. */
function orderOf(rows: Staging, keys: Keys): Uint32Array {
  let good = 0
  const order = new Uint32Array(rows.length)
  for (let at = 0; at < rows.length; at++) if (rows.fault[at] === 0) order[good++] = at
  const passes: SortKey[] = [
    ...keys.own.toReversed(),
    { codes: keys.entity, rankOf: keys.rankOfEntity },
    { codes: rows.time, rankOf: rankNumbers(keys.event, rows.room) },
  ]
  if (keys.declared) passes.push({ codes: rows.known, rankOf: rankNumbers(keys.known, rows.room) })
  return sortedByAll(order.subarray(0, good), passes, rows.room.alive)
}

/** Dense ranks of numbers, equal numbers having equal ranks. */
function rankNumbers(numbers: Float64Array, { alive }: Room): Uint32Array {
  const sorted = numbers.toSorted()
  let count = 0
  for (const number of sorted) if (count === 0 || number !== sorted[count - 1]) sorted[count++] = number
  const distinct = sorted.subarray(0, count)
  const ranks = new Uint32Array(numbers.length)
  for (let code = 0; code < ranks.length; code++) {
    if (code % BEAT_ROWS === 0) alive()
    ranks[code] = firstAtLeast(distinct, numbers[code])
  }
  return ranks
}

/** Of equal keys the first line is kept: a later one that says the same is counted, another one is a conflict. */
type Identity = Clocks & Pick<Identified, 'entity'> & Pick<Keys, 'own'>

function dropDuplicates(rows: Staging, order: Uint32Array, identity: Identity) {
  let kept = 0
  let duplicateRows = 0
  for (let index = 0; index < order.length; index++) {
    if (index % BEAT_ROWS === 0) rows.room.alive()
    const at = order[index]
    const first = kept === 0 ? -1 : order[kept - 1]
    if (first < 0 || !sameKey(identity, [first, at])) order[kept++] = at
    else if (rows.values.every((column) => Object.is(column[first], column[at]))) duplicateRows++
    else rows.fault[at] = KEY_CONFLICT
  }
  return { kept: order.subarray(0, kept), duplicateRows }
}

const sameKey = ({ entity, eventTime, knownAt, own }: Identity, [a, b]: readonly [number, number]): boolean =>
  entity[a] === entity[b] &&
  eventTime(a) === eventTime(b) &&
  knownAt(a) === knownAt(b) &&
  own.every(({ codes }) => codes[a] === codes[b])
