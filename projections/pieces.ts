/** A state in pieces, so that what an event changes can be stored by itself: each entry of a large collection, and the rest. */
import { assert } from '../schemas/kernel/assert.ts'
import { canonicalJson, sha256 } from '../schemas/kernel/canonical.ts'

/**
 * Which collections are stored apart, by their path, each entry a piece: `models.*` is an object's entries, `models.*.days.*` the
 * arrays in those, in blocks. What lies in a block is not parted any further.
 */
export type Parts = readonly string[]

/** Where a piece is: the path to it as JSON, of an array's block its number. The rest of a state is at `[]`. */
export type Place = string

/** The canonical JSON of what is at a place, collections that are parted from it empty. */
export type Pieces = ReadonlyMap<Place, string>

export type Path = readonly (string | number)[]

/** How many entries of an array are in a block. */
const BLOCK = 64

/** A collection of the state, or a way to one. */
type Node = Readonly<{ under: Map<string, Node> }>

const EACH = '*'

type Container = Record<string, unknown> | unknown[]

export const placeOf = (path: Path): Place => JSON.stringify(path)

/** Tells the places of a state and what is at them. Equal states have equal pieces. */
export class Layout {
  readonly #root: Node = { under: new Map() }

  constructor(parts: Parts) {
    for (const part of parts) {
      let node = this.#root
      for (const step of part.split('.')) {
        const next = node.under.get(step) ?? { under: new Map() }
        node.under.set(step, next)
        node = next
      }
    }
  }

  /** All of a state. */
  piecesOf(state: unknown): Pieces {
    const pieces = new Map([[placeOf([]), textOf(state, this.#root)]])
    collect(pieces, { value: state, node: this.#root, path: [] })
    return pieces
  }

  /**
   * The place that holds what a path leads to.
   * @returns `within` where pieces of their own begin at or below it, so that they change with it
   */
  holderOf(state: unknown, path: Path): Readonly<{ place: Path; within: boolean }> {
    let [node, value, place]: [Node | undefined, unknown, Path] = [this.#root, state, []]
    for (const [at, step] of path.entries()) {
      const each: Node | undefined = node.under.get(EACH)
      if (each !== undefined)
        place = [...path.slice(0, at), Array.isArray(value) ? blockOf(Number(step)) : step]
      node = each ?? node.under.get(String(step))
      if (node === undefined) return { place, within: false }
      value = isContainer(value) ? (value as Record<string, unknown>)[step] : undefined
    }
    return { place, within: node.under.size > 0 }
  }

  /** What is at a place; null where nothing is there any more. */
  textAt(state: unknown, place: Path): string | null {
    let [node, value]: [Node | undefined, unknown] = [this.#root, state]
    for (const step of place) {
      const each: Node | undefined = node?.under.get(EACH)
      if (each !== undefined && Array.isArray(value)) {
        const block = blockAt(value, Number(step))
        return block.length === 0 ? null : canonicalJson(block)
      }
      if (!isContainer(value) || !Object.hasOwn(value, step)) return null
      node = each ?? node?.under.get(String(step))
      value = (value as Record<string, unknown>)[step]
    }
    return node === undefined ? null : textOf(value, node)
  }

  /** The pieces below a path. */
  below(state: unknown, path: Path): Pieces {
    let [node, value]: [Node | undefined, unknown] = [this.#root, state]
    for (const step of path) {
      node = node?.under.get(EACH) ?? node?.under.get(String(step))
      value = isContainer(value) ? (value as Record<string, unknown>)[step] : undefined
    }
    const pieces = new Map<Place, string>()
    if (node !== undefined) collect(pieces, { value, node, path })
    return pieces
  }
}

const blockOf = (index: number): number => Math.floor(index / BLOCK)
const blockAt = (array: readonly unknown[], block: number) => array.slice(block * BLOCK, (block + 1) * BLOCK)

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

const textOf = (value: unknown, node: Node): string => canonicalJson(without(value, node))

/** A value with the collections empty whose entries are pieces. */
function without(value: unknown, { under }: Node): unknown {
  if (under.size === 0 || !isContainer(value)) return value
  if (under.has(EACH)) return Array.isArray(value) ? [] : {}
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const node = under.get(key)
      return [key, node === undefined ? one : without(one, node)]
    }),
  )
}

function collect(into: Map<Place, string>, of: Readonly<{ value: unknown; node: Node; path: Path }>): void {
  const { value, path } = of
  const { under } = of.node
  if (under.size === 0 || !isContainer(value)) return
  const each = under.get(EACH)
  if (each !== undefined && Array.isArray(value)) {
    for (let block = 0; block * BLOCK < value.length; block++)
      into.set(placeOf([...path, block]), canonicalJson(blockAt(value, block)))
    return
  }
  for (const [key, one] of Object.entries(value)) {
    const node = each ?? under.get(key)
    if (node === undefined) continue
    const at = [...path, key]
    if (each !== undefined) into.set(placeOf(at), textOf(one, node))
    collect(into, { value: one, node, path: at })
  }
}

/** The state that pieces are of. @throws where they are not those of one state */
export function stateOf(pieces: Pieces): unknown {
  const placed = [...pieces]
    .map(([place, text]) => ({ path: JSON.parse(place) as Path, value: JSON.parse(text) as unknown }))
    .sort((a, b) => a.path.length - b.path.length || before(a.path, b.path))
  const [root, ...others] = placed
  assert(root?.path.length === 0, 'a state has a piece of its own')
  for (const { path, value } of others) {
    const container = path
      .slice(0, -1)
      .reduce<unknown>(
        (at, step) => (isContainer(at) ? (at as Record<string, unknown>)[step] : undefined),
        root.value,
      )
    assert(isContainer(container), 'a piece is of a collection that is there')
    const [step] = path.slice(-1)
    if (Array.isArray(container)) for (const one of value as unknown[]) container.push(one)
    else
      Object.defineProperty(container, step, { value, writable: true, enumerable: true, configurable: true })
  }
  return root.value
}

/** Of paths of one length: numbers by their size, names by their code units. */
function before(a: Path, b: Path): number {
  for (const [at, step] of a.entries())
    if (step !== b[at]) return (step as number) < (b[at] as number) ? -1 : 1
  return 0
}

const MODULUS = 1n << 256n

/** What a piece adds to the digest of a state. */
export const pieceDigest = (place: Place, text: string): bigint => BigInt(`0x${sha256(`${place}\n${text}`)}`)

/**
 * The digest of a state in pieces: the sum of theirs, so that a change of one costs that one. It finds damage, and says that two
 * states are equal; it is no proof against whoever chooses pieces.
 */
export const sumOf = (digests: Iterable<bigint>): string => {
  let sum = 0n
  for (const digest of digests) sum += digest
  return (((sum % MODULUS) + MODULUS) % MODULUS).toString(16).padStart(64, '0')
}
