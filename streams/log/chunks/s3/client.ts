/** The client of a bucket, and what its errors mean. */
import { Agent } from 'node:https'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { Refusal, refuse } from '../../../../schemas/kernel/fault.ts'

export type BucketAddress = Readonly<{
  bucket: string
  region: string
  /** Amazon's, unless another server is named. */
  endpoint?: string | undefined
  /** The bucket in the path of the URL and not in its host. */
  pathStyle: boolean
  /** Those that the client finds by itself, unless they are given. */
  credentials?: Readonly<{ accessKeyId: string; secretAccessKey: string }> | undefined
  /** The server's authority in PEM, where it is none that Node trusts. */
  ca?: string | undefined
}>

const CONNECT_MILLIS = 3_000
/** Without a byte from the server. */
const SILENT_MILLIS = 30_000
const SOCKETS = 32

export function bucketClient({ region, endpoint, pathStyle, credentials, ca }: BucketAddress): S3Client {
  const config: S3ClientConfig = {
    region,
    forcePathStyle: pathStyle,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    // A chunk's own SHA-256 goes with it; servers that are not Amazon's may not know the others.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MILLIS,
      requestTimeout: SILENT_MILLIS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: SOCKETS },
      httpsAgent:
        ca === undefined ? { maxSockets: SOCKETS } : new Agent({ ca, maxSockets: SOCKETS, keepAlive: true }),
    },
  }
  return new S3Client(config)
}

type Answered = Readonly<{ name: string; status: number | undefined; message: string }>

export function answered(error: unknown): Answered {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) }
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : null
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined
  return { name, message, status: typeof status === 'number' ? status : undefined }
}

/** The object is not there; a bucket that is not there is something else. */
export function isMissingObject(error: unknown): boolean {
  const { name, status } = answered(error)
  return status === 404 && name !== 'NoSuchBucket'
}

/** There is an object under the key already. */
export const isThereAlready = (error: unknown): boolean => answered(error).status === 412

/** Whether the same request may be answered otherwise later. */
function isPassing({ name, status }: Answered): boolean {
  if (status === undefined) return name !== 'CredentialsProviderError'
  // Whoever gives out credentials gives new ones before long; what a server does not know how to do it will not know later.
  if (status === 501) return false
  return status >= 500 || isExpired(name) || [408, 409, 425, 429].includes(status) || name === 'SlowDown'
}

const isExpired = (name: string): boolean => ['ExpiredToken', 'ExpiredTokenException'].includes(name)

/** Whether the client has credentials whose time is over: it keeps those of a file for ever, and another client reads them anew. */
export const hasExpired = (error: unknown): boolean => isExpired(answered(error).name)

/** @returns Refusal `chunk.store-away`, `chunk.store-refused` */
export function refusalOf(error: unknown, { bucket, endpoint }: BucketAddress, what: string): Refusal {
  if (error instanceof Refusal) return error
  const found = answered(error)
  const where = `s3://${bucket}${endpoint === undefined ? '' : ` at ${endpoint}`}`
  const problem = [...new Set([found.name, found.message].filter((text) => text !== ''))].join(': ')
  return refuse(isPassing(found) ? 'chunk.store-away' : 'chunk.store-refused', {
    bucket: where,
    what,
    problem: problem.slice(0, 300) || 'it says nothing of why',
  })
}

export const isAway = (error: unknown): boolean =>
  error instanceof Refusal && error.fault.code === 'chunk.store-away'
