/** Backups: what was copied to a place that the platform cannot change, and whether a log could be built from it again. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()

/** Which log, up to where: the size and root of the checkpoint that names the backup. */
const backup = {
  /** The log's identity: SHA-256 of its first checkpoint. */
  log: digest,
  size: z.int().positive(),
  root: digest,
  /** SHA-256 of the backup's manifest. */
  manifest: digest,
  /** A folder, or `s3://bucket/prefix`. */
  place: z.string().min(1),
}

export const backupTaken = z.strictObject({
  ...backup,
  /** Whether every object was asked for and locked anew, and not those alone that came since the last backup. */
  full: z.boolean(),
  /** Objects that were asked for, and those of them that had to be brought. */
  checked: count,
  brought: count,
  broughtBytes: count,
  /** Nobody can delete any of it until then; null where the place locks nothing. */
  lockedUntil: z.nullable(z.int()),
  /** Manifests in that place that are none of this log's. */
  unsound: count,
  millis: count,
})

/** The log up to `size`, its chunks and its seal are in the place. Said by whoever took the backup. */
export const BackupTaken = defineEvent({ type: 'backup.Taken', version: 1, data: backupTaken })

export const backupDrilled = z.strictObject({
  ...backup,
  /** Chunks that were restored, and their bytes. */
  chunks: count,
  chunkBytes: count,
  /** What `asof verify` found in what was restored; the first of it in words. */
  damages: count,
  firstDamage: z.nullable(z.string()),
  /** Derived events that were made again from what was restored, and how many came out otherwise. */
  compared: count,
  differences: count,
  /** Witnesses that had cosigned a beginning of what was restored, and of how many events. */
  witnesses: z.array(
    z.strictObject({
      key: z.string(),
      size: count,
      /** Whether the witness itself was asked, and not the copy that the backup has. */
      isAsked: z.boolean(),
    }),
  ),
  passed: z.boolean(),
  /** Of the clock: rebuilding, verifying, replaying. */
  millis: z.strictObject({ rebuild: count, verify: count, replay: count }),
})

/** A log was built from a backup elsewhere, hashed, held against what witnesses cosigned, and replayed. */
export const BackupDrilled = defineEvent({ type: 'backup.Drilled', version: 1, data: backupDrilled })
