/** Tokens: issued by whoever may do at least as much himself, revoked for good. Each has a stream of its own. */
import type { DataOf } from '../../schemas/event.ts'
import { TokenIssued, TokenRevoked } from '../../schemas/events/access.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Subject } from '../../schemas/role.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { may, permissionsOf } from './cedar.ts'

type Token = DataOf<typeof TokenIssued>

type Issue = Readonly<{
  kind: 'issue'
  token: Token
  /** Who issues it, and the text of the access policy in force. */
  issuer: Subject
  cedar: string
  /** The wall clock's moment, which ends a token whatever moment decisions are made at. */
  at: Micros
}>
type Revoke = Readonly<{ kind: 'revoke'; id: string; reason: string }>

type TokenState = Readonly<{ token: Token | null; isRevoked: boolean }>

export const tokenStream = (id: string): string => `access-token-${id}`

/** A token outlives no year: who still needs one asks for another. */
export const MOST_TOKEN_DAYS = 366

export const token: Decider<Issue | Revoke, TokenState> = {
  initial: () => ({ token: null, isRevoked: false }),

  evolve(state, event) {
    if (TokenIssued.is(event)) return state.token === null ? { ...state, token: event.data } : state
    return TokenRevoked.is(event) ? { ...state, isRevoked: true } : state
  },

  decide(command, state, { now }) {
    const times = { eventTime: now, knownAt: now }
    if (command.kind === 'revoke') {
      const { id, reason } = command
      if (state.token === null) return reject('access.unknown-token', { id })
      return state.isRevoked ? alreadySo : accept(TokenRevoked.draft({ id, reason }, times))
    }
    const { token, issuer, cedar, at } = command
    if (state.token !== null)
      return sameToken(state.token, token) && !state.isRevoked
        ? alreadySo
        : reject('access.token-exists', { id: token.id })
    if (token.expires <= at || token.expires > at + MOST_TOKEN_DAYS * MICROS_PER_DAY)
      return reject('access.token-expiry', { days: MOST_TOKEN_DAYS })
    const given = permissionsOf(cedar, { name: token.subject, roles: token.roles })
    const beyond = given.filter((permission) => !may(cedar, issuer, permission))
    if (beyond.length > 0)
      return reject('access.beyond-own', { issuer: issuer.name, permissions: beyond.join(', ') })
    return accept(TokenIssued.draft(token, times))
  },
}

const sameToken = (one: Token, other: Token): boolean =>
  one.hash === other.hash &&
  one.subject === other.subject &&
  one.expires === other.expires &&
  one.roles.join() === other.roles.join()
