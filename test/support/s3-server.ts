/** A small S3 server in this process: what the chunk store asks of one, with versions and Object Lock, and a switch that turns it off. */
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Version = {
  id: string
  /** Null for a marker that says that the object was deleted. */
  bytes: Buffer | null
  mode?: string | undefined
  until?: string | undefined
}

export type S3Server = Readonly<{
  endpoint: string
  /** The versions of each key, the newest last. */
  objects: Map<string, Version[]>
  /** What was asked, as `PUT key`. */
  asked: string[]
  close: () => Promise<void>
}> & {
  /** What it answers in place of the truth: a status, 0 for hanging up, or a status and the whole body. */
  answers: ((request: IncomingMessage) => number | readonly [status: number, body: string] | null) | null
}

type Lock = Readonly<{ mode?: string; days?: number }> | null

/** @param lock null for a bucket without Object Lock; with a default retention where it is given */
export async function s3Server(bucket: string, lock: Lock = null): Promise<S3Server> {
  const objects: S3Server['objects'] = new Map()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const status = own.answers?.(request) ?? null
      if (typeof status === 'object' && status !== null) response.writeHead(status[0]).end(status[1])
      else if (status === 0) request.socket.destroy()
      else if (status !== null) refuse(response, status, status === 403 ? 'AccessDenied' : 'InternalError')
      else answer(request, response, Buffer.concat(parts))
    })
  })
  const answer = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const url = new URL(request.url ?? '/', 'http://s3')
    const [, name = '', ...rest] = decodeURIComponent(url.pathname).split('/')
    const key = rest.join('/')
    if (name !== bucket) refuse(response, 404, 'NoSuchBucket')
    else if (key === '') ofBucket(url.searchParams, response)
    else {
      asked.push(`${request.method} ${key}`)
      ofObject({ request, response, body, key, query: url.searchParams })
    }
  }
  const ofBucket = (query: URLSearchParams, response: ServerResponse): unknown => {
    const prefix = query.get('prefix') ?? ''
    if (query.has('object-lock')) {
      if (lock === null) return refuse(response, 404, 'ObjectLockConfigurationNotFoundError')
      const rule =
        lock.mode &&
        `<Rule><DefaultRetention><Mode>${lock.mode}</Mode><Days>${lock.days}</Days></DefaultRetention></Rule>`
      return xml(
        response,
        `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule ?? ''}</ObjectLockConfiguration>`,
      )
    }
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()
    if (query.has('versions')) {
      const found = keys.flatMap((key) =>
        (objects.get(key) ?? [])
          .toReversed()
          .flatMap(
            ({ id, bytes }) =>
              bytes && [
                `<Version><Key>${key}</Key><VersionId>${id}</VersionId><Size>${bytes.length}</Size></Version>`,
              ],
          ),
      )
      return xml(response, `<ListVersionsResult>${found.join('')}</ListVersionsResult>`)
    }
    const after = query.get('continuation-token') ?? ''
    const present = keys.filter((key) => key > after && newest(key) !== null)
    const most = Math.min(Number(query.get('max-keys') ?? PAGE), PAGE)
    const page = present.slice(0, most)
    const next = present.length > most ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
    return xml(
      response,
      `<ListBucketResult>${next}${page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`,
    )
  }
  const newest = (key: string): Version | null => {
    const version = objects.get(key)?.at(-1)
    return version === undefined || version.bytes === null ? null : version
  }
  const ofObject = (
    of: Readonly<{
      request: IncomingMessage
      response: ServerResponse
      body: Buffer
      key: string
      query: URLSearchParams
    }>,
  ): unknown => {
    const { request, response, body, key, query } = of
    const versions = objects.get(key) ?? []
    const wanted = query.get('versionId')
    const found = wanted === null ? newest(key) : (versions.find(({ id }) => id === wanted) ?? null)
    const { headers, method } = request
    if (method === 'PUT' && query.has('retention')) {
      if (found === null) return refuse(response, 404, 'NoSuchKey')
      found.mode = /<Mode>(\w+)/.exec(String(body))?.[1]
      found.until = /<RetainUntilDate>([^<]+)/.exec(String(body))?.[1]
      return response.writeHead(200).end()
    }
    if (method === 'PUT') {
      if (headers['if-none-match'] === '*' && newest(key) !== null)
        return refuse(response, 412, 'PreconditionFailed')
      const said = headers['x-amz-checksum-sha256']
      if (said !== undefined && said !== sha256(body)) return refuse(response, 400, 'BadDigest')
      const version: Version = { id: randomUUID(), bytes: body }
      if (headers['x-amz-object-lock-mode'] !== undefined) {
        if (lock === null) return refuse(response, 400, 'InvalidRequest')
        version.mode = String(headers['x-amz-object-lock-mode'])
        version.until = String(headers['x-amz-object-lock-retain-until-date'])
      }
      objects.set(key, lock === null ? [version] : [...versions, version])
      return response.writeHead(200).end()
    }
    if (method === 'DELETE') {
      if (lock === null) objects.delete(key)
      else objects.set(key, [...versions, { id: randomUUID(), bytes: null }])
      return response.writeHead(204).end()
    }
    if (found === null || found.bytes === null) return refuse(response, 404, 'NoSuchKey')
    response.writeHead(200, {
      'content-length': found.bytes.length,
      ...(headers['x-amz-checksum-mode'] && { 'x-amz-checksum-sha256': sha256(found.bytes) }),
      ...(found.mode && {
        'x-amz-object-lock-mode': found.mode,
        'x-amz-object-lock-retain-until-date': found.until,
      }),
    })
    return response.end(method === 'HEAD' ? undefined : found.bytes)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const own: S3Server = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    asked,
    answers: null,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return own
}

/** Smaller than a real one's, so that lists have several. */
const PAGE = 7

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64')

const xml = (response: ServerResponse, text: string): unknown =>
  response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${text}`)

function refuse(response: ServerResponse, status: number, code: string): unknown {
  response.writeHead(status, { 'content-type': 'application/xml' })
  return response.end(`<Error><Code>${code}</Code><Message>${code}, said the test</Message></Error>`)
}
