/** Makes the tree anew from the events, and compares it with every tile and every checkpoint that was ever signed. */
import { join } from 'node:path'
import type { Digest } from '../../../schemas/kernel/canonical.ts'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { ownBytes, TILE_BYTES } from '../regular.ts'
import { openCheckpoint } from '../seal/checkpoint.ts'
import { KeyChain, type RotationAt } from '../seal/keys.ts'
import { identityOf } from '../seal/live.ts'
import { consistencyProof, type Proof, verifyConsistency } from '../seal/proof.ts'
import { hashesOf, nodesOf, TILE_WIDTH, type TileName, tilePath, tilesOf } from '../seal/tiles.ts'
import { EMPTY_ROOT, HASH_BYTES, Range, rootOf, sameHash } from '../seal/tree.ts'
import type { Damage } from './damage.ts'
import { type FoundNote, type Notes, readNotes, type SealFolder, tileFiles } from './notes.ts'

/** Progress is told each time that so many signatures were checked. */
const NOTES_PER_LOOK = 256

type Level = { index: number; hashes: Uint8Array[]; range: Range }

export class SealWalk {
  readonly damages: Damage[] = []
  readonly #of: SealFolder
  readonly #notes: Notes
  /** The notes to compare, by how many events they seal. */
  readonly #bySize: ReadonlyMap<number, readonly FoundNote[]>
  /** The tile files that were not compared yet. */
  readonly #files: Set<string>
  readonly #listed: ReadonlySet<string>
  readonly #levels: Level[] = []
  readonly #tree = new Range()
  readonly #rotations: RotationAt[] = []

  private constructor(of: SealFolder, notes: Notes, files: readonly string[]) {
    this.#of = of
    this.#notes = notes
    this.#bySize = Map.groupBy(this.#all(), ({ checkpoint }) => checkpoint.size)
    this.damages.push(...notes.damages)
    this.#files = new Set(files)
    this.#listed = new Set(files)
    this.#compareRoots()
  }

  /** Reads what is signed before it lists the tiles, and all of it before the events are read: a writer may be at work. */
  static async open(of: SealFolder): Promise<SealWalk> {
    const notes = await readNotes(of)
    return new SealWalk(of, notes, await tileFiles(of.folder))
  }

  /** How many events are sealed. */
  get sealed(): number {
    return this.#notes.own.reduce((most, { checkpoint }) => Math.max(most, checkpoint.size), 0)
  }

  get checkpoints(): number {
    return this.#notes.own.filter(({ kept }) => kept).length
  }

  get identity(): Digest | null {
    const [first] = this.#notes.own
    return first === undefined ? null : identityOf(first.checkpoint.note)
  }

