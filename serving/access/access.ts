/** Access: who asks, and whether they may. One is opened for each server. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Clock, Micros } from '../../schemas/kernel/time.ts'
import type { Permission } from '../../schemas/permission.ts'
import type { Subject } from '../../schemas/role.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { wallClock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Folder } from '../folder.ts'
import { ownerOf } from './actor.ts'
import type { Asking } from './asking.ts'
import { authorizer, cedarIn } from './authorize.ts'
import { browsers } from './browser.ts'
import { ownerToken } from './owner-token.ts'
import { hashOf, isAsofToken, matches, OWNER_ID, partsOf } from './secrets.ts'
import { accessStanding } from './standing.ts'
import { unknown } from './unknown.ts'

export type Access = Readonly<{
  config: Config
  /** @throws Refusal `access.unauthenticated`, `access.keys-unreachable` */
  authenticate: (asking: Asking) => Promise<Subject>
  /** @throws Refusal `access.denied` */
  authorize: (subject: Subject, permission: Permission) => Promise<void>
  /** What somebody may, by the policy in force now. */
  permissions: (subject: Subject) => Promise<(permission: Permission) => boolean>
  /** The code of a one-time link for whoever owns the folder. @throws Refusal `access.denied` for anybody else */
  link: (asking?: Subject) => Promise<string>
  /** Spends such a code. @returns the id of a browser's session @throws Refusal `access.link-spent` */
  enter: (code: string) => Promise<string>
  /** A session for a browser that shows a token. @returns its id @throws Refusal `access.unauthenticated` */
  open: (asking: Asking) => Promise<string>
  /** Ends a browser's session. */
  leave: (session: string) => void
}>

type Parts = Readonly<{
  folder: Pick<Folder, 'root'>
  log: Pick<LogReader, 'head' | 'readAll'>
  config: Config
  clock?: Clock
}>

/** Opens the doors of a platform; the owner's token is made where there is none. @throws Refusal `access.token-file` */
export async function openAccess({ folder, log, config, clock = wallClock }: Parts): Promise<Access> {
  const owner = ownerOf(folder.root)
  const ownerHash = hashOf(partsOf(await ownerToken(folder))?.secret ?? '')
  const standing = accessStanding(log)
  const { authorize, permits } = authorizer()
  const sessions = browsers()
  const oidc = config.oidc === undefined ? null : await (await import('./oidc.ts')).oidc(config.oidc)

  const now = async (): Promise<Micros> => Math.max(clock.nowMicros(), (await standing()).recordedAt)

  const byToken = async (text: string): Promise<Subject> => {
    const parts = partsOf(text)
    if (parts === null) throw unknown('the token is not whole')
    const { id, secret } = parts
    const { state } = await standing()
    const token = Object.hasOwn(state.tokens, id) ? state.tokens[id] : null
    const isOwner = id === OWNER_ID
    if (!matches(secret, isOwner ? ownerHash : (token?.hash ?? null)))
      throw unknown('the token is none of this platform')
    if (isOwner) return owner
    if (token === null) throw unknown('the token is none of this platform')
    if (token.revoked !== null) throw unknown('the token was revoked')
    if (token.expires <= (await now())) throw unknown('the token has expired')
    return { name: token.subject, roles: token.roles }
  }

  const byHeader = async (header: string): Promise<Subject> => {
    const [, text] = BEARER.exec(header) ?? []
    if (text === undefined) throw unknown('the Authorization header is not "Bearer" and a token')
    if (isAsofToken(text)) return byToken(text)
    if (oidc === null) throw unknown('the token is none of this platform, and no issuer is configured')
    return oidc(text, await now())
  }

  /** @param isOurs whether Asof's own tokens count from where it was sent */
  const byShown = async (header: string, isOurs: boolean): Promise<Subject> => {
    if (!isOurs && isAsofToken(header.replace(/^bearer /i, '')))
      throw unknown("Asof's own tokens count over loopback alone here")
    return byHeader(header)
  }
  const isOursFrom = ({ isLoopback }: Asking): boolean => isLoopback || config.tokens

  return {
    config,
    async authenticate(asking) {
      const { authorization, session, certificate } = asking
      const [header, second] = authorization
      if (second !== undefined) throw unknown('there is more than one Authorization header')
      const isOurs = isOursFrom(asking)
      if (header !== undefined) return byShown(header, isOurs)
      const holder = session === null ? null : sessions.holderOf(session, await now())
      if (holder !== null && 'authorization' in holder) return byShown(holder.authorization, isOurs)
      if (holder !== null && isOurs) return holder.subject
      if (session !== null) throw unknown('the session of this browser is over')
      if (certificate === null) throw unknown('there is no token')
      return byCertificate(certificate, config, await now())
    },
    async authorize(subject, permission) {
      authorize(cedarIn((await standing()).state), subject, permission)
    },
    async permissions(subject) {
      const cedar = cedarIn((await standing()).state)
      return (permission) => permits(cedar, subject, permission)
    },
    async link(asking = owner) {
      // What a token gives ends with it, and a session that came of it would not.
      if (asking !== owner) {
        const { name: subject, roles } = asking
        throw refuse('access.denied', { subject, roles: roles.join(', '), permission: 'ask for a link' })
      }
      return sessions.link(owner, await now())
    },
    enter: async (code) => sessions.enter(code, await now()),
    async open(asking) {
      const [header] = asking.authorization
      if (header === undefined) throw unknown('there is no token')
      await byShown(header, isOursFrom(asking))
      return sessions.open({ authorization: header }, await now())
    },
    leave: sessions.end,
  }
}

/** RFC 6750, 2.1: the scheme in any case, one space, and the characters that a token may have. */
const BEARER = /^bearer ([\w.~+/-]+=*)$/i

function byCertificate(
  { name, expires }: NonNullable<Asking['certificate']>,
  { tls }: Config,
  now: Micros,
): Subject {
  const roles = tls?.clients?.roles ?? {}
  if (expires <= now) throw unknown('the client certificate has expired')
  if (!Object.hasOwn(roles, name))
    throw unknown(`no role is configured for the client certificate of ${name}`)
  return { name, roles: roles[name] }
}
