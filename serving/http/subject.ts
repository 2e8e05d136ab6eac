/** Who asks, and whether he may: the one place where HTTP learns it, before a body is read. */
import { userInfo } from 'node:os'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Permission } from '../../schemas/permission.ts'

export type Subject = Readonly<{ name: string; roles: readonly string[] }>

declare module 'fastify' {
  interface FastifyRequest {
    subject: Subject
  }
}

/** The owner of the folder, who alone reaches a server on the loopback address. */
async function authenticate(_: FastifyRequest): Promise<Subject> {
  return { name: userInfo().username, roles: [] }
}

/** Everything is allowed to the owner of the folder. */
function authorize(_: Subject, __: Permission): void {}

/** Each request gets its subject. One to a route that needs a permission, or to none, is refused where that is lacking. */
export function admit(server: FastifyInstance): void {
  server.decorateRequest('subject')
  server.addHook('onRequest', async (request) => {
    const { notes } = request.routeOptions.config
    if (notes?.permission === null) return
    request.subject = await authenticate(request)
    authorize(request.subject, notes?.permission ?? 'read')
  })
}
