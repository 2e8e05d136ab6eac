/** Makes the tree anew from the events, and compares it with every tile and every checkpoint that was ever signed. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { isMissing } from '../files.ts'
import { openCheckpoint, type SignedCheckpoint, splitNotes } from '../seal/checkpoint.ts'
import type { NoteVerifier } from '../seal/note.ts'
import { CHECKPOINT, CHECKPOINTS } from '../seal/sealer.ts'
import { hashesOf, TILE_WIDTH, type TileName, tilePath, tilesOf } from '../seal/tiles.ts'
import { EMPTY_ROOT, HASH_BYTES, Range, rootOf, sameHash } from '../seal/tree.ts'
import type { Damage } from './damage.ts'

export type SealFolder = Readonly<{ folder: string; verifiers: readonly NoteVerifier[] }>

type Level = { index: number; hashes: Uint8Array[]; range: Range }

export class SealWalk {
  readonly damages: Damage[] = []
  readonly #folder: string
  readonly #checkpoints: readonly SignedCheckpoint[]
  /** The tile files that were not compared yet. */
  readonly #files: Set<string>
  readonly #levels: Level[] = []
  readonly #tree = new Range()

  private constructor(folder: string, notes: Notes, files: readonly string[]) {
    this.#folder = folder
    this.#checkpoints = notes.checkpoints
    this.damages.push(...notes.damages)
    this.#files = new Set(files)
    for (const name of tilesOf(this.sealed)) {
      if (this.#files.has(tilePath(name)) || this.#files.has(tilePath({ ...name, width: TILE_WIDTH })))
        continue
      this.#report('tile', tilePath(name), 'it is missing, and the last checkpoint needs it')
    }
    this.#compareRoots()
  }

  static async open({ folder, verifiers }: SealFolder): Promise<SealWalk> {
    const tiles = join(folder, 'tile')
    const entries = existsSync(tiles) ? await readdir(tiles, { recursive: true, withFileTypes: true }) : []
    const files = entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .split(sep)
          .join('/'),
      )
    return new SealWalk(folder, await readNotes(folder, verifiers), files)
  }

  /** How many events the last checkpoint seals. */
  get sealed(): number {
    return this.#checkpoints.reduce((most, { size }) => Math.max(most, size), 0)
  }

  get checkpoints(): number {
    return this.#checkpoints.length
  }

  async add(leaf: Uint8Array): Promise<void> {
    this.#tree.push(leaf)
    this.#compareRoots()
    for (let [level, hash] = [0, leaf]; ; level++) {
      this.#levels[level] ??= { index: 0, hashes: [], range: new Range() }
      const tile = this.#levels[level]
      tile.hashes.push(hash)
      tile.range.push(hash)
      if (tile.hashes.length < TILE_WIDTH) return
      await this.#compareTile(level, tile)
      this.#levels[level] = { index: tile.index + 1, hashes: [], range: new Range() }
      hash = rootOf(tile.range.nodes)
    }
  }

  async finish(): Promise<void> {
    for (const [level, tile] of this.#levels.entries()) await this.#compareTile(level, tile)
    for (const path of this.#files) this.#report('tile', path, 'the log has no events for it')
    for (const { size } of this.#checkpoints) {
      if (size <= this.#tree.size) continue
      const problem = `it seals ${size} events, and the log has ${this.#tree.size}: events were lost`
      this.#report('checkpoint', `checkpoint of ${size} events`, problem)
    }
  }

  #compareRoots(): void {
    const { size, nodes } = this.#tree
    const here = this.#checkpoints.filter((checkpoint) => checkpoint.size === size)
    if (here.length === 0) return
    const root = size === 0 ? EMPTY_ROOT : rootOf(nodes)
    for (const checkpoint of here) {
      if (sameHash(checkpoint.root, root)) continue
      this.#report(
        'checkpoint',
        `checkpoint of ${size} events`,
        'the events do not have the root that was signed',
      )
    }
  }

  /** A tile may lie there several times: partial ones of earlier checkpoints, and the full one. */
  async #compareTile(level: number, { index, hashes }: Level): Promise<void> {
    for (let width = 1; width <= hashes.length; width++) {
      const name = { level, index, width }
      if (!this.#files.delete(tilePath(name))) continue
      const bytes = await readFile(join(this.#folder, tilePath(name))).catch(nullWhereMissing)
      // A sealer at work takes partial tiles away once the full one is there.
      if (bytes !== null) this.#compareBytes(name, hashes, bytes)
    }
  }

  #compareBytes(name: TileName, hashes: readonly Uint8Array[], bytes: Uint8Array): void {
    const path = tilePath(name)
    if (bytes.length !== name.width * HASH_BYTES) {
      this.#report('tile', path, `it has ${bytes.length} bytes, not ${name.width * HASH_BYTES}`)
    }
    for (const [entry, hash] of hashesOf(bytes).entries()) {
      const made = hashes[entry]
      if (made !== undefined && sameHash(made, hash)) continue
      const first = (name.index * TILE_WIDTH + entry) * TILE_WIDTH ** name.level + 1
      const last = first + TILE_WIDTH ** name.level - 1
      const events = first === last ? `event ${first}` : `events ${first} to ${last}`
      this.#report('tile', `${path}, entry ${entry}`, `it is not the hash of ${events}`)
    }
  }

  #report(kind: Damage['kind'], place: string, problem: string): void {
    this.damages.push({ kind, place, problem })
  }
}

type Notes = Readonly<{ checkpoints: readonly SignedCheckpoint[]; damages: readonly Damage[] }>

async function readNotes(folder: string, verifiers: readonly NoteVerifier[]): Promise<Notes> {
  const [all, published] = [join(folder, CHECKPOINTS), join(folder, CHECKPOINT)]
  if (!existsSync(all) && !existsSync(published)) return { checkpoints: [], damages: [] }
  const damages: Damage[] = []
  const report = (place: string, problem: string) => damages.push({ kind: 'checkpoint', place, problem })
  const { notes, rest } = splitNotes(existsSync(all) ? await readFile(all, 'utf8') : '')
  if (rest !== '') report(`file ${CHECKPOINTS}, end`, 'what follows the last whole note is not one')
  const last = existsSync(published) ? await readFile(published, 'utf8') : ''
  if (last !== notes.at(-1))
    report(`file ${CHECKPOINT}`, `it is not the latest note of the file ${CHECKPOINTS}`)
  const checkpoints = notes.flatMap((note, index) => {
    try {
      return [openCheckpoint(note, verifiers)]
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      report(`file ${CHECKPOINTS}, note ${index + 1}`, error.message)
      return []
    }
  })
  return { checkpoints, damages }
}

function nullWhereMissing(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}
