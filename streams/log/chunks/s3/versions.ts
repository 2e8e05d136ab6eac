/** Versions of objects: what Object Lock kept of those that somebody deleted or wrote over. */
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3'
import { type Digest, sha256 } from '../../../../schemas/kernel/canonical.ts'
import { CHUNK_BYTES } from '../../regular.ts'

/**
 * The bytes of a version that have the hash; null where none does. The oldest first: what somebody wrote over a chunk, however often, is
 * newer than the chunk.
 */
export async function soundVersion(
  client: S3Client,
  { Bucket, Prefix, hash }: Readonly<{ Bucket: string; Prefix: string; hash: Digest }>,
): Promise<Uint8Array | null> {
  const versions = await Array.fromAsync(versionsOf(client, { Bucket, Prefix }))
  for (const { Key, VersionId, Size = 0 } of versions.toReversed()) {
    if (VersionId === undefined || Size > CHUNK_BYTES) continue
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))
    const bytes = await Body?.transformToByteArray()
    if (bytes !== undefined && sha256(bytes) === hash) return bytes
  }
  return null
}

/** Every version under a prefix, page by page: whoever writes over an object may write over it thousands of times. */
export async function* versionsOf(
  client: S3Client,
  { Bucket, Prefix }: Readonly<{ Bucket: string; Prefix: string }>,
  asked: <T>(ask: () => Promise<T>) => Promise<T> = (ask) => ask(),
): AsyncGenerator<ObjectVersion> {
  let from: Readonly<{ KeyMarker?: string | undefined; VersionIdMarker?: string | undefined }> = {}
  for (;;) {
    const page = await asked(() => client.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...from })))
    yield* page.Versions ?? []
    if (page.IsTruncated !== true) return
    from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
  }
}
