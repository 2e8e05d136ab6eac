/** How a browser gets its session: by a link that works once, or by a token that it shows; and how it leaves. */
import type { FastifyInstance } from 'fastify'
import type { Access } from '../access/access.ts'
import { LINK_MINUTES } from '../access/browser.ts'
import { askingOf } from './asking.ts'
import { cookieOf, sessionIn } from './cookie.ts'

/** `GET /enter/<code>`: spends a one-time link for a cookie. `POST /api/v1/links`: the owner asks for another link. */
export function serveEntrance(server: FastifyInstance, access: Access): void {
  server.get<{ Params: { code: string } }>(
    '/enter/:code',
    // Whoever only looks at the link leaves it as it is.
    {
      config: { notes: { permission: null, about: 'A one-time link, for a cookie.' } },
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const session = await access.enter(request.params.code)
      return reply.header('set-cookie', cookieOf(request, session)).redirect('/', 303)
    },
  )

  const opening = {
    config: { notes: { permission: 'read', about: 'A session for a browser, by the token that it shows.' } },
  } as const
  server.post('/api/v1/session', opening, async (request, reply) => {
    const session = await access.open(askingOf(request))
    const { name, roles } = request.subject
    return reply.header('set-cookie', cookieOf(request, session)).send({ subject: name, roles })
  })
  const telling = { config: { notes: { permission: 'read', about: 'Who is asking.' } } } as const
  server.get('/api/v1/session', telling, async ({ subject: { name, roles } }) => ({ subject: name, roles }))
  const leaving = {
    config: { notes: { permission: null, about: "The end of a browser's session." } },
  } as const
  server.delete('/api/v1/session', leaving, async (request, reply) => {
    const session = sessionIn(request)
    if (session !== null) access.leave(session)
    return reply.header('set-cookie', cookieOf(request, '', 0)).send({ left: session !== null })
  })

  const asking = {
    config: { notes: { permission: 'operate', about: 'A one-time link, for the owner.' } },
  } as const
  server.post('/api/v1/links', asking, async ({ subject, protocol, host }) => {
    const link = `${protocol}://${host}/enter/${await access.link(subject)}`
    return { link, minutes: LINK_MINUTES }
  })
}
