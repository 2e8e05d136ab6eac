/** What the configuration says of buckets, for chunks, for backups and for tables of a lakehouse, and the address that follows from it. */
import { z } from 'zod'
import type { BucketAddress } from '../streams/log/chunks/s3/client.ts'
import type { Retention } from '../streams/log/chunks/s3/retention.ts'
import { readWritten } from '../streams/log/regular.ts'

const seconds = z.int().positive()

export const keyAndSecret = ({ accessKey, secretKeyFile }: Readonly<Record<string, unknown>>): boolean =>
  (accessKey === undefined) === (secretKeyFile === undefined)
export const KEY_AND_SECRET = { path: ['secretKeyFile'], message: 'accessKey and secretKeyFile go together' }

const mode = z.enum(['governance', 'compliance'])
const days = z.int().positive().max(36_500)

/** The server, and whoever asks there. */
const serverShape = {
  region: z.string().min(1).default('us-east-1'),
  /** Of a server that is not Amazon's. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** The bucket in the path of the URL and not in its host; so where an endpoint is named, unless this says otherwise. */
  pathStyle: z.boolean().optional(),
  /** Without a key, the one that Amazon's clients find by themselves. */
  accessKey: z.string().min(1).optional(),
  secretKeyFile: z.string().min(1).optional(),
  /** A file in PEM, where the server's authority is none that Node trusts. */
  ca: z.string().min(1).optional(),
}

export const bucketShape = {
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  /** Before the key of every object; it ends in a slash. */
  prefix: z
    .string()
    .regex(/^(?:[\w.-]+\/)*$/)
    .default(''),
  ...serverShape,
  /** Object Lock: nobody can delete an object for so long. */
  retention: z.strictObject({ mode, days }).optional(),
  /** How long a bucket that is away is waited for. */
  waitSeconds: seconds.max(86_400).default(60),
}

export const backupConfig = z
  .strictObject({
    ...bucketShape,
    /** Without a lock it would be one more copy that whoever has the key deletes. */
    retention: z.strictObject({ mode: mode.default('compliance'), days }),
  })
  .refine(keyAndSecret, KEY_AND_SECRET)
export type BackupConfig = z.infer<typeof backupConfig>

/** Where tables of a lakehouse lie that are named as `s3://bucket/prefix`. */
export const lakeConfig = z
  .strictObject({
    ...serverShape,
    /** What of a table may lie on this machine while it is read. */
    megabytes: z.int().positive().default(16_384),
  })
  .refine(keyAndSecret, KEY_AND_SECRET)

type Named = Omit<z.infer<z.ZodObject<typeof bucketShape>>, 'retention' | 'waitSeconds' | 'prefix'>

/** @throws what the system says of files that cannot be read */
export const bucketAddress = ({
  bucket,
  region,
  endpoint,
  pathStyle,
  accessKey,
  secretKeyFile,
  ca,
}: Named): BucketAddress => ({
  ...{ bucket, region, endpoint, pathStyle: pathStyle ?? endpoint !== undefined },
  ...(ca !== undefined && { ca: readWritten(ca) }),
  ...(accessKey !== undefined &&
    secretKeyFile !== undefined && {
      credentials: { accessKeyId: accessKey, secretAccessKey: readWritten(secretKeyFile).trimEnd() },
    }),
})

export const retentionOf = ({ mode, days }: BackupConfig['retention']): Retention => ({
  mode: mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
  days,
})
