/** A tree of what was reached: few of a kind one by one, many as one line that says how many and where. */

import type { Reached } from '../../projections/lineage/closure.ts'
import { nounOf } from '../../projections/lineage/kinds.ts'
import { nameOf, type Place, typeOf } from '../../projections/lineage/places.ts'
import type { Edge } from '../../projections/lineage/reference.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { Ground } from './ground.ts'
import { type Node, nodeAt } from './node.ts'

/** So many of a kind are told one by one. */
const SINGLES = 3

export type Branch = Readonly<{
  /** How what stands here and what it hangs on are joined; null at the root. */
  edge: Edge | null
  /** False for an upper bound: it may not be. */
  exact: boolean
  node: Node
  branches: readonly (Branch | Bundle)[]
}>

export type Bundle = Readonly<{
  edge: Edge
  exact: boolean
  noun: string
  /** Whose they are. */
  names: readonly string[]
  count: number
  /** Their positions as ranges, both ends inclusive. */
  positions: readonly (readonly [from: Position, to: Position])[]
  branches: readonly (Branch | Bundle)[]
}>

/** What hangs on some events, each under one that it was reached from. */
export async function branchesOf(
  ground: Ground,
  reached: Reached,
  roots: readonly Place[],
): Promise<readonly (Branch | Bundle)[]> {
  const { places } = ground
  const children = new Map<Position, Place[]>()
  for (const { place, step } of reached.steps()) {
    if (step.from === null) continue
    const parent = places.positionOf(step.from)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [place])
    else siblings.push(place)
  }

  const under = async (parents: readonly Place[]): Promise<readonly (Branch | Bundle)[]> => {
    const groups: Grouped = new Map()
    for (const parent of parents)
      for (const child of children.get(places.positionOf(parent)) ?? [])
        groupIn(groups, joined(child), places.typeOf(child.key)).push(child)
    const branches: (Branch | Bundle)[] = []
    for (const group of [...groups.values()].flatMap((types) => [...types.values()])) {
      if (group.length > SINGLES) branches.push(await bundle(group))
      else for (const place of group) branches.push(await single(place))
    }
    return branches.sort((a, b) => firstOf(a) - firstOf(b))
  }

  const joined = (place: Place): Readonly<{ edge: Edge; exact: boolean }> => {
    const step = reached.stepTo(place)
    return { edge: step?.edge ?? 'read', exact: step?.exact ?? true }
  }

  const single = async (place: Place): Promise<Branch> => ({
    ...joined(place),
    node: await nodeAt(ground, place),
    branches: await under([place]),
  })

  const bundle = async (group: readonly Place[]): Promise<Bundle> => ({
    ...joined(group[0]),
    noun: nounOf(typeOf(group[0].key)),
    names: [...new Set(group.map(({ key }) => nameOf(key)))].sort(),
    count: group.length,
    positions: rangesOf(group.map((place) => places.positionOf(place))),
    branches: await under(group),
  })

  return under(roots)
}

/** By edge, and whether it is sure; then by type. */
type Grouped = Map<string, Map<string, Place[]>>

function groupIn(
  groups: Grouped,
  { edge, exact }: Readonly<{ edge: Edge; exact: boolean }>,
  type: string,
): Place[] {
  const types = groups.get(exact ? edge : AT_MOST[edge]) ?? new Map<string, Place[]>()
  groups.set(exact ? edge : AT_MOST[edge], types)
  const group = types.get(type) ?? []
  types.set(type, group)
  return group
}

const AT_MOST: Readonly<Record<Edge, string>> = {
  read: 'at most read',
  'caused by': 'at most caused by',
  'decided on': 'at most decided on',
  signed: 'at most signed',
}

const firstOf = (branch: Branch | Bundle): Position =>
  'node' in branch ? branch.node.position : branch.positions[0][0]

/** Positions as ranges with nothing of the others between: both ends inclusive. */
export function rangesOf(positions: readonly Position[]): readonly (readonly [Position, Position])[] {
  const ranges: [Position, Position][] = []
  for (const position of positions.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === position - 1) last[1] = position
    else ranges.push([position, position])
  }
  return ranges
}
