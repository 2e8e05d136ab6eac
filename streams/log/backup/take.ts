/** Takes a backup: the log up to the checkpoint of its last commit, the chunks that it names, and its seal; the manifest comes last. */
import type { ChunkRef, Position } from '../../../schemas/envelope.ts'
import { type Digest, sha256 } from '../../../schemas/kernel/canonical.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, type Micros } from '../../../schemas/kernel/time.ts'
import type { ChunkStore } from '../chunks.ts'
import { leafBytes } from '../leaf.ts'
import { openCheckpoint, type SignedCheckpoint } from '../seal/checkpoint.ts'
import type { NoteVerifier } from '../seal/note.ts'
import { leafHashOf, Range, rootOf, sameHash } from '../seal/tree.ts'
import type { LogStore } from '../stored.ts'
import { AtOnce } from './at-once.ts'
import { type Backup, backupOf, lastFirst, type Manifest, manifestBytes, type Segment } from './manifest.ts'
import { SegmentCut } from './segment.ts'
import type { BackupStore, Wanted } from './store.ts'

/** The seal as it lies in its folder. Read in this order: the notes, what witnesses cosigned, the head. */
export type SealFiles = Readonly<{
  log: Digest
  verifierKey: string
  notes: Uint8Array
  witnessed: Manifest['witnessed']
  head: string
}>

export type Source = Readonly<{
  store: Pick<LogStore, 'page' | 'leaves'>
  chunks: Pick<ChunkStore, 'get'>
  seal: SealFiles
  /** Keys that may have sealed the log. */
  verifiers: readonly NoteVerifier[]
}>

export type Taking = Readonly<{
  now: Micros
  /** Ask the store for every object, and lock each anew. Without it, for what came since the last backup, and for all when that is due. */
  full: boolean
  progress?: (events: number, of: number) => void
}>

export type Taken = Readonly<{
  checkpoint: SignedCheckpoint
  manifest: Digest
  /** Whether every object of the log was asked for. */
  full: boolean
  /** Objects that were asked for, and those of them that had to be brought. */
  checked: number
  brought: number
  broughtBytes: number
  lockedUntil: Micros | null
  /** Manifests in the store that are none of this log's: somebody wrote them, or over them. */
  unsound: readonly string[]
}>

const AT_ONCE = 8
const PIECE_BYTES = 1 << 20
const LEAVES_PER_READ = 4_096

/**
 * What a manifest names stays locked for three quarters of the store's days at least: once a quarter is over, all is locked anew.
 * @throws Refusal `backup.diverged` where the last backup has another history, `seal.diverged`, `log.damaged`, and of the store
 */
export async function takeBackup(source: Source, store: BackupStore, taking: Taking): Promise<Taken> {
  const { seal, verifiers } = source
  const { now, progress = () => undefined } = taking
  const checkpoint = openCheckpoint(seal.head, verifiers)
  const { size } = checkpoint
  if (size === 0) throw refuse('backup.nothing', { place: store.place })
  const { last, unsound } = await lastBackup(store, seal.log, verifiers)
  assertContinues(source, { checkpoint, last })
  const full = taking.full || last === null || isDue(last.manifest, store, now)
  const bringing = new Bringing(store)
  try {
    const from = full ? null : last
    const segments = await bringEvents(source, bringing, { from, size, progress })
    const pieces: Digest[] = []
    for (let at = 0; at < seal.notes.length; at += PIECE_BYTES)
      pieces.push(await bringing.bring(seal.notes.subarray(at, at + PIECE_BYTES)))
    await bringing.settled()
    const lockedUntil = lockOf(store, { now, last: from })
    const { log, verifierKey, witnessed } = seal
    const { name, digest, bytes } = manifestBytes({
      ...{ format: 1, log, verifierKey, checkpoint: checkpoint.note, witnessed, segments },
      ...{ notes: { bytes: seal.notes.length, pieces }, takenAt: now, lockedUntil },
    })
    await store.keepManifest(name, bytes)
    const { checked, brought, broughtBytes } = bringing
    return { checkpoint, manifest: digest, full, checked, brought, broughtBytes, lockedUntil, unsound }
  } finally {
    await bringing.quiet()
  }
}

type Events = Readonly<{
  /** The backup that this one goes on with; null for one that asks for everything. */
  from: Backup | null
  size: number
  progress: (events: number, of: number) => void
}>

/** Brings the events that no whole segment has yet, and the chunks that they name. @returns the segments of all events */
async function bringEvents(
  source: Source,
  bringing: Bringing,
  { from, size, progress }: Events,
): Promise<readonly Segment[]> {
  const segments = (from?.manifest.segments ?? []).filter(({ isWhole }) => isWhole)
  const first = (segments.at(-1)?.to ?? 0) + 1
  const named = new Set<Digest>()
  let cut = new SegmentCut(first)
  const end = async (): Promise<void> => {
    const { bytes, of } = await cut.pack()
    cut = new SegmentCut(of.to + 1)
    segments.push({ ...of, hash: await bringing.bring(bytes), bytes: bytes.length })
    progress(of.to, size)
  }
  for (const { leaf, position, chunks } of sealedEvents(source, first, size)) {
    cut.add(leaf)
    for (const ref of position > (from?.checkpoint.size ?? 0) ? chunks : []) {
      if (named.has(ref.hash)) continue
      named.add(ref.hash)
      await bringing.begin(wantedChunk(ref, source.chunks))
    }
    if (cut.isWhole) await end()
  }
  if (cut.events > 0) await end()
  return segments
}

