/** Where backups lie: objects under the SHA-256 of their bytes, and manifests under a name that is checked too. Nothing is ever written over. */
import type { ChunkRef } from '../../../schemas/envelope.ts'
import type { Digest } from '../../../schemas/kernel/canonical.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'

export type Format = ChunkRef['format']

/** What is to be kept. Its bytes are asked for only where the store does not have them whole. */
export type Wanted = Readonly<{
  hash: Digest
  format: Format
  bytes: number
  load: () => Promise<Uint8Array>
}>

/** A manifest as the store has it: anybody who could write there may have made it. */
export type FoundManifest = Readonly<{
  name: string
  /** When the store took it, by the store's own clock; null where it does not say. */
  storedAt: Micros | null
  read: () => Promise<Uint8Array>
}>

export interface BackupStore {
  /** For people: a folder, or `s3://bucket/prefix`. */
  readonly place: string
  /** How long nobody can delete what is kept, in days; null for a store that locks nothing. */
  readonly lockedDays: number | null
  /** @throws Refusal where the store cannot do what is asked of it */
  assertFit(): Promise<void>
  /** Durable, and locked from now on, when it answers. @returns whether bytes were brought */
  keep(wanted: Wanted): Promise<boolean>
  /** The bytes of an object, checked against their hash; from an older version where the newest is gone or damaged. */
  read(hash: Digest, format: Format): Promise<Uint8Array>
  keepManifest(name: string, bytes: Uint8Array): Promise<void>
  /** Every version of every manifest, also of those that somebody deleted or wrote over. */
  manifests(): Promise<readonly FoundManifest[]>
}
