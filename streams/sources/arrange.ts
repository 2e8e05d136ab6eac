/** Puts good staged rows into the one order that does not depend on the file's own. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type SortKey, sortedByAll } from './counting-sort.ts'
import type { Identified } from './identified.ts'
import { reasonCode } from './rejects.ts'
import { NONE, type Staging } from './staging.ts'

const KEY_CONFLICT = reasonCode('key.conflict')

export type Arranged = Readonly<{
  /** Places of the good rows in the staging, ordered by (knownAt, eventTime, entity). */
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

type Asked = Readonly<{ knownAt: DatasetSpec['knownAt']; receivedAt: Micros; identified: Identified }>

/** Orders the rows without a fault, and marks those that contradict another. A function of the staged rows alone. */
export function arrange(rows: Staging, { knownAt, receivedAt, identified }: Asked): Arranged {
  const event = Float64Array.from(rows.times.read, (read) => read.at)
  const known = Float64Array.from(rows.knowns.read, (read) => read.at)
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
  const { entities, rankOfEntity } = rankEntities(names)
  const outOfOrderRows = countOutOfOrder(rows, clocks, identified)
  const order = orderOf(rows, { entity, event, known, rankOfEntity, declared })
  const { kept, duplicateRows } = dropDuplicates(rows, order, { ...clocks, entity })
  const rankOf = (at: number): number => rankOfEntity[entity[at]]
  return { order: kept, entities, rankOf, ...clocks, duplicateRows, outOfOrderRows }
}

type Clocks = Readonly<{ eventTime: (at: number) => Micros; knownAt: (at: number) => Micros }>

function rankEntities(names: readonly string[]) {
  const entities = [...new Set(names)].sort(byCodeUnit)
  const rankOf = new Map(entities.map((name, rank) => [name, rank]))
  return { entities, rankOfEntity: Uint32Array.from(names, (name) => rankOf.get(name) ?? NONE) }
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function countOutOfOrder(rows: Staging, clocks: Clocks, identified: Identified): number {
  const latest = new Float64Array(identified.names.length).fill(Number.NEGATIVE_INFINITY)
  let count = 0
  for (let at = 0; at < rows.length; at++) {
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
}>

/** Least significant key first, each pass stable. Where `knownAt` is not declared it follows from the event time. */
function orderOf(rows: Staging, keys: Keys): Uint32Array {
  let good = 0
  const order = new Uint32Array(rows.length)
  for (let at = 0; at < rows.length; at++) if (rows.fault[at] === 0) order[good++] = at
  const passes: SortKey[] = [
    { codes: keys.entity, rankOf: keys.rankOfEntity },
    { codes: rows.time, rankOf: rankNumbers(keys.event) },
  ]
  if (keys.declared) passes.push({ codes: rows.known, rankOf: rankNumbers(keys.known) })
  return sortedByAll(order.subarray(0, good), passes)
}

/** Dense ranks of numbers, equal numbers having equal ranks. */
function rankNumbers(numbers: Float64Array): Uint32Array {
  const rankOf = new Map([...new Set(numbers.toSorted())].map((number, rank) => [number, rank]))
  return Uint32Array.from(numbers, (number) => rankOf.get(number) ?? NONE)
}

/** Of equal keys the first line is kept: a later one that says the same is counted, another one is a conflict. */
type Identity = Clocks & Pick<Identified, 'entity'>

function dropDuplicates(rows: Staging, order: Uint32Array, identity: Identity) {
  let kept = 0
  let duplicateRows = 0
  for (const at of order) {
    const first = kept === 0 ? -1 : order[kept - 1]
    if (first < 0 || !sameKey(identity, [first, at])) order[kept++] = at
    else if (rows.values.every((column) => Object.is(column[first], column[at]))) duplicateRows++
    else rows.fault[at] = KEY_CONFLICT
  }
  return { kept: order.subarray(0, kept), duplicateRows }
}

const sameKey = ({ entity, eventTime, knownAt }: Identity, [a, b]: readonly [number, number]): boolean =>
  entity[a] === entity[b] && eventTime(a) === eventTime(b) && knownAt(a) === knownAt(b)
