/** Seals a log: its leaves become tiles, and the tree's root a checkpoint that is signed and kept for ever. */
import { rm, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { assert } from '../../../schemas/kernel/assert.ts'
import { type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { appendDurably, writeAllDurably, writeDurably } from '../files.ts'
import { NOTE_BYTES, NOTES_BYTES, ownText } from '../regular.ts'
import {
  type Checkpoint,
  openCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
  splitNotes,
} from './checkpoint.ts'
import { type NoteSigner, type NoteVerifier, noteVerifier } from './note.ts'
import { hashesOf, readTile, TILE_WIDTH, type TileName, tilePath } from './tiles.ts'
import { Tiling } from './tiling.ts'
import { Range, rootOf, sameHash } from './tree.ts'

/** The latest checkpoint, for whoever fetches it; and all that were ever signed, one after the other. */
export const CHECKPOINT = 'checkpoint'
export const CHECKPOINTS = 'checkpoints'

export type SealOptions = Readonly<{
  folder: string
  origin: string
  signer: NoteSigner
  /** Keys that signed before this one, where the key was rotated. */
  earlier?: readonly NoteVerifier[]
  /** A new UUID, for the first checkpoint of a log that has none: two logs of one key are two logs. */
  began: string
}>

export class Sealer {
  #options: SealOptions
  readonly #tree = new Tiling()
  #last: SignedCheckpoint | null = null
  #first: string | null = null

  private constructor(options: SealOptions) {
    this.#options = options
  }

  /**
   * Goes on from the last signed checkpoint.
   * @throws Refusal `seal.diverged` where the tiles do not have the root that was signed, `seal.malformed`
   */
  static async open(options: SealOptions): Promise<Sealer> {
    const sealer = new Sealer(options)
    const kept = await keptCheckpoints(options)
    sealer.#first = kept.first
    if (kept.last !== null) await sealer.#resume(kept.last)
    return sealer
  }

  /** How many leaves were taken in; `last` has how many of them are sealed. */
  get size(): number {
    return this.#tree.size
  }

  get last(): SignedCheckpoint | null {
    return this.#last
  }

  /** The note of the first checkpoint that was ever signed; null before there is one. */
  get first(): string | null {
    return this.#first
  }

  /** Whoever signs from now on; what was signed before stands. */
  signWith(signer: NoteSigner): void {
    const earlier = [...(this.#options.earlier ?? []), noteVerifier(this.#options.signer.verifierKey)]
    this.#options = { ...this.#options, signer, earlier }
  }

  /** Signs the tree as it is, and keeps nothing of it. */
  sign(): SignedCheckpoint {
    return this.#signed({})
  }

  /** What `sign` says once these leaves are taken in; nothing is changed. */
  signAhead(leaves: readonly Uint8Array[]): SignedCheckpoint {
    const { origin, signer } = this.#options
    const range = new Range()
    range.nodes.push(...this.#tree.nodes())
    range.size = this.size
    for (const leaf of leaves) range.push(leaf)
    return signCheckpoint({ origin, size: range.size, root: rootOf(range.nodes) }, signer)
  }

  #signed(extension: Pick<Checkpoint, 'began'>): SignedCheckpoint {
    const { origin, signer } = this.#options
    return signCheckpoint({ origin, size: this.size, root: this.#tree.root, ...extension }, signer)
  }

  /** Takes in leaves beyond those that it has. */
  extend(leaves: readonly Uint8Array[]): void {
    for (const leaf of leaves) this.#tree.push(leaf)
  }

  /**
   * Takes in the leaf hashes of the events from a position on. Those that were taken in before are compared.
   * @throws Refusal `seal.diverged`
   */
  async advance(from: number, leaves: readonly Uint8Array[]): Promise<void> {
    assert(from >= 1 && from <= this.size + 1, 'leaves come without a gap')
    const known = Math.min(this.size - from + 1, leaves.length)
    for (let done = 0; done < known; ) {
      const index = Math.floor((from - 1 + done) / TILE_WIDTH)
      const width = Math.min(this.size - index * TILE_WIDTH, TILE_WIDTH)
      const sealed = await this.#tile({ level: 0, index, width })
      for (let at = (from - 1 + done) % TILE_WIDTH; at < width && done < known; at++, done++) {
        const [leaf, hash] = [leaves[done], sealed[at]]
        if (leaf !== undefined && hash !== undefined && sameHash(leaf, hash)) continue
        throw this.diverged(`event ${from + done} is not the one that was sealed`)
      }
    }
    this.extend(leaves.slice(known))
  }

  /** Tiles first, then the note among all notes, then the note that is fetched: a cut between leaves no false claim. */
  async checkpoint(): Promise<SignedCheckpoint> {
    const { folder } = this.#options
    if (this.#last !== null && this.#last.size === this.size) return this.#last
    const full = this.#tree.full()
    const signed = this.#signed(this.#first === null ? { began: this.#options.began } : {})
    const tiles = [...full, ...this.#tree.partial()].map(({ name, bytes }) => ({
      path: join(folder, tilePath(name)),
      bytes,
    }))
    await writeAllDurably(tiles)
    await appendDurably(join(folder, CHECKPOINTS), Buffer.from(signed.note))
    await writeDurably(join(folder, CHECKPOINT), Buffer.from(signed.note))
    this.#last = signed
    this.#first ??= signed.note
    this.#tree.written(full.length)
    for (const { name } of full) {
      await rm(dirname(join(folder, tilePath({ ...name, width: 1 }))), { recursive: true, force: true })
    }
    return signed
  }

  /** A log that has fewer events than were sealed has lost some. @throws Refusal `seal.diverged` */
  assertNotLonger(events: number): void {
    this.assertHas(this.size, events)
  }

  /** @throws Refusal `seal.diverged` where fewer events are there than a checkpoint seals */
  assertHas(sealed: number, events: number): void {
    if (sealed > events)
      throw this.diverged(
        `it has ${events} events, and ${sealed} were sealed: ${sealed - events} that were acknowledged are gone`,
      )
  }

  /** From what is not written yet, or from its file. */
  async #tile(name: TileName): Promise<readonly Uint8Array[]> {
    return this.#tree.hashesHere(name) ?? this.#onDisk(name)
  }

  async #onDisk(name: TileName): Promise<readonly Uint8Array[]> {
    return hashesOf((await readTile(this.#options.folder, name)) ?? new Uint8Array(0))
  }

  async #resume(last: SignedCheckpoint): Promise<void> {
    await this.#tree.resume(last.size, (name) => this.#onDisk(name))
    this.#last = last
    if (!sameHash(this.#tree.root, last.root))
      throw this.diverged('its tiles do not have the root that was signed')
  }

  diverged(problem: string): Refusal {
    return refuse('seal.diverged', { folder: this.#options.folder, problem })
  }
}

type Kept = Readonly<{ first: string | null; last: SignedCheckpoint | null }>

/** What a power cut left of a note that was never published is cut off; anything else that is not whole is refused. */
async function keptCheckpoints({ folder, origin, signer, earlier = [] }: SealOptions): Promise<Kept> {
  const all = ownText(join(folder, CHECKPOINTS), NOTES_BYTES) ?? ''
  const published = ownText(join(folder, CHECKPOINT), NOTE_BYTES) ?? ''
  const { notes, rest } = splitNotes(all)
  const diverged = (problem: string) => refuse('seal.diverged', { folder, problem })
  const [first = null] = notes
  const note = notes.at(-1)
  if (published !== '' && published !== note && published !== notes.at(-2)) {
    throw diverged('the published checkpoint is not among those that were signed')
  }
  if (rest !== '') await truncate(join(folder, CHECKPOINTS), Buffer.byteLength(all) - Buffer.byteLength(rest))
  if (note === undefined) return { first, last: null }
  const last = openCheckpoint(note, [noteVerifier(signer.verifierKey), ...earlier])
  if (last.origin !== origin) throw diverged(`it is the log ${last.origin}, not ${origin}`)
  if (published !== note) await writeDurably(join(folder, CHECKPOINT), Buffer.from(note))
  return { first, last }
}
