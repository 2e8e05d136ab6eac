/** Objects of a bucket under names of their own, each kept by Object Lock, and found again whatever was put over them. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { sha256 } from '../../../../schemas/kernel/canonical.ts'
import type { Micros } from '../../../../schemas/kernel/time.ts'
import type { BucketOptions } from './bucket.ts'
import { bucketClient, isThereAlready, refusalOf } from './client.ts'
import { retainedUntil } from './retention.ts'
import { versionsOf } from './versions.ts'

export type ObjectVersionFound = Readonly<{
  name: string
  /** By the server's clock. */
  storedAt: Micros | null
  read: () => Promise<Uint8Array>
}>

export class LockedObjects {
  readonly #options: BucketOptions
  readonly #client: S3Client

  constructor(options: BucketOptions) {
    this.#options = options
    this.#client = bucketClient(options)
  }

  /** An object is written once: one that is there under the name stays beneath. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const { bucket: Bucket, prefix, retention, clock } = this.#options
    const put = (condition: { IfNoneMatch?: string }) =>
      this.#client.send(
        new PutObjectCommand({
          ...{ Bucket, Key: prefix + name, Body: bytes, ContentLength: bytes.length, ...condition },
          ChecksumAlgorithm: 'SHA256',
          ChecksumSHA256: Buffer.from(sha256(bytes), 'hex').toString('base64'),
          ...(retention !== undefined && {
            ObjectLockMode: retention.mode,
            ObjectLockRetainUntilDate: retainedUntil(retention, clock),
          }),
        }),
      )
    await this.#asked('store a manifest', () =>
      put({ IfNoneMatch: '*' }).catch((error: unknown) => {
        if (!isThereAlready(error)) throw error
        return put({})
      }),
    )
  }

  /** Every version of every object, also of those that a marker says were deleted. */
  async versions(mostBytes: number): Promise<readonly ObjectVersionFound[]> {
    const { bucket: Bucket, prefix: Prefix } = this.#options
    const found: ObjectVersionFound[] = []
    for await (const { Key = '', VersionId, LastModified, Size = 0 } of versionsOf(
      this.#client,
      { Bucket, Prefix },
      (ask) => this.#asked('list', ask),
    ))
      if (Size <= mostBytes)
        found.push({
          name: Key.slice(Prefix.length),
          storedAt: LastModified === undefined ? null : LastModified.getTime() * 1000,
          read: () =>
            this.#asked('read a manifest', async () => {
              const { Body } = await this.#client.send(new GetObjectCommand({ Bucket, Key, VersionId }))
              return (await Body?.transformToByteArray()) ?? new Uint8Array()
            }),
        })
    return found
  }

  async #asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      throw refusalOf(error, this.#options, what)
    }
  }
}
