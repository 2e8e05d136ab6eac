/** What may be done about grants: asked for, approved, revoked, taken in an emergency, and looked at after. */
import { randomUUID } from 'node:crypto'
import { basisOf } from '../../commands/access/basis.ts'
import { may } from '../../commands/access/cedar.ts'
import { type GrantCommand, grants } from '../../commands/access/grants.ts'
import { takenBeside, takings } from '../../projections/access/takings.ts'
import { type GrantSpec, grantStream } from '../../schemas/events/grant.ts'
import type { Jewel } from '../../schemas/jewel.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { type FaultCode, refuse } from '../../schemas/kernel/fault.ts'
import type { Role } from '../../schemas/role.ts'
import { type Act, by } from '../act.ts'
import { wallClock } from '../clock.ts'
import type { Platform } from '../platform.ts'
import { cedarIn } from './authorize.ts'
import { type WorkingSet, workingSet } from './working-set.ts'

type Asking = Act & Readonly<{ roles: readonly Role[] }>

/**
 * Asks for a grant. It is approved at once where it names nothing but what one's own work rests on and the policy lets him have it, or
 * in an emergency.
 */
export async function requestGrant(
  platform: Platform,
  { isEmergency, ...spec }: GrantSpec & Readonly<{ isEmergency: boolean }>,
  { roles, ...act }: Asking,
) {
  const subject = act.actor
  const grant = sha256(`grant\n${subject}\n${act.commandId}`).slice(0, 16)
  const { items, position: readAt }: WorkingSet = await workingSet(platform, subject)
  const own = new Set(items)
  const outside = spec.items.filter((item) => !own.has(item))
  const handled = await by(grants)(platform, {
    stream: grantStream(subject),
    command: (): GrantCommand => {
      const isOwn = may(cedarIn(platform.folds.access.state()), { name: subject, roles }, 'grant.own')
      const atOnce = isEmergency ? 'emergency' : isOwn ? 'policy' : null
      return {
        ...{ kind: 'request', grant, subject, spec, outside, readAt, atOnce },
        at: wallClock.nowMicros(),
      }
    },
    ...act,
    // What two people ask for in the same words at once are two requests.
    commandId: `${act.commandId}:${grant}`,
  })
  const { grants: all } = (await platform.memory.of(platform.log, grants, grantStream(subject))).state
  return { ...handled, grant, outside, approved: all.get(grant)?.approved?.by ?? null }
}

/**
 * Records that the command line takes something, in the name of whoever its token names, before it does; what is refused is recorded too.
 * Bytes are not told: under a grant all that is left of it is taken.
 * @throws Refusal `grant.none`, `grant.spent`
 */
export async function takeByCommand(
  platform: Platform,
  { item, door }: Readonly<{ item: Jewel; door: string }>,
  { roles, ...act }: Asking,
) {
  const subject = act.actor
  const stream = grantStream(subject)
  const release = randomUUID()
  const basis = basisOf((permission) =>
    may(cedarIn(platform.folds.access.state()), { name: subject, roles }, permission),
  )
  const isOwner = basis('model:') === 'policy'
  const evidence = isOwner ? null : await evidenceIn(platform, { subject, roles })
  const handled = await by(grants)(platform, {
    stream,
    command: (): GrantCommand => ({
      ...{ evidence, kind: 'take', release, subject, roles, door, item, artifact: item, isListing: false },
      ...{ hash: null, bytes: null, basis: basis(item), at: wallClock.nowMicros() },
    }),
    ...act,
    commandId: `access:${release}`,
  })
  const { outcomes } = (await platform.memory.of(platform.log, grants, stream)).state
  const code = outcomes.get(release)?.code ?? null
  if (code !== null) throw refuse(code as FaultCode, { subject, item })
  return handled
}

/** Read from the log itself: the command line asks seldom. */
async function evidenceIn({ log }: Platform, who: Readonly<{ subject: string; roles: readonly Role[] }>) {
  let state = takings.initial()
  const { position: readAt } = await log.head()
  for await (const batch of log.readAll(1, { types: takings.handles, positionAtMost: readAt }))
    for (const event of batch) state = takings.apply(state, event)
  const beside = takenBeside(state, { ...who, at: wallClock.nowMicros() })
  return { ...beside, registry: Number.MAX_SAFE_INTEGER, isCanary: false, readAt }
}

/** With the second of two others a suspension ends. */
export const liftSuspension = (
  platform: Platform,
  { subject, reason }: Readonly<{ subject: string; reason: string }>,
  act: Act,
) =>
  by(grants)(platform, {
    stream: grantStream(subject),
    command: (): GrantCommand => ({ kind: 'lift', subject, reason, at: wallClock.nowMicros() }),
    ...act,
  })

type OnGrant =
  | Readonly<{ kind: 'approve' }>
  | Readonly<{ kind: 'revoke'; reason: string }>
  | Readonly<{ kind: 'review'; finding: string }>

export const aboutGrant = (
  platform: Platform,
  { subject, grant, ...what }: OnGrant & Readonly<{ subject: string; grant: string }>,
  act: Act,
) =>
  by(grants)(platform, {
    stream: grantStream(subject),
    command: (): GrantCommand => ({ ...what, subject, grant, at: wallClock.nowMicros() }),
    ...act,
  })
