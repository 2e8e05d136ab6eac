/** A server with its doors as they are without configuration, and the owner's token to get in by. */
import { type Clock, MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Role } from '../../schemas/role.ts'
import { type Access, openAccess } from '../../serving/access/access.ts'
import { issueToken } from '../../serving/access/acts.ts'
import { ownerToken } from '../../serving/access/owner-token.ts'
import { hashOf, newSecret, newTokenId, tokenText } from '../../serving/access/secrets.ts'
import { wallClock } from '../../serving/clock.ts'
import { type Config, NO_CONFIG } from '../../serving/config.ts'
import { type Serving, serve } from '../../serving/http/server.ts'
import type { Platform } from '../../serving/platform.ts'
import { owners } from './doors.ts'

export type Served = Serving &
  Readonly<{
    /** The header that lets the owner of the folder in. */
    owner: Readonly<{ authorization: string }>
    access: Access
    /** As `fetch`, by path, as the owner unless other headers are given. */
    get: (path: string, init?: RequestInit) => Promise<Response>
  }>

type Listen = Readonly<{
  host?: string
  allowed?: readonly string[]
  config?: Partial<Config>
  clock?: Clock
}>

/** Serves a platform on a free port. */
export async function served(platform: Platform, listen: Listen = {}): Promise<Served> {
  const { host = '127.0.0.1', allowed = [], config = {}, ...parts } = listen
  const { folder, log } = platform
  const access = await openAccess({ folder, log, config: { ...NO_CONFIG, ...config }, ...parts })
  const serving = await serve(platform, { host, port: 0, access, allowed })
  const owner = { authorization: `Bearer ${await ownerToken(folder)}` }
  owners.set(serving.url, owner.authorization)
  return {
    ...serving,
    ...{ owner, access },
    get: (path, init = {}) =>
      fetch(`${serving.url}${path}`, {
        ...init,
        headers: { ...owner, ...Object.fromEntries(new Headers(init.headers)) },
      }),
  }
}

type Issued = Readonly<{ id: string; authorization: string }>

let issued = 0

/** A token of the platform's own, for a day unless told. */
export async function tokenFor(
  platform: Platform,
  roles: readonly Role[],
  subject = roles.join(' and '),
): Promise<Issued> {
  const [id, secret] = [newTokenId(), newSecret()]
  const expires = wallClock.nowMicros() + MICROS_PER_DAY
  const token = { id, subject, roles: [...roles], hash: hashOf(secret), expires }
  const issuer = { name: 'owner', roles: ['owner'] } as const
  await issueToken(platform, token, { issuer, commandId: `issue-${issued++}` })
  return { id, authorization: `Bearer ${tokenText(id, secret)}` }
}
