/** The server: who is let in, what is answered, and how it ends. */
import { randomUUID } from 'node:crypto'
import fastify from 'fastify'
import { openProjectionStore } from '../../projections/store.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { Works } from '../commands/works.ts'
import { BODY_BYTES } from '../named.ts'
import type { Platform } from '../platform.ts'
import { leaveAddress } from '../running.ts'
import { dropUploads } from '../uploads.ts'
import { warn } from '../warn.ts'
import { serveCommands } from './commands.ts'
import { failed } from './failed.ts'
import { guard } from './guard.ts'
import { serveOpenApi } from './openapi.ts'
import { serveSeal } from './seal.ts'
import { serveStream } from './stream.ts'
import { admit } from './subject.ts'
import { serveUploads } from './uploads.ts'
import { serveHealth, serveViews } from './views.ts'
import { serveWork } from './work.ts'

export type Serving = Readonly<{ url: string; close: () => Promise<void> }>

/** How long an answer that is under way has when the server is closed. */
const PATIENCE_MILLIS = 3_000

/**
 * Serves a platform, and leaves its address in the folder for as long as it does.
 * @param listen port 0 takes any free one; `allowed`: names, beside its own, that it answers under
 */
export async function serve(
  platform: Platform,
  listen: Readonly<{ host: string; port: number; allowed?: readonly string[] }>,
): Promise<Serving> {
  const { host, port, allowed = [] } = listen
  const server = fastify({
    logger: { level: process.env.ASOF_LOG_LEVEL ?? 'warn' },
    frameworkErrors: failed,
    bodyLimit: BODY_BYTES,
  })
  const states = openProjectionStore(platform.folder.projections, { readOnly: true, warn })
  const name = randomUUID()
  guard(server, { host, allowed })
  admit(server)
  serveOpenApi(server)
  serveHealth(server, platform, name)
  serveViews(server, { ...platform, states })
  serveSeal(server, platform.folder)
  serveStream(server, platform)
  const works = new Works(platform)
  serveCommands(server, platform, works)
  serveWork(server, platform, works)
  dropUploads(platform.folder)
  serveUploads(server, platform.folder)
  server.setErrorHandler(failed)
  server.setNotFoundHandler(async ({ method, url }) => {
    throw refuse('route.unknown', { method, path: url })
  })
  const url = await server.listen({ host, port })
  const takeAway = leaveAddress(platform.folder, { url, pid: process.pid, server: name })
  return {
    url,
    async close() {
      takeAway()
      works.cancelAll()
      // A reader who takes his time is not waited for.
      const cutOff = setTimeout(() => server.server.closeAllConnections(), PATIENCE_MILLIS)
      await server.close()
      clearTimeout(cutOff)
      states.close()
    },
  }
}
