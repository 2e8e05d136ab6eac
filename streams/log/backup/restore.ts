/** Builds a log from a backup: its events, the chunks that they name, its tiles and checkpoints. Nothing in the backup is believed: all is hashed. */
import { join } from 'node:path'
import { type Digest, sha256 } from '../../../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import type { ChunkStore } from '../chunks.ts'
import { IDENTITY } from '../embedded/database.ts'
import { storeForWriting } from '../embedded/open.ts'
import { writeAllDurably, writeDurably } from '../files.ts'
import { placedAfter, tailAfter } from '../group.ts'
import { readCheckpoint, splitNotes } from '../seal/checkpoint.ts'
import { HeadFile } from '../seal/head.ts'
import { CHECKPOINT, CHECKPOINTS } from '../seal/sealer.ts'
import { tilePath } from '../seal/tiles.ts'
import { Tiling } from '../seal/tiling.ts'
import { leafHashOf, sameHash } from '../seal/tree.ts'
import type { LogStore, StoredBatch, Tail } from '../stored.ts'
import { EMPTY_TAIL } from '../stored.ts'
import { witnessedFolder } from '../witness/kept.ts'
import { AtOnce } from './at-once.ts'
import type { Backup } from './manifest.ts'
import { eventsOf, type SegmentEvent } from './segment.ts'
import type { BackupStore } from './store.ts'

export type Into = Readonly<{ log: string; seal: string; chunks: ChunkStore }>

export type Restored = Readonly<{ events: number; chunks: number; chunkBytes: number }>

const AT_ONCE = 8

/**
 * What is there of an earlier try is gone on with.
 * @throws Refusal `backup.unsound` where the events do not have the root of the checkpoint, `chunk.missing`, `chunk.damaged`, and of the store
 */
export async function restoreLog(
  { manifest, checkpoint }: Backup,
  store: BackupStore,
  {
    into,
    progress = () => undefined,
  }: Readonly<{ into: Into; progress?: (events: number, of: number) => void }>,
): Promise<Restored> {
  const notes = await notesOf(manifest.notes, store)
  const last = splitNotes(notes.toString('utf8')).notes.at(-1) ?? ''
  const published = last === '' ? 0 : readCheckpoint(last).size
  const tiles = new Tiles(into.seal, published)
  const chunks = new Chunks(store, into.chunks)
  const events = storeForWriting(into.log)
  try {
    const batches = new Batches(events)
    for (const segment of manifest.segments) {
      const read = await eventsOf(await store.read(segment.hash, 'file'), segment)
      for (const one of read) {
        tiles.push(leafHashOf(one.leaf))
        batches.add(one)
        for (const { hash, format, bytes } of one.event.chunks) await chunks.begin({ hash, format, bytes })
      }
      batches.write()
      await tiles.write()
      await chunks.settled()
      progress(segment.to, checkpoint.size)
    }
    batches.end()
    if (!sameHash(tiles.root, checkpoint.root))
      throw unsound(
        `The backup of ${checkpoint.size} events`,
        'its events do not have the root of its checkpoint',
      )
    await events.sync()
  } finally {
    await chunks.quiet()
    events.close()
  }
  await writeSeal({ manifest, checkpoint }, { into, notes, published: last })
  return { events: checkpoint.size, chunks: chunks.count, chunkBytes: chunks.bytes }
}

const unsound = (what: string, problem: string): Refusal => refuse('backup.unsound', { what, problem })

async function notesOf({ bytes, pieces }: Backup['manifest']['notes'], store: BackupStore): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (const hash of pieces) parts.push(await store.read(hash, 'file'))
  const whole = Buffer.concat(parts)
  if (whole.length !== bytes)
    throw unsound('The checkpoints of the backup', `they have ${whole.length} bytes, not ${bytes}`)
  return whole
}

/** Tiles as they were when the last checkpoint was published. */
class Tiles {
  readonly #tiling = new Tiling()
  readonly #folder: string
  readonly #published: number
  #partial: ReturnType<Tiling['partial']> = []

  constructor(folder: string, published: number) {
    this.#folder = folder
    this.#published = published
  }

  get root(): Uint8Array {
    return this.#tiling.root
  }