  /** A key rotation that the walk has come by. */
  rotate(rotation: RotationAt): void {
    this.#rotations.push(rotation)
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

  /**
   * @param progress told of the checkpoints whose signatures were checked
   * @returns the proof that the published tree continues the auditor's; null where there is nothing to prove
   */
  async finish(progress: (done: number, of: number) => void = () => {}): Promise<Proof | null> {
    for (const [level, tile] of this.#levels.entries()) await this.#compareTile(level, tile)
    for (const path of this.#files) this.#report('tile', path, 'the log has no events for it')
    const { size } = this.#tree
    if (size > 0 && this.#notes.own.length === 0) {
      this.#report(
        'checkpoint',
        'the seal',
        `there is none, and the log has ${size} events: it was taken away`,
      )
    }
    for (const { place, checkpoint } of this.#all()) {
      if (checkpoint.size <= size) continue
      const problem = `it seals ${checkpoint.size} events, and the log has ${size}: events were lost, or the log was rolled back`
      this.#report('checkpoint', place, problem)
    }
    const unsigned = this.#checkSignatures(progress)
    const { published } = this.#notes
    // Of a note that nobody signed the size may be any number.
    if (published === null || unsigned.has(published) || published.checkpoint.size > size) return null
    for (const name of tilesOf(published.checkpoint.size)) {
      const full = { ...name, width: TILE_WIDTH }
      if (!this.#listed.has(tilePath(name)) && !this.#listed.has(tilePath(full)))
        this.#report('tile', tilePath(name), 'it is missing, and the last checkpoint needs it')
    }
    return this.#proveConsistency(published)
  }

  #all(): readonly FoundNote[] {
    const { own, auditors } = this.#notes
    return auditors === null ? own : [...own, auditors]
  }

  /** Every note is signed by the key that sealed its part of the log; the latest by the auditor's key, or by one after it. */
  #checkSignatures(progress: (done: number, of: number) => void): ReadonlySet<FoundNote> {
    const { verifierKey } = this.#of
    const unsigned = new Set<FoundNote>()
    if (verifierKey === null) {
      if (this.#notes.own.length > 0)
        this.#report('checkpoint', 'the seal', 'the public key of the log is not there')
      return new Set(this.#all())
    }
    const chain = new KeyChain(verifierKey, this.#rotations)
    for (const position of chain.unsound) {
      this.#report('event', `event ${position}`, 'a rotation of the key that the key in force did not sign')
    }
    const { sealed } = this
    const last = this.#notes.own.findLast(({ checkpoint }) => checkpoint.size === sealed)
    const all = this.#all()
    for (const [index, found] of all.entries()) {
      if (index % NOTES_PER_LOOK === 0) progress(index, all.length)
      const { place, checkpoint } = found
      const since = found === last ? verifierKey : undefined
      try {
        const { origin } = openCheckpoint(checkpoint.note, chain.verifiersOf(checkpoint.size, since))
        const [first] = this.#notes.own
        if (first === undefined || origin === first.checkpoint.origin) continue
        this.#report('checkpoint', place, `it is of the log ${origin}`)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        this.#report('checkpoint', place, error.message)
        unsigned.add(found)
      }
    }
    return unsigned
  }

  async #proveConsistency(published: FoundNote): Promise<Proof | null> {
    const { auditors } = this.#notes
    if (auditors === null) return null
    const [earlier, later] = [auditors.checkpoint, published.checkpoint]
    if (earlier.size === 0 || earlier.size > later.size) return null
    const proof = await consistencyProof(
      earlier.size,
      later.size,
      nodesOf(this.#of.folder, later.size),
    ).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      this.#report('tile', 'the published tree', error.message)
      return null
    })
    if (proof === null) return null
    const claim = { size1: earlier.size, size2: later.size, root1: earlier.root, root2: later.root, proof }
    if (verifyConsistency(claim)) return proof
    const problem = `the log's own checkpoint of ${later.size} events does not continue it (RFC 6962, 2.1.2): the log was edited or forked`
    this.#report('checkpoint', auditors.place, problem)
    return null
  }

  #compareRoots(): void {
    const { size, nodes } = this.#tree
    const here = this.#bySize.get(size)
    if (here === undefined) return
    const root = size === 0 ? EMPTY_ROOT : rootOf(nodes)
    for (const found of here) {
      if (sameHash(found.checkpoint.root, root)) continue
      const problem =
        found === this.#notes.auditors
          ? `the first ${size} events are not those that it was signed over: one was changed or replaced, or this is a fork`
          : 'the events do not have the root that was signed'
      this.#report('checkpoint', found.place, problem)
    }
  }

  /** A tile may lie there several times: partial ones of earlier checkpoints, and the full one. */
  async #compareTile(level: number, { index, hashes }: Level): Promise<void> {
    for (let width = 1; width <= hashes.length; width++) {
      const name = { level, index, width }
      if (!this.#files.delete(tilePath(name))) continue
      // A sealer at work takes partial tiles away once the full one is there.
      const bytes = this.#tileAt(name)
      if (bytes !== null) this.#compareBytes(name, hashes, bytes)
    }
  }

  #tileAt(name: TileName): Uint8Array | null {
    try {
      return ownBytes(join(this.#of.folder, tilePath(name)), TILE_BYTES)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#report('tile', tilePath(name), error.message)
      return null
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
