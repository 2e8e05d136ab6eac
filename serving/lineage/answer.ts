/** `asof lineage`: what a thing rests on, or what rests on it, as a tree. The same by HTTP. */
import { downFrom, Reached, upFrom } from '../../projections/lineage/closure.ts'
import { nounOf } from '../../projections/lineage/kinds.ts'
import type { Place } from '../../projections/lineage/places.ts'
import type { Moment } from '../../projections/runner.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Ground, Readable } from './ground.ts'
import { groundAt } from './ground.ts'
import { onlyThese, placesOf } from './narrowed.ts'
import { type Node, nodeAt } from './node.ts'
import type { OrderThing } from './order.ts'
import { isNewer, rowNode } from './rows.ts'
import { type Thing, thingOf } from './thing.ts'
import { type Branch, type Bundle, branchesOf } from './tree.ts'
import { windowOf } from './window.ts'

export type Direction = 'up' | 'down'

export const MOST_STEPS = 64

export type Lineage = Readonly<{
  view: 'lineage'
  thing: string
  direction: Direction
  depth: number
  /** Up to where the log was read, and the digest of the projection there. */
  position: number
  digest: string
  /** Events that were reached, by noun. */
  reached: readonly Readonly<{ noun: string; events: number }>[]
  tree: Branch
}>

type Asked = Readonly<{ thing: string; direction: Direction; depth: number }>

/** @throws Refusal `lineage.*`, `moment.*` */
export async function lineageOf(archive: Readable, asked: Asked, moment: Moment): Promise<Lineage> {
  const { direction, depth } = asked
  if (!Number.isInteger(depth) || depth < 1 || depth > MOST_STEPS)
    throw refuse('lineage.depth', { depth, most: MOST_STEPS })
  const ground = await groundAt(archive, moment)
  const thing = await thingOf(ground, asked.thing)
  const { node, branches, reached } = await grown(ground, thing, { direction, depth })
  return {
    ...{ view: 'lineage', thing: thing.name, direction, depth },
    ...{ position: ground.position, digest: ground.digest, reached: counted(ground, reached) },
    tree: { edge: null, exact: true, node, branches },
  }
}

type Grown = Readonly<{ node: Node; branches: readonly (Branch | Bundle)[]; reached: readonly Reached[] }>
type How = Readonly<{ direction: Direction; depth: number }>

async function grown(ground: Ground, thing: Thing, how: How): Promise<Grown> {
  switch (thing.kind) {
    case 'event':
      return ofEvents(ground, thing.places, how)
    case 'order':
      return ofOrder(ground, thing, how)
    default:
      return ofTold(ground, thing, how)
  }
}

/** Of a run, what it came to is asked what it rests on, and its start what rests on it. */
async function ofEvents(ground: Ground, places: readonly Place[], { direction, depth }: How): Promise<Grown> {
  const root = direction === 'up' ? places[0] : places[places.length - 1]
  const reached =
    direction === 'up' ? upFrom(ground.places, [root], { depth }) : downFrom(ground.places, [root], { depth })
  return {
    node: await nodeAt(ground, root),
    branches: await branchesOf(ground, reached, [root]),
    reached: [reached],
  }
}

/** A row or a cell: what told it, and earlier tellings of it; or what rests on any of them. */
async function ofTold(ground: Ground, thing: Thing & { kind: 'row' | 'cell' }, how: How): Promise<Grown> {
  const told = thing.told.toSorted((a, b) => (isNewer(a, b) ? -1 : 1))
  const [newest] = told
  const node = await rowNode(ground, thing.kind, thing.name, newest)
  if (how.direction === 'down') {
    const places = await onlyThese(ground, thing, told)
    const reached = downFrom(places, placesOf(told), { depth: how.depth })
    const branches = await branchesOf({ ...ground, places }, reached, placesOf(told))
    return { node, branches, reached: [reached] }
  }
  const branches: (Branch | Bundle)[] = []
  const reached: Reached[] = []
  for (const place of placesOf(told)) {
    const one = await hung(ground, place, how.depth)
    branches.push({ edge: 'read', exact: true, ...one.branch })
    reached.push(one.reached)
  }
  if (thing.kind === 'cell') branches.push(await windowOf(ground, { ...thing, told: newest }))
  return { node, branches, reached }
}

async function ofOrder(ground: Ground, order: OrderThing, { direction, depth }: How): Promise<Grown> {
  const { places } = ground
  const from = await ground.event(places.positionOf(order.from))
  const node: Node = {
    ...{ noun: 'order', name: order.name, position: from.position },
    ...{
      eventTime: from.eventTime,
      knownTime: from.knownAt,
      who: null,
      hash: null,
      content: null,
      problems: [],
    },
  }
  // An order leaves the platform: no event rests on it.
  if (direction === 'down') return { node, branches: [], reached: [] }
  const branches: Branch[] = []
  const reached: Reached[] = []
  const seen = new Set<number>()
  for (const [place, edge] of [
    [order.from, 'caused by'],
    [order.prediction, 'decided on'],
    [order.capital, 'decided on'],
  ] as const) {
    if (place === null || seen.has(places.positionOf(place))) continue
    seen.add(places.positionOf(place))
    const one = await hung(ground, place, depth)
    branches.push({ edge, exact: true, ...one.branch })
    reached.push(one.reached)
  }
  if (order.price !== null) {
    const { dataset, told } = order.price
    const name = `${dataset}/${order.instrument}/${new Date(told.eventTime / 1000).toISOString().replace('.000', '')}`
    const one = depth < 2 ? null : await hung(ground, told.place, depth - 1)
    if (one !== null) reached.push(one.reached)
    branches.push({
      ...{ edge: 'read', exact: true, node: await rowNode(ground, 'row', name, told) },
      branches: one === null ? [] : [{ edge: 'read', exact: true, ...one.branch }],
    })
  }
  return { node, branches, reached }
}

/** An event as a branch one step away, with what it rests on within so many steps. */
async function hung(
  ground: Ground,
  place: Place,
  depth: number,
): Promise<Readonly<{ branch: Pick<Branch, 'node' | 'branches'>; reached: Reached }>> {
  const reached = depth > 1 ? upFrom(ground.places, [place], { depth: depth - 1 }) : new Reached()
  const branches = await branchesOf(ground, reached, [place])
  reached.add(place, { steps: 1, edge: null, exact: true, from: null })
  return { branch: { node: await nodeAt(ground, place), branches }, reached }
}

function counted({ places }: Ground, parts: readonly Reached[]): Lineage['reached'] {
  const found = new Map<string, Set<number>>()
  for (const part of parts)
    for (const { place } of part.steps()) {
      const type = places.typeOf(place.key)
      const events = found.get(type) ?? new Set()
      found.set(type, events)
      events.add(places.positionOf(place))
    }
  return [...found]
    .map(([type, events]) => ({ noun: nounOf(type), events: events.size }))
    .sort((a, b) => (a.noun < b.noun ? -1 : 1))
}
