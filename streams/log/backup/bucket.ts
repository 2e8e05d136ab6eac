/** A backup in a bucket with Object Lock: what was kept is there until its lock ends, whatever anybody deletes or writes over it. */
import { Bucket, type BucketOptions } from '../chunks/s3/bucket.ts'
import { LockedObjects } from '../chunks/s3/locked.ts'
import { type Patience, patiently } from '../chunks/s3/patience.ts'
import type { Retention } from '../chunks/s3/retention.ts'
import { MANIFEST_BYTES } from './manifest.ts'
import type { BackupStore } from './store.ts'

export type BackupBucketOptions = BucketOptions & Readonly<{ retention: Retention; patience: Patience }>

export function openBackupBucket(options: BackupBucketOptions): BackupStore {
  const { bucket, prefix, retention, patience } = options
  const objects = new Bucket({ ...options, prefix: `${prefix}objects/` })
  const manifests = new LockedObjects({ ...options, prefix: `${prefix}manifests/` })
  const patient = <T>(work: () => Promise<T>): Promise<T> => patiently(patience, work)
  return {
    place: `s3://${bucket}/${prefix}`,
    lockedDays: retention.days,
    assertFit: () => patient(() => objects.assertFit()),
    keep: (wanted) => patient(() => objects.ensure(wanted, wanted.load)),
    read: (hash) => patient(() => objects.read(hash)),
    keepManifest: (name, bytes) => patient(() => manifests.write(name, bytes)),
    manifests: () => patient(() => manifests.versions(MANIFEST_BYTES)),
  }
}
