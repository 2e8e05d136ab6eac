/**
 * What may be taken: grants are asked for, approved by somebody else or by the policy, and revoked; each attempt to take something is
 * either released or withheld, and both are events. One stream a person, so that a budget is spent in one order.
 */
import { EgressAlarmed, LiftApproved, Suspended } from '../../schemas/events/egress.ts'
import {
  AccessReleased,
  Delivered,
  EmergencyReviewed,
  GrantApproved,
  GrantRequested,
  GrantRevoked,
  type GrantSpec,
  Withheld,
} from '../../schemas/events/grant.ts'
import type { Jewel } from '../../schemas/jewel.ts'
import { MICROS_PER_SECOND, type Micros } from '../../schemas/kernel/time.ts'
import type { Role } from '../../schemas/role.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import type { Basis } from './basis.ts'
import { type Watched, watched } from './egress-watch.ts'
import {
  evolved,
  type Grant,
  type GrantState,
  HOUR_MICROS,
  isLive,
  NO_GRANTS,
  names,
  QUARTER_MICROS,
  WEEK_MICROS,
} from './grant-state.ts'

const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND

/** What nobody approved ends after an hour. */
export const EMERGENCY_MINUTES = 60

type Request = Readonly<{
  kind: 'request'
  grant: string
  subject: string
  spec: GrantSpec
  /** Items that lineage does not lead to, and where that was read. */
  outside: readonly Jewel[]
  readAt: number
  /** Who approves it at once: the policy, nobody in an emergency, or null where a person has to. */
  atOnce: 'policy' | 'emergency' | null
  at: Micros
}>

type OnGrant = Readonly<{ grant: string; subject: string; at: Micros }>

type Take = Readonly<{
  kind: 'take'
  release: string
  subject: string
  roles: readonly Role[]
  door: string
  item: Jewel
  artifact: string
  hash: string | null
  /** Null where they are made while they are read. */
  bytes: number | null
  /** What lets him take it, by the policy: nothing more, a grant that names it, or nothing at all. */
  basis: Basis
  /** Names alone are asked for: nothing goes out that a budget counts. */
  isListing: boolean
  at: Micros
  /** What others take, and what there is; null where nobody is held against it: whoever owns the platform. */
  evidence: Evidence | null
}>

export type Evidence = Pick<Watched, 'registry' | 'own' | 'peers' | 'peersNow' | 'isCanary'> &
  Readonly<{ readAt: number }>

export type GrantCommand =
  | Request
  | (OnGrant & Readonly<{ kind: 'approve' }>)
  | (OnGrant & Readonly<{ kind: 'revoke'; reason: string }>)
  | (OnGrant & Readonly<{ kind: 'review'; finding: string }>)
  | Take
  | Readonly<{ kind: 'lift'; subject: string; reason: string; at: Micros }>
  | Readonly<{ kind: 'deliver'; release: string; subject: string; bytes: number; at: Micros }>

export const grants: Decider<GrantCommand, GrantState> = {
  initial: () => NO_GRANTS,
  evolve: evolved,

  decide(command, state, { now, actor }) {
    const times = { eventTime: now, knownAt: now }
    const { subject } = command
    const at = Math.max(command.at, state.latest)
    switch (command.kind) {
      case 'request':
        return request(command, { state, times, at })
      case 'take':
        return take(command, { state, times, at })
      case 'lift': {
        const { suspended } = state
        if (suspended === null) return reject('grant.not-suspended', { subject })
        if (actor === subject) return reject('grant.own-approval', { subject })
        if (suspended.lifted.includes(actor)) return alreadySo
        const lift = { subject, alarm: suspended.alarm, by: actor, reason: command.reason, at }
        return accept(LiftApproved.draft(lift, times))
      }
      case 'deliver': {
        const { release, bytes } = command
        if (!state.open.has(release)) return alreadySo
        return accept(Delivered.draft({ release, subject, bytes, at }, times))
      }
    }
    const { grant: id } = command
    const grant = state.grants.get(id)
    if (grant === undefined) return reject('grant.unknown', { grant: id, subject })
    switch (command.kind) {
      case 'approve': {
        if (grant.isRevoked) return reject('grant.over', { grant: id })
        if (grant.approved !== null) return alreadySo
        if (actor === subject) return reject('grant.own-approval', { subject })
        const expires = at + grant.asked.minutes * MICROS_PER_MINUTE
        return accept(GrantApproved.draft({ grant: id, subject, by: 'person', from: at, expires }, times))
      }
      case 'revoke': {
        const { reason } = command
        return grant.isRevoked
          ? alreadySo
          : accept(GrantRevoked.draft({ grant: id, subject, reason, at }, times))
      }
      case 'review': {
        if (grant.approved?.by !== 'emergency') return reject('grant.no-emergency', { grant: id })
        if (actor === subject) return reject('grant.own-approval', { subject })
        if (grant.isReviewed) return alreadySo
        return accept(EmergencyReviewed.draft({ grant: id, subject, finding: command.finding, at }, times))
      }
    }
  },
}

