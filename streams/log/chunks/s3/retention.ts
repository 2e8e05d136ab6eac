/** Object Lock: until when nobody can delete a chunk, and whether a bucket can promise that. */
import {
  type DefaultRetention,
  GetObjectLockConfigurationCommand,
  type HeadObjectCommandOutput,
  type ObjectLockRetention,
  type S3Client,
} from '@aws-sdk/client-s3'
import { refuse } from '../../../../schemas/kernel/fault.ts'
import { type Clock, MICROS_PER_DAY } from '../../../../schemas/kernel/time.ts'
import { answered } from './client.ts'

export type Retention = Readonly<{
  /** In governance mode, whoever may bypass it can shorten it; in compliance mode nobody can, the account's owner neither. */
  mode: 'GOVERNANCE' | 'COMPLIANCE'
  days: number
}>

export const retainedUntil = ({ days }: Retention, clock: Clock): Date =>
  new Date((clock.nowMicros() + days * MICROS_PER_DAY) / 1000)

/**
 * What has to be asked for, so that an object which an event comes to name once more is kept as long as one that is new; null where it
 * is already, to less than a day.
 */
export function toExtend(
  { ObjectLockMode, ObjectLockRetainUntilDate }: HeadObjectCommandOutput,
  retention: Retention,
  clock: Clock,
): ObjectLockRetention | null {
  const until = retainedUntil(retention, clock)
  const isCompliant = ObjectLockMode === 'COMPLIANCE' || ObjectLockMode === retention.mode
  const kept = ObjectLockRetainUntilDate?.getTime() ?? Number.NEGATIVE_INFINITY
  const isLongEnough = kept > until.getTime() - MICROS_PER_DAY / 1000
  if (isCompliant && isLongEnough) return null
  const Mode = ObjectLockMode === 'COMPLIANCE' ? 'COMPLIANCE' : retention.mode
  return { Mode, RetainUntilDate: isLongEnough ? ObjectLockRetainUntilDate : until }
}

/** @throws Refusal `chunk.no-object-lock`, `chunk.weaker-retention` */
export async function assertLockable(client: S3Client, bucket: string, retention: Retention): Promise<void> {
  const found = await client
    .send(new GetObjectLockConfigurationCommand({ Bucket: bucket }))
    .catch((error: unknown) => {
      const { name, status } = answered(error)
      if (status === 404 && name !== 'NoSuchBucket') return null
      throw error
    })
  const configuration = found?.ObjectLockConfiguration
  const { mode, days } = retention
  if (configuration?.ObjectLockEnabled !== 'Enabled')
    throw refuse('chunk.no-object-lock', { bucket, mode, days })
  const own = configuration.Rule?.DefaultRetention
  // What is asked for with an object goes before what the bucket would give it.
  if (own !== undefined && isStronger(own, retention))
    throw refuse('chunk.weaker-retention', { bucket, mode, days, own: `${own.Mode}, ${daysOf(own)} days` })
}

const daysOf = ({ Days, Years }: DefaultRetention): number => Days ?? (Years ?? 0) * 365

const isStronger = (own: DefaultRetention, { mode, days }: Retention): boolean =>
  daysOf(own) > days || (own.Mode === 'COMPLIANCE' && mode === 'GOVERNANCE')
