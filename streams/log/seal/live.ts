/** The seal that a writer keeps: each commit is signed before it is acknowledged, and tiles are published now and then. */
import type { Position } from '../../../schemas/envelope.ts'
import { type Digest, sha256 } from '../../../schemas/kernel/canonical.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { writeDurably } from '../files.ts'
import { NOTE_BYTES, ownText } from '../regular.ts'
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.ts'
import { HeadFile, readHead } from './head.ts'
import { type NoteSigner, noteVerifier } from './note.ts'
import { Sealer, type SealOptions } from './sealer.ts'
import { TILE_WIDTH } from './tiles.ts'
import { sameHash } from './tree.ts'

/** How long published tiles stay behind at most, and how many events. The head stays behind nothing. */
const PUBLISH_MILLIS = 60_000
const PUBLISH_EVENTS = 1_048_576
const LEAVES_PER_READ = 4096

/** What the seal has to read of the log that it goes on with. */
type SealedStore = Readonly<{
  tail: () => Readonly<{ position: Position }>
  leaves: (from: Position, to: Position) => readonly Uint8Array[]
}>

export type LiveSealOptions = SealOptions &
  Readonly<{
    /** A file beside the log, and so not beside the seal, that holds the first checkpoint: the log's identity. */
    identityPath: string
    /** Whether something else shows that the log was sealed before. */
    wasSealed: boolean
  }>

type Ahead = Readonly<{ signer: NoteSigner; signed: SignedCheckpoint }>

/** The digest that names a log for good, of the first checkpoint that was ever signed of it: what people sign is signed for it. */
export const identityOf = (firstCheckpoint: string): Digest => sha256(firstCheckpoint)

export class LiveSeal {
  readonly #sealer: Sealer
  readonly #head: HeadFile
  readonly #timer: NodeJS.Timeout
  #latest: SignedCheckpoint
  #signer: NoteSigner
  #published: Promise<SignedCheckpoint>
  readonly identity: Digest

  private constructor(sealer: Sealer, head: HeadFile, of: { latest: SignedCheckpoint; signer: NoteSigner }) {
    this.#sealer = sealer
    this.#head = head
    this.#latest = of.latest
    this.#signer = of.signer
    this.#published = Promise.resolve(of.latest)
    this.identity = identityOf(sealer.first ?? '')
    this.#timer = setInterval(() => this.#publishQuietly(), PUBLISH_MILLIS).unref()
  }

  /**
   * Goes on with a log's seal, or begins it. All of the log that its head and its last checkpoint seal is compared; what is
   * durable beyond them is taken in.
   * @throws Refusal `seal.diverged` for a log that lost or changed what was sealed, `seal.missing`, `seal.malformed`
   */
  static async open(options: LiveSealOptions, store: SealedStore): Promise<LiveSeal> {
    const { folder, signer, earlier = [] } = options
    const sealer = await Sealer.open(options)
    const identity = ownText(options.identityPath, NOTE_BYTES)
    const missing = (problem: string) => refuse('seal.missing', { folder, problem })
    const head = readHead(folder)
    const { position } = store.tail()
    if (sealer.first === null) {
      if (head !== null || identity !== null) throw missing('it has no checkpoint')
      if (options.wasSealed && position > 0) throw missing('there is nothing of it, and its key is there')
    } else if (identity !== null) {
      if (identity !== sealer.first)
        throw missing('its first checkpoint is not the one that the log began with')
      if (head === null) throw missing('the file head is not there')
    }
    const verifiers = [noteVerifier(signer.verifierKey), ...earlier]
    await takeIn(sealer, store, head === null ? null : openCheckpoint(head, verifiers))
    if (sealer.first === null) await sealer.checkpoint()
    const latest = sealer.sign()
    const file = await HeadFile.open(folder, latest.note)
    // The identity comes last: a head that is missing beside it was lost, and not just unwritten by a writer that was killed.
    if (identity === null) await writeDurably(options.identityPath, Buffer.from(sealer.first ?? ''))
    return new LiveSeal(sealer, file, { latest, signer })
  }

  /** The checkpoint of the last commit. */
  get latest(): SignedCheckpoint {
    return this.#latest
  }

  get signer(): NoteSigner {
    return this.#signer
  }

  /** The signature that `extend` needs for these leaves: worked out while the disk is waited for. It seals nothing. */
  ahead(leaves: readonly Uint8Array[]): Ahead {
    return { signer: this.#signer, signed: this.#sealer.signAhead(leaves) }
  }

  /**
   * Seals the events of a commit. The head is with the operating system on return, and on the disk soon after.
   * @param ahead what was signed of these leaves before; it counts unless the key was rotated since
   */
  extend(leaves: readonly Uint8Array[], ahead?: Ahead): void {
    this.#sealer.extend(leaves)
    const isOfNow = ahead?.signer === this.#signer && ahead.signed.size === this.#sealer.size
    this.#latest = isOfNow ? ahead.signed : this.#sealer.sign()
    this.#head.write(this.#latest.note)
    if (this.#sealer.size - (this.#sealer.last?.size ?? 0) >= PUBLISH_EVENTS) this.#publishQuietly()
  }

  /** Writes all tiles and the checkpoint over them, for whoever fetches and proves. */
  publish(): Promise<SignedCheckpoint> {
    const next = () => this.#sealer.checkpoint()
    this.#published = this.#published.then(next, next)
    return this.#published
  }

  /** From now on another key signs. */
  signWith(signer: NoteSigner): void {
    this.#signer = signer
    this.#sealer.signWith(signer)
    this.extend([])
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    try {
      await this.publish()
    } finally {
      this.#head.close()
    }
  }

  /** What fails here is tried again later, and told when the log is closed; the head has proved every commit by then. */
  #publishQuietly(): void {
    this.publish().catch(() => undefined)
  }
}

/** Compares the last tile, and the head's root, with the log; then takes in what is new. */
async function takeIn(sealer: Sealer, store: SealedStore, head: SignedCheckpoint | null): Promise<void> {
  const { position } = store.tail()
  sealer.assertNotLonger(position)
  if (head !== null) sealer.assertHas(head.size, position)
  const advance = async (from: Position, to: Position): Promise<void> => {
    for (let at = from; at <= to; at += LEAVES_PER_READ) {
      await sealer.advance(at, store.leaves(at, Math.min(at + LEAVES_PER_READ - 1, to)))
    }
  }
  const lastTile = Math.floor(Math.max(sealer.size - 1, 0) / TILE_WIDTH) * TILE_WIDTH + 1
  const sealed = head === null || head.size < sealer.size ? sealer.size : head.size
  await advance(lastTile, sealed)
  if (head?.size === sealer.size && !sameHash(head.root, sealer.sign().root)) {
    throw sealer.diverged('its events do not have the root that was signed with the last commit')
  }
  await advance(sealed + 1, position)
}
