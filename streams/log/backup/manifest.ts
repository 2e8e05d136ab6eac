/** A backup's manifest: the checkpoint that names it, and the objects that the log up to there is made of. Its name has its own digest. */
import { z } from 'zod'
import { canonicalJson, type Digest, sha256 } from '../../../schemas/kernel/canonical.ts'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { openCheckpoint, readCheckpoint, type SignedCheckpoint } from '../seal/checkpoint.ts'
import type { NoteVerifier } from '../seal/note.ts'
import type { FoundManifest } from './store.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()

/** Events of a range, in one object. */
const segment = z.strictObject({
  from: count.positive(),
  to: count.positive(),
  hash: digest,
  bytes: count,
  /** No later backup writes these events anew. */
  isWhole: z.boolean(),
})
export type Segment = z.infer<typeof segment>

const manifest = z.strictObject({
  format: z.literal(1),
  /** The log's identity: SHA-256 of its first checkpoint. */
  log: digest,
  /** Its public key. Whoever restores has a copy from elsewhere, and holds this against it. */
  verifierKey: z.string(),
  /** The checkpoint of the last event: its size and root name the backup. */
  checkpoint: z.string(),
  /** Every checkpoint that was published, one after the other, in pieces. */
  notes: z.strictObject({ bytes: count, pieces: z.array(digest) }),
  /** What each witness cosigned last, under the name of its file. */
  witnessed: z.array(
    z.strictObject({ name: z.string().regex(/^[0-9a-f]{8}\.checkpoint$/), note: z.string() }),
  ),
  segments: z.array(segment).readonly(),
  takenAt: z.int(),
  /** Until then nobody can delete any object that it names; null where the store locks nothing. */
  lockedUntil: z.nullable(z.int()),
})
export type Manifest = z.infer<typeof manifest>

/** Its number of events, the moment at which it was taken, and its digest: the last name in order is the last backup. */
const NAME = /^(\d{16})-(\d{16})-([0-9a-f]{64})\.json$/
export const MANIFEST_BYTES = 64 << 20

export function manifestBytes(of: Manifest): Readonly<{ name: string; digest: Digest; bytes: Uint8Array }> {
  const bytes = Buffer.from(canonicalJson(of))
  const digest = sha256(bytes)
  const { size } = readCheckpoint(of.checkpoint)
  const [events, moment] = [size, of.takenAt].map((number) => String(number).padStart(16, '0'))
  return { name: `${events}-${moment}-${digest}.json`, digest, bytes }
}

export type Backup = Readonly<{ manifest: Manifest; checkpoint: SignedCheckpoint; digest: Digest }>

/** What a manifest says, or why it is none of a log that one of these keys sealed. Without keys it is held against the one in it. */
export function backupIn(
  bytes: Uint8Array,
  name: string,
  keys: readonly NoteVerifier[],
): Backup | Readonly<{ problem: string }> {
  const [, size, moment, digest = ''] = NAME.exec(name) ?? []
  if (size === undefined) return { problem: 'its name is not that of a manifest' }
  if (sha256(bytes) !== digest) return { problem: 'its bytes do not have the digest in its name' }
  const parsed = manifest.safeParse(jsonOrNull(bytes))
  if (!parsed.success) return { problem: `it is no manifest: ${parsed.error.issues[0]?.message}` }
  try {
    const checkpoint = openCheckpoint(parsed.data.checkpoint, keys)
    if (checkpoint.size !== Number(size) || parsed.data.takenAt !== Number(moment))
      return { problem: 'its name tells of another checkpoint, or of another moment' }
    const problem = gapIn(parsed.data.segments, checkpoint.size)
    return problem === null ? { manifest: parsed.data, checkpoint, digest } : { problem }
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.message }
    throw error
  }
}

export const backupOf = async (
  { name, read }: FoundManifest,
  keys: readonly NoteVerifier[],
): Promise<Backup | Readonly<{ problem: string }>> => {
  try {
    return backupIn(await read(), name, keys)
  } catch (error) {
    if (error instanceof Refusal && error.fault.code !== 'chunk.store-away') return { problem: error.message }
    throw error
  }
}

/** The number of events that a manifest's name tells; 0 for a name that is none. */
export const sizeIn = (name: string): number => Number(NAME.exec(name)?.[1] ?? 0)

/** The last backup first. */
export const lastFirst = (one: Readonly<{ name: string }>, other: Readonly<{ name: string }>): number =>
  one.name < other.name ? 1 : one.name > other.name ? -1 : 0

function gapIn(segments: readonly Segment[], size: number): string | null {
  let next = 1
  for (const { from, to } of segments) {
    if (from !== next || to < from) return `its segments do not follow each other at event ${next}`
    next = to + 1
  }
  return next === size + 1 ? null : `its segments end before event ${next}, and its checkpoint seals ${size}`
}

function jsonOrNull(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
}