  push(leaf: Uint8Array): void {
    this.#tiling.push(leaf)
    if (this.#tiling.size === this.#published) this.#partial = this.#tiling.partial()
  }

  async write(): Promise<void> {
    const all = this.#tiling.full()
    // What is full only beyond the last published checkpoint is written when that is published.
    const full = all.filter(
      ({ name }) => (name.index + 1) * name.width ** (name.level + 1) <= this.#published,
    )
    const tiles = [...full, ...this.#partial]
    await writeAllDurably(
      tiles.map(({ name, bytes }) => ({ path: join(this.#folder, tilePath(name)), bytes })),
    )
    this.#partial = []
    this.#tiling.written(all.length)
  }
}

/** Events into the batches that they were appended in. */
class Batches {
  readonly #store: LogStore
  readonly #there: number
  #tail: Tail = EMPTY_TAIL
  #open: SegmentEvent[] = []
  #whole: StoredBatch[] = []

  constructor(store: LogStore) {
    this.#store = store
    this.#there = store.tail().position
  }

  add(one: SegmentEvent): void {
    const [first] = this.#open
    if (first !== undefined && first.batch.commandId !== one.batch.commandId) this.#close()
    this.#open.push(one)
  }

  /** Writes the batches that are whole and not there yet. */
  write(): void {
    const missing = this.#whole.filter(({ firstPosition }) => firstPosition > this.#there)
    this.#whole = []
    if (missing.length > 0) this.#store.write(missing)
  }

  end(): void {
    this.#close()
    this.write()
  }

  #close(): void {
    const [first] = this.#open
    if (first === undefined) return
    const of = { ...first.batch, firstRevision: first.revision }
    const batch = placedAfter(
      this.#tail,
      of,
      this.#open.map(({ event }) => event),
    )
    this.#tail = tailAfter(batch)
    this.#whole.push(batch)
    this.#open = []
  }
}

class Chunks {
  readonly #from: BackupStore
  readonly #to: ChunkStore
  readonly #going = new AtOnce(AT_ONCE)
  readonly #named = new Set<Digest>()
  bytes = 0

  constructor(from: BackupStore, to: ChunkStore) {
    this.#from = from
    this.#to = to
  }

  get count(): number {
    return this.#named.size
  }

  async begin({
    hash,
    format,
    bytes,
  }: Readonly<{ hash: Digest; format: Parameters<ChunkStore['put']>[1]; bytes: number }>): Promise<void> {
    if (this.#named.has(hash)) return
    this.#named.add(hash)
    this.bytes += bytes
    await this.#going.begin(async () => {
      if (await this.#isThere(hash)) return
      await this.#to.put(await this.#from.read(hash, format), format)
    })
  }

  async settled(): Promise<void> {
    await this.#going.settled()
    await this.#to.sync()
  }

  /** After a failure: no file stays open. */
  async quiet(): Promise<void> {
    await this.#going.quiet()
    await this.#to.sync().catch(() => undefined)
  }

  async #isThere(hash: Digest): Promise<boolean> {
    if (!(await this.#to.has(hash))) return false
    return this.#to.get(hash).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Refusal) return false
        throw error
      },
    )
  }
}

async function writeSeal(
  { manifest, checkpoint }: Pick<Backup, 'manifest' | 'checkpoint'>,
  { into, notes, published }: Readonly<{ into: Into; notes: Buffer; published: string }>,
): Promise<void> {
  const [first = ''] = splitNotes(notes.toString('utf8')).notes
  if (sha256(first) !== manifest.log)
    throw unsound('The backup', 'its first checkpoint is not the one that names its log')
  const files = [
    { path: join(into.seal, CHECKPOINTS), bytes: notes },
    { path: join(into.seal, CHECKPOINT), bytes: Buffer.from(published) },
    { path: join(into.seal, 'log.vkey'), bytes: Buffer.from(`${manifest.verifierKey}\n`) },
    ...manifest.witnessed.map(({ name, note }) => ({
      path: join(witnessedFolder(into.seal), name),
      bytes: Buffer.from(note),
    })),
  ]
  await writeAllDurably(files)
  const head = await HeadFile.open(into.seal, checkpoint.note)
  head.close()
  // Last: beside it, nothing of the seal may be missing.
  await writeDurably(join(into.log, IDENTITY), Buffer.from(first))
}