/** The greatest backup of this log, and what pretends to be one. */
async function lastBackup(
  store: BackupStore,
  log: Digest,
  verifiers: readonly NoteVerifier[],
): Promise<Readonly<{ last: Backup | null; unsound: readonly string[] }>> {
  const found = [...(await store.manifests())].sort(lastFirst)
  const unsound: string[] = []
  for (const each of found) {
    const backup = await backupOf(each, verifiers)
    if (!('problem' in backup) && backup.manifest.log === log) return { last: backup, unsound }
    unsound.push(`${each.name}: ${'problem' in backup ? backup.problem : 'it is of another log'}`)
  }
  return { last: null, unsound }
}

/** The leaves have the root that was signed, and the last backup's root before. @throws Refusal `backup.diverged`, `seal.diverged` */
function assertContinues(
  { store }: Source,
  { checkpoint, last }: Readonly<{ checkpoint: SignedCheckpoint; last: Backup | null }>,
): void {
  const { size } = checkpoint
  const before = last?.checkpoint
  const diverged = (problem: string) => refuse('backup.diverged', { size: before?.size ?? 0, problem })
  if (before !== undefined && before.size > size) throw diverged(`the log has ${size} events`)
  const range = new Range()
  for (let from = 1; from <= size; from += LEAVES_PER_READ) {
    for (const leaf of store.leaves(from, Math.min(from + LEAVES_PER_READ - 1, size))) {
      range.push(leaf)
      if (range.size === before?.size && !sameHash(rootOf(range.nodes), before.root))
        throw diverged('the same number of events of the log have another root')
    }
  }
  if (range.size === size && sameHash(rootOf(range.nodes), checkpoint.root)) return
  throw refuse('seal.diverged', {
    folder: 'the log',
    problem: `its ${size} events do not have the root that was signed`,
  })
}

/** Events whose columns make the leaf that the log has of them. @throws Refusal `log.damaged` */
function* sealedEvents(
  { store }: Source,
  from: Position,
  to: Position,
): Iterable<Readonly<{ position: Position; leaf: Uint8Array; chunks: readonly ChunkRef[] }>> {
  for (let next = from; next <= to; ) {
    const page = store.page(next, to, {})
    const leaves = store.leaves(next, Math.min(page.next - 1, to))
    for (const batch of page.batches) {
      for (const event of batch.events) {
        const { position, chunks } = event
        if (position > to) return
        const leaf = leafBytes(batch, event)
        const stored = leaves[position - next]
        if (stored === undefined || !sameHash(leafHashOf(leaf), stored))
          throw refuse('log.damaged', { position, problem: 'its columns do not make its leaf' })
        yield { position, leaf, chunks }
      }
    }
    next = page.next
  }
}

const wantedChunk = ({ hash, format, bytes }: ChunkRef, chunks: Source['chunks']): Wanted => ({
  ...{ hash, format, bytes },
  load: () => chunks.get(hash),
})

/** Whether a quarter of the time for which all of it is locked is over. */
const isDue = ({ lockedUntil }: Manifest, { lockedDays }: BackupStore, now: Micros): boolean =>
  lockedDays !== null && (lockedUntil ?? 0) < now + lockedDays * MICROS_PER_DAY * 0.75

function lockOf(
  { lockedDays }: BackupStore,
  { now, last }: Readonly<{ now: Micros; last: Backup | null }>,
): Micros | null {
  if (lockedDays === null) return null
  return last?.manifest.lockedUntil ?? now + lockedDays * MICROS_PER_DAY - MICROS_PER_DAY
}

class Bringing {
  readonly #store: BackupStore
  readonly #going = new AtOnce(AT_ONCE)
  checked = 0
  brought = 0
  broughtBytes = 0

  constructor(store: BackupStore) {
    this.#store = store
  }

  begin(wanted: Wanted): Promise<void> {
    return this.#going.begin(async () => {
      const isBrought = await this.#store.keep(wanted)
      this.checked++
      if (!isBrought) return
      this.brought++
      this.broughtBytes += wanted.bytes
    })
  }

  /** Bytes that are at hand. */
  async bring(bytes: Uint8Array): Promise<Digest> {
    const hash = sha256(bytes)
    await this.begin({ hash, format: 'file', bytes: bytes.length, load: async () => bytes })
    return hash
  }

  settled(): Promise<void> {
    return this.#going.settled()
  }

  quiet(): Promise<void> {
    return this.#going.quiet()
  }
}
