/** Buckets as they are configured: the server, and whoever asks there. */
import { z } from 'zod'
import type { BucketAddress } from '../streams/log/chunks/s3/client.ts'
import { readWritten } from '../streams/log/regular.ts'

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

const server = {
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

const keyAndSecret = ({ accessKey, secretKeyFile }: Readonly<Record<string, unknown>>): boolean =>
  (accessKey === undefined) === (secretKeyFile === undefined)
const TOGETHER = { path: ['secretKeyFile'], message: 'accessKey and secretKeyFile go together' }

export const chunksConfig = z
  .strictObject({
    bucket: z.string().regex(BUCKET),
    /** Before the key of every chunk; it ends in a slash. */
    prefix: z
      .string()
      .regex(/^(?:[\w.-]+\/)*$/)
      .default(''),
    ...server,
    /** Object Lock: nobody can delete a chunk for so long. */
    retention: z
      .strictObject({ mode: z.enum(['governance', 'compliance']), days: z.int().positive().max(36_500) })
      .optional(),
    /** What is kept on this machine of what was used last. */
    cacheMegabytes: z.int().positive().default(4_096),
    /** How long a bucket that is away is waited for. */
    waitSeconds: z.int().positive().max(86_400).default(60),
  })
  .refine(keyAndSecret, TOGETHER)
export type ChunksConfig = z.infer<typeof chunksConfig>

/** Where tables of a lakehouse lie that are named as `s3://bucket/prefix`. */
export const lakeConfig = z
  .strictObject({
    ...server,
    /** What of a table may lie on this machine while it is read. */
    megabytes: z.int().positive().default(16_384),
  })
  .refine(keyAndSecret, TOGETHER)
export type LakeConfig = z.infer<typeof lakeConfig>

/** Files that both of them name. */
export const BUCKET_FILES = ['ca', 'secretKeyFile'] as const

/** @throws what a file that it names says of itself */
export function bucketAddress(bucket: string, config: LakeConfig | ChunksConfig): BucketAddress {
  const { region, endpoint, accessKey, secretKeyFile, ca } = config
  return {
    ...{ bucket, region, endpoint, pathStyle: config.pathStyle ?? endpoint !== undefined },
    ...(ca !== undefined && { ca: readWritten(ca) }),
    ...(accessKey !== undefined &&
      secretKeyFile !== undefined && {
        credentials: { accessKeyId: accessKey, secretAccessKey: readWritten(secretKeyFile).trimEnd() },
      }),
  }
}