type Deciding = Readonly<{
  state: GrantState
  times: Readonly<{ eventTime: Micros; knownAt: Micros }>
  at: Micros
}>

function request(command: Request, { state, times, at }: Deciding) {
  const { grant, subject, spec, outside, readAt, atOnce } = command
  if (state.grants.has(grant)) return alreadySo
  const minutes = atOnce === 'emergency' ? Math.min(spec.minutes, EMERGENCY_MINUTES) : spec.minutes
  const asked = { grant, subject, ...spec, minutes, outside: [...outside], readAt, at }
  const requested = GrantRequested.draft(asked, times)
  if (atOnce === null) return accept(requested)
  if (atOnce === 'policy' && outside.length > 0) return accept(requested)
  const expires = at + minutes * MICROS_PER_MINUTE
  return accept(requested, GrantApproved.draft({ grant, subject, by: atOnce, from: at, expires }, times))
}

function take(command: Take, { state, times, at }: Deciding) {
  const { kind: _, basis, isListing, hash, roles, evidence, ...taken } = command
  const { release, subject, door, item, artifact } = taken
  if (state.outcomes.has(release)) return alreadySo
  const refusal = (code: string) =>
    Withheld.draft({ release, subject, door, item, at, isListing, code }, times)
  const alarmed = (seen: Pick<Watched, 'week' | 'quarter' | 'refused'>) => {
    const found = evidence === null ? null : watched({ ...seen, ...evidence })
    if (found === null || evidence === null) return null
    const { readAt } = evidence
    const alarm = { ...found, inputs: [...found.inputs], alarm: release, subject, item, readAt, at }
    return accept(
      refusal('grant.suspended'),
      EgressAlarmed.draft(alarm, times),
      Suspended.draft({ subject, alarm: release, at }, times),
    )
  }
  const since = (micros: Micros) =>
    [...state.taken].filter(([one, last]) => one !== artifact && last > at - micros)
  const withheld = (code: string) => {
    const refused = state.refused.filter((one) => one > at - HOUR_MICROS).length + 1
    return alarmed({ week: 0, quarter: 0, refused }) ?? accept(refusal(code))
  }
  const released = (grant: Pick<Grant, 'asked'> | null, bytes: number) =>
    alarmed({ week: since(WEEK_MICROS).length + 1, quarter: since(QUARTER_MICROS).length + 1, refused: 0 }) ??
    accept(
      AccessReleased.draft(
        {
          ...{ release, subject, door, item, artifact, hash, bytes, at },
          roles: [...roles],
          grant: grant?.asked.grant ?? null,
          justification: grant?.asked.justification ?? '',
          ticket: grant?.asked.ticket ?? '',
        },
        times,
      ),
    )
  if (evidence !== null && state.suspended !== null) return accept(refusal('grant.suspended'))
  if (basis === 'policy') return isListing ? alreadySo : released(null, taken.bytes ?? 0)
  if (basis === 'nothing') return withheld('grant.none')
  const live = [...state.grants.values()].filter((grant) => isLive(grant, at) && names(grant, item))
  if (live.length === 0) return withheld('grant.none')
  // Whoever may take it may see what it is called.
  if (isListing) return alreadySo
  const leftOf = (grant: Grant): number => grant.asked.bytes - grant.bytes
  // What is made while it is read is cut where the bytes end.
  for (const grant of live.toSorted((a, b) => leftOf(b) - leftOf(a))) {
    const left = leftOf(grant)
    const isCounted = grant.artifacts.has(artifact) || grant.artifacts.size < grant.asked.artifacts
    if (isCounted && left > 0 && (taken.bytes ?? 0) <= left) return released(grant, taken.bytes ?? left)
  }
  return withheld('grant.spent')
}
