/** A server with its doors as they are without configuration, and the owner's token to get in by. */
import { openAccess } from '../../serving/access/access.ts'
import { ownerToken } from '../../serving/access/owner-token.ts'
import { type Config, NO_CONFIG } from '../../serving/config.ts'
import { type Serving, serve } from '../../serving/http/server.ts'
import type { Platform } from '../../serving/platform.ts'

export type Served = Serving &
  Readonly<{
    /** The header that lets the owner of the folder in. */
    owner: Readonly<{ authorization: string }>
    /** As `fetch`, by path, as the owner unless other headers are given. */
    get: (path: string, init?: RequestInit) => Promise<Response>
  }>

type Listen = Readonly<{ host?: string; allowed?: readonly string[]; config?: Partial<Config> }>

/** Serves a platform on a free port. */
export async function served(platform: Platform, listen: Listen = {}): Promise<Served> {
  const { host = '127.0.0.1', allowed = [], config = {} } = listen
  const { folder, log } = platform
  const access = await openAccess({ folder, log, config: { ...NO_CONFIG, ...config } })
  const serving = await serve(platform, { host, port: 0, access, allowed })
  const owner = { authorization: `Bearer ${await ownerToken(folder)}` }
  return {
    ...serving,
    owner,
    get: (path, init = {}) =>
      fetch(`${serving.url}${path}`, {
        ...init,
        headers: { ...owner, ...Object.fromEntries(new Headers(init.headers)) },
      }),
  }
}
