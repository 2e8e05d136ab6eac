/** Tiles: the tree's hashes in files of 256. c2sp.org/tlog-tiles. */
import { join } from 'node:path'
import { ownBytes, TILE_BYTES } from '../regular.ts'
import type { NodeAt } from './proof.ts'
import { HASH_BYTES, rootOfLeaves } from './tree.ts'

/** Hashes in a full tile, and how many levels of the tree it spans. */
export const TILE_WIDTH = 256
export const TILE_HEIGHT = 8

/** `width` is 1 to 256; a tile of fewer than 256 is partial. */
export type TileName = Readonly<{ level: number; index: number; width: number }>

/** The path in the log's folder, with `/`: 1234067 is `x001/x234/067`. */
export function tilePath({ level, index, width }: TileName): string {
  const groups = [String(index % 1000).padStart(3, '0')]
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`)
  }
  return `tile/${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** All tiles that a tree of a size is made of: at each level the full ones, and a partial one where there is a rest. */
export function* tilesOf(size: number): Iterable<TileName> {
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const full = Math.floor(hashes / TILE_WIDTH)
    for (let index = 0; index < full; index++) yield { level, index, width: TILE_WIDTH }
    if (hashes % TILE_WIDTH > 0) yield { level, index: full, width: hashes % TILE_WIDTH }
  }
}

export const hashesOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.floor(bytes.length / HASH_BYTES) }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )

/** A tile's bytes, from its own file or, once that was superseded, from the full tile. Null where neither is. @throws Refusal `file.unsound` */
export async function readTile(folder: string, name: TileName): Promise<Uint8Array | null> {
  for (const width of new Set([name.width, TILE_WIDTH])) {
    const bytes = ownBytes(join(folder, tilePath({ ...name, width })), TILE_BYTES)
    if (bytes !== null) return bytes.subarray(0, name.width * HASH_BYTES)
  }
  return null
}

/** The nodes of a sealed tree, for proofs. */
export function nodesOf(folder: string, size: number): NodeAt {
  return async (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT)
    const first = index * 2 ** (level % TILE_HEIGHT)
    const tile = Math.floor(first / TILE_WIDTH)
    const hashes = Math.floor(size / TILE_WIDTH ** tileLevel)
    const width = Math.min(hashes - tile * TILE_WIDTH, TILE_WIDTH)
    const bytes = await readTile(folder, { level: tileLevel, index: tile, width })
    const start = first % TILE_WIDTH
    return rootOfLeaves(hashesOf(bytes ?? new Uint8Array(0)).slice(start, start + 2 ** (level % TILE_HEIGHT)))
  }
}
