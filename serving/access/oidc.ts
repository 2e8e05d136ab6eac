/** Access tokens of an OpenID provider, verified by `jose` as RFC 9068 and RFC 8725 say. */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { refuse } from '../../schemas/kernel/fault.ts'
import { nameProblem } from '../../schemas/kernel/name.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Role, Subject } from '../../schemas/role.ts'
import { KEY_BYTES, readRegular } from '../../streams/log/regular.ts'
import type { OidcConfig } from '../config.ts'
import { unknown } from './unknown.ts'

type Verify = (token: string, now: Micros) => Promise<Subject>

const MICROS_PER_MILLI = 1_000
const KEYS_MILLIS = 5_000

/** What verifies the tokens of the configured issuer. @throws Refusal `spec.malformed` for a file that holds no keys */
export function oidc(config: OidcConfig): Verify {
  const { issuer, audience, algorithms, typ, subjectClaim } = config
  const keys = keysOf(config)
  const rules = {
    ...{ issuer, audience, algorithms },
    ...(typ !== 'any' && { typ }),
    maxTokenAge: config.maxAgeSeconds,
    clockTolerance: config.clockToleranceSeconds,
    requiredClaims: ['exp', 'iat', subjectClaim],
  }
  return async (token, now) => {
    const currentDate = new Date(now / MICROS_PER_MILLI)
    const { payload } = await jwtVerify(token, keys, { ...rules, currentDate }).catch((error) => {
      throw refusalOf(error, issuer)
    })
    return subjectOf(payload, config)
  }
}

function keysOf({ jwks }: OidcConfig): JWTVerifyGetKey {
  if (/^https?:\/\//.test(jwks)) return createRemoteJWKSet(new URL(jwks), { timeoutDuration: KEYS_MILLIS })
  try {
    return createLocalJWKSet(JSON.parse(readRegular(jwks, KEY_BYTES).toString('utf8')))
  } catch (error) {
    throw refuse('spec.malformed', { file: jwks, problems: `it holds no JWK set (${String(error)})` })
  }
}

function subjectOf(payload: JWTPayload, { subjectClaim, roleClaim, roles }: OidcConfig): Subject {
  const name = payload[subjectClaim]
  if (typeof name !== 'string' || nameProblem(name) !== null)
    throw unknown(`the claim ${subjectClaim} is no name`)
  const said = claimAt(payload, roleClaim)
  // One text where a list is expected may be a list in another's eyes.
  if (!Array.isArray(said) || said.some((one) => typeof one !== 'string'))
    throw unknown(`the claim ${roleClaim} is no list of texts`)
  const held = said.flatMap((one: string): Role[] => (Object.hasOwn(roles, one) ? [roles[one]] : []))
  return { name, roles: [...new Set(held)] }
}

/** A claim by its name, or by the way to it: `realm_access.roles`. */
const claimAt = (payload: JWTPayload, name: string): unknown =>
  Object.hasOwn(payload, name)
    ? payload[name]
    : name
        .split('.')
        .reduce<unknown>(
          (at, key) =>
            typeof at === 'object' && at !== null && Object.hasOwn(at, key)
              ? (at as Record<string, unknown>)[key]
              : undefined,
          payload,
        )

/** What cannot be checked lets nobody in; the reason is told without the token. */
function refusalOf(error: unknown, issuer: string): unknown {
  if (error instanceof errors.JWKSTimeout || isNetwork(error))
    return refuse('access.keys-unreachable', { issuer, problem: error.message })
  if (error instanceof errors.JOSEError || error instanceof TypeError) return unknown(error.message)
  return error
}

/** `jose` says no more of an answer that is none. */
const isNetwork = (error: unknown): error is Error =>
  (error instanceof TypeError && error.message === 'fetch failed') ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
