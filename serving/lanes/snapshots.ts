/** A lane's snapshots as files, each signed by the log's key for the event that it was taken at; the newest two are kept. */
import { webcrypto } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Position } from '../../schemas/envelope.ts'
import { type Digest, sha256 } from '../../schemas/kernel/canonical.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { type Memory, memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { isMissing, writeDurably } from '../../streams/log/files.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { NOTE_BYTES, ownBytes, SNAPSHOT_BYTES } from '../../streams/log/regular.ts'
import { openCheckpoint, signCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import type { LiveSeal } from '../../streams/log/seal/live.ts'
import { noteVerifier } from '../../streams/log/seal/note.ts'
import { DUE, type Due, type Known, type Snapshot, type SnapshotStore } from '../../streams/snapshot.ts'
import type { Folder } from '../folder.ts'
import { warn } from '../warn.ts'
import type { LaneName } from './names.ts'

/** How many whole ones stay: where the newest is damaged, or of before something was set aside, the other one serves. */
const KEPT = 2
const NAME = /^([1-9][0-9]*)\.snapshot$/

/** What the log's key stands for: which log it is, who may have signed, and the signing. */
export type SnapshotKey = Readonly<{
  identity: Digest
  verifierKey: string
  /** Signs what `rootOf` gives for a lane at a position. */
  sign: (position: Position, root: Uint8Array) => string | Promise<string>
}>

/** A note of this origin is no checkpoint: its last line is `rootOf` the snapshot. */
const originOf = (lane: LaneName): string => `asof.local/log/snapshot/${lane}`

/** The key of a lane's snapshots; null for a log that has none. */
export function snapshotKey(seal: LiveSeal | null, lane: LaneName): SnapshotKey | null {
  if (seal === null) return null
  return {
    identity: seal.identity,
    verifierKey: seal.signer.verifierKey,
    sign: (size, root) => signCheckpoint({ origin: originOf(lane), size, root }, seal.signer).note,
  }
}

type Parts = Readonly<{
  folder: Folder
  lane: LaneName
  log: Pick<LogReader, 'leaves' | 'head'>
  key: () => Promise<SnapshotKey | null> | SnapshotKey | null
  due?: Due | undefined
}>

export function snapshotFiles(parts: Parts): SnapshotStore {
  const { folder, lane, log, key } = parts
  const own = join(folder.lanes, lane)
  const pathOf = (position: Position): string => join(own, `${position}.snapshot`)
  const nameOf = (position: Position): string => `lanes/${lane}/${position}.snapshot`
  const passedOver = new Set<Position>()
  let keeping: Promise<void> = Promise.resolve()

  const passOver = (position: Position, why: string): void => {
    passedOver.add(position)
    warn(`${nameOf(position)} is passed over: ${why}. An older snapshot is used, or the log is read again.`)
  }

  const read = async (position: Position): Promise<Snapshot | null> => {
    const bytes = ownBytes(pathOf(position), SNAPSHOT_BYTES)
    const signing = await key()
    if (bytes === null || signing === null) return null
    const { note, body } = partsOf(bytes)
    const { origin, size, root } = openCheckpoint(note, [noteVerifier(signing.verifierKey)])
    if (origin !== originOf(lane) || size !== position) throw new Error(`it is one of ${origin} at ${size}`)
    const leaf = await leafAt(log, position)
    if (leaf === null) throw new Error('it lies beyond the end of the log')
    const found = rootOf({ identity: signing.identity, leaf, digest: await digestOf(body) })
    if (!root.every((byte, i) => byte === found[i])) throw new Error('it was changed, or is of another log')
    return { position, ...knownIn(memoryFrom(body)) }
  }

  const write = async (position: Position, body: Buffer): Promise<void> => {
    const signing = await key()
    const leaf = await leafAt(log, position)
    if (signing === null || leaf === null) return
    const root = rootOf({ identity: signing.identity, leaf, digest: await digestOf(body) })
    const note = Buffer.from(await signing.sign(position, root))
    await writeDurably(pathOf(position), Buffer.concat([Buffer.from(`${note.length}\n`), note, body]))
    for (const old of positionsIn(own).slice(KEPT)) await rm(pathOf(old), { force: true })
  }

  return {
    due: parts.due ?? DUE,
    async *whole(atMost) {
      await removeDrafts(own)
      for (const position of positionsIn(own)) {
        if (position > atMost || passedOver.has(position)) continue
        try {
          const snapshot = await read(position)
          if (snapshot !== null) yield snapshot
        } catch (error) {
          passOver(position, reasonOf(error))
        }
      }
    },
    passOver,
    keep(position, make) {
      try {
        const body = memoryBytes(make() as unknown as Memory)
        if (body.length > SNAPSHOT_BYTES - 2 * NOTE_BYTES) throw new Error(`it has ${body.length} bytes`)
        keeping = keeping.then(() => write(position, body)).catch((error) => failed(error))
      } catch (error) {
        failed(error)
      }
    },
    kept: () => keeping,
  }

  function failed(error: unknown): void {
    // Whoever was refused has let go of the log.
    if (error instanceof Refusal && error.fault.code === 'log.closed') return
    warn(
      `No snapshot of the ${lane} lane could be taken: ${reasonOf(error)}. The next opening reads more of the log.`,
    )
  }
}

/** The lane is folded when it is opened next. */
export const removeSnapshots = (folder: Folder, lane: LaneName): void =>
  rmSync(join(folder.lanes, lane), { recursive: true, force: true })

/** A line with the length of the note, the note, and what it is about. */
function partsOf(bytes: Buffer): Readonly<{ note: string; body: Buffer }> {
  const end = bytes.subarray(0, 8).indexOf('\n')
  const length = Number(bytes.toString('latin1', 0, Math.max(0, end)))
  if (end < 1 || !(length <= NOTE_BYTES)) throw new Error('it is no snapshot')
  const from = end + 1 + length
  return { note: bytes.toString('utf8', end + 1, from), body: bytes.subarray(from) }
}

/** What a release of Asof signed that writes snapshots otherwise is no snapshot of this one's. */
function knownIn(memory: Memory): Known {
  const { processors, revisions, aside } = (memory ?? {}) as Partial<Known>
  const isKnown = Array.isArray(processors) && revisions instanceof Map && aside instanceof Set
  if (!isKnown) throw new Error('it is none that this release of Asof writes')
  return { processors, revisions, aside }
}

/** What is signed: the log, its event at the position, and all bytes of the memory. */
const rootOf = (of: Readonly<{ identity: Digest; leaf: Uint8Array; digest: string }>): Buffer =>
  Buffer.from(sha256(`${of.identity}\n${Buffer.from(of.leaf).toString('hex')}\n${of.digest}\n`), 'hex')

/** Off this thread, which has days to answer meanwhile. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', new Uint8Array(bytes))
  return Buffer.from(digest).toString('hex')
}

async function leafAt(
  log: Pick<LogReader, 'leaves' | 'head'>,
  position: Position,
): Promise<Uint8Array | null> {
  if (position > (await log.head()).position) return null
  for await (const [leaf] of log.leaves(position)) return leaf ?? null
  return null
}

/** The newest snapshot of a lane, whole or not, and when it was written; null where there is none. */
export function newestSnapshot(
  folder: Folder,
  lane: LaneName,
): Readonly<{ position: Position; writtenMillis: number }> | null {
  const own = join(folder.lanes, lane)
  const [position] = positionsIn(own)
  if (position === undefined) return null
  const stats = statSync(join(own, `${position}.snapshot`), { throwIfNoEntry: false })
  return stats === undefined ? null : { position, writtenMillis: stats.mtimeMs }
}

/** Where there are snapshots, the newest first. */
const positionsIn = (folder: string): readonly Position[] =>
  namesIn(folder)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a)

/** What a writer that was killed left behind. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of namesIn(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Refusal && error.fault.code === 'seal.malformed')
    return 'the key of the log did not sign it'
  return error instanceof Error ? error.message : String(error)
}
