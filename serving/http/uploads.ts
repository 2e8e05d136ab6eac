/** `POST /api/v1/uploads`: a file on its way in, streamed to the disk as it comes. */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { refuse } from '../../schemas/kernel/fault.ts'
import { hasCode } from '../../streams/log/files.ts'
import type { Folder } from '../folder.ts'
import { takeUpload } from '../uploads.ts'
import { queryOf } from './query.ts'
import type { RouteNotes } from './route.ts'

/** A large file over a slow line. */
const BODY_MILLIS = 3_600_000

const BYTES = 'application/octet-stream'
const UPLOAD_QUERY = z.strictObject({
  /** The file's own name: its ending says how it is read, and the arrival is recorded under it. */
  name: z.string(),
})

/** Takes the body of a request. @throws Refusal `upload.broken-off`, and as `takeUpload` */
export const takeSent = (folder: Folder, name: string, raw: IncomingMessage): Promise<string> =>
  takeUpload(folder, name, raw).catch((error) => {
    // Whoever went away is no defect of the server's.
    throw !raw.complete && hasCode(error, 'ECONNRESET') ? refuse('upload.broken-off', { name }) : error
  })

export function serveUploads(server: FastifyInstance, folder: Folder): void {
  const notes: RouteNotes = {
    permission: 'data.write',
    about: 'Upload a file, for data.ingest to read under the id that is answered.',
    query: UPLOAD_QUERY,
    takes: BYTES,
  }
  ofBytes(server, (scope) => {
    scope.post('/api/v1/uploads', { config: { notes, bodyMillis: BODY_MILLIS } }, async (request) => {
      const { name } = queryOf(UPLOAD_QUERY, request)
      return { upload: await takeSent(folder, name, request.raw) }
    })
  })
}

/** Routes whose bodies are bytes, whatever type they are sent with: what is taken for JSON, or for text, would be read before they see it. */
export function ofBytes(server: FastifyInstance, add: (scope: FastifyInstance) => void): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (_: unknown, payload: Readable) => payload)
    add(scope)
  })
}
