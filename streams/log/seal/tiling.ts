/** A tree that grows leaf by leaf, held as the tiles that are being filled and those that are full and not written yet. */
import { hashesOf, TILE_WIDTH, type TileName } from './tiles.ts'
import { EMPTY_ROOT, Range, rootOf } from './tree.ts'

/** The tile of a level that is being filled. */
type Level = { index: number; hashes: Uint8Array[]; range: Range }

export type Tile = Readonly<{ name: TileName; bytes: Uint8Array }>

export class Tiling {
  readonly #levels: Level[] = []
  readonly #full: Tile[] = []
  #size = 0

  /** How many leaves were taken in. */
  get size(): number {
    return this.#size
  }

  push(leaf: Uint8Array): void {
    this.#size++
    this.#push(0, leaf)
  }

  get root(): Uint8Array {
    return this.#size === 0 ? EMPTY_ROOT : rootOf(this.nodes())
  }

  /** The roots of the tree's perfect subtrees, from the left. */
  nodes(): readonly Uint8Array[] {
    return this.#levels.toReversed().flatMap(({ range }) => range.nodes)
  }

  /** Full tiles that nobody has said are written, the oldest first. */
  full(): readonly Tile[] {
    return this.#full.slice()
  }

  /** The tiles that are being filled, as far as they are. */
  partial(): readonly Tile[] {
    return this.#levels.flatMap(({ index, hashes }, level) =>
      hashes.length === 0
        ? []
        : [{ name: { level, index, width: hashes.length }, bytes: Buffer.concat(hashes) }],
    )
  }

  /** That many full tiles are written, and forgotten here. */
  written(tiles: number): void {
    this.#full.splice(0, tiles)
  }

  /** The hashes of a tile that is here; null for one that lies on the disk. */
  hashesHere(name: TileName): readonly Uint8Array[] | null {
    const open = this.#levels[name.level]
    if (open?.index === name.index) return open.hashes
    const full = this.#full.find((tile) => tile.name.level === name.level && tile.name.index === name.index)
    return full === undefined ? null : hashesOf(full.bytes)
  }

  /** Goes on with a tree of a size whose tiles are on the disk. @param read the hashes of a partial tile */
  async resume(size: number, read: (name: TileName) => Promise<readonly Uint8Array[]>): Promise<void> {
    for (let [level, hashes] = [0, size]; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
      const [index, width] = [Math.floor(hashes / TILE_WIDTH), hashes % TILE_WIDTH]
      const tile = { index, hashes: width === 0 ? [] : [...(await read({ level, index, width }))] }
      this.#levels[level] = { ...tile, range: new Range() }
      for (const hash of tile.hashes) this.#levels[level].range.push(hash)
    }
    this.#size = size
  }

  #push(level: number, hash: Uint8Array): void {
    this.#levels[level] ??= { index: 0, hashes: [], range: new Range() }
    const tile = this.#levels[level]
    tile.hashes.push(hash)
    tile.range.push(hash)
    if (tile.hashes.length < TILE_WIDTH) return
    const name = { level, index: tile.index, width: TILE_WIDTH }
    this.#full.push({ name, bytes: Buffer.concat(tile.hashes) })
    this.#levels[level] = { index: tile.index + 1, hashes: [], range: new Range() }
    this.#push(level + 1, rootOf(tile.range.nodes))
  }
}
