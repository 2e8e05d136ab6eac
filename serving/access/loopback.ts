/** Addresses that only this machine reaches, and what may be done from there by who shows nothing. */
import { BlockList, isIP } from 'node:net'
import type { Subject } from '../../schemas/role.ts'
import type { Config } from '../config.ts'
import type { Asking } from './asking.ts'

const ADDRESSES = new BlockList()
ADDRESSES.addSubnet('127.0.0.0', 8, 'ipv4')
ADDRESSES.addAddress('::1', 'ipv6')

/** A program on this machine that shows nothing: no policy permits it anything, and a few routes let it in by themselves. */
export const LOOPBACK: Subject = { name: 'loopback', roles: [] }

/** What a proxy on this machine says, as a rule: who asks is somebody else then. */
export const FORWARDED = ['via', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const

/** Whether anything is said of who gets in, so that somebody else than the owner of the folder may. */
export const isConfigured = ({ tokens, behindProxy, oidc, tls }: Config): boolean =>
  [tokens, behindProxy, oidc !== undefined, tls !== undefined].includes(true)

/**
 * Whether a route that is open on this machine lets somebody in who shows nothing. Not once anything is configured of who gets in:
 * then it would let in whoever a proxy stands for. Who shows something is held to it.
 */
export const opensTo = (
  config: Config,
  { authorization, session, certificate, isLoopback: isHere }: Asking,
): boolean =>
  !isConfigured(config) && isHere && authorization.length === 0 && session === null && certificate === null

/** Whether an address is one that only this machine reaches. */
export function isLoopback(address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/, '') ?? ''
  const version = isIP(plain)
  return version !== 0 && ADDRESSES.check(plain, version === 4 ? 'ipv4' : 'ipv6')
}
