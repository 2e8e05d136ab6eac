/** Commands on grants: who may take what is guarded, for how long and why. */
import { z } from 'zod'
import { type GrantSpec, grantSpec } from '../../schemas/events/grant.ts'
import { type Jewel, jewel } from '../../schemas/jewel.ts'
import { name } from '../../schemas/kernel/name.ts'
import { aboutGrant, liftSuspension, requestGrant, takeByCommand } from '../access/grant-acts.ts'
import { defineCommand } from './definition.ts'

type Requested = Readonly<{
  grant: string
  subject: string
  /** What lineage does not lead to from the person's own work. */
  outside: readonly Jewel[]
  /** Who approved it already; null where somebody else has to. */
  approved: 'policy' | 'person' | 'emergency' | null
}>

const requesting = (isEmergency: boolean) =>
  ({
    input: grantSpec,
    async act(platform, spec, { actor, ...acting }) {
      const { grant, outside, approved, ...handled } = await requestGrant(
        platform,
        { ...spec, isEmergency },
        { actor, ...acting },
      )
      return { ...handled, answer: { grant, subject: actor, outside, approved } }
    },
  }) satisfies Pick<Parameters<typeof defineCommand<GrantSpec, Requested>>[0], 'input' | 'act'>

export const accessRequest = defineCommand<GrantSpec, Requested>({
  name: 'access.request',
  about: 'Ask for a grant: what is to be taken, why, under which ticket, for how long and how much.',
  permission: 'grant.ask',
  ...requesting(false),
})

export const accessBreakGlass = defineCommand<GrantSpec, Requested>({
  name: 'access.break-glass',
  about: 'Take a grant in an emergency: for an hour at most, at once, and looked at by somebody else after.',
  permission: 'glass.break',
  ...requesting(true),
})

const taken = z.strictObject({ item: jewel, door: z.string().min(1).max(200) })
type Taken = z.infer<typeof taken>

export const accessTake = defineCommand<Taken, Taken>({
  name: 'access.take',
  about: 'Record that the command line takes what is guarded, before it does.',
  input: taken,
  permission: 'read',
  async act(platform, what, act) {
    return { ...(await takeByCommand(platform, what, act)), answer: what }
  },
})

const onGrant = z.strictObject({ subject: name, grant: z.string() })
const revoked = onGrant.extend({ reason: z.string().min(1).max(2_000) })
const reviewed = onGrant.extend({ finding: z.string().min(1).max(2_000) })
type OnGrant = z.infer<typeof onGrant>

export const accessApprove = defineCommand<OnGrant, OnGrant>({
  name: 'access.approve',
  about: "Approve somebody else's request for a grant: it counts from now on, as long as was asked for.",
  input: onGrant,
  permission: 'grant.approve',
  async act(platform, what, act) {
    return { ...(await aboutGrant(platform, { kind: 'approve', ...what }, act)), answer: what }
  },
})

export const accessRevoke = defineCommand<z.infer<typeof revoked>, OnGrant>({
  name: 'access.revoke',
  about: 'End a grant, or refuse a request for one: nothing is taken under it from the next event on.',
  input: revoked,
  permission: 'grant.approve',
  async act(platform, what, act) {
    const { subject, grant } = what
    return { ...(await aboutGrant(platform, { kind: 'revoke', ...what }, act)), answer: { subject, grant } }
  },
})

const lifted = z.strictObject({ subject: name, reason: z.string().min(1).max(2_000) })
type Lifted = z.infer<typeof lifted>

export const accessLift = defineCommand<Lifted, Lifted>({
  name: 'access.lift',
  about: 'Agree that a suspension ends: with the second of two others who do, it does.',
  input: lifted,
  permission: 'grant.approve',
  async act(platform, what, act) {
    return { ...(await liftSuspension(platform, what, act)), answer: what }
  },
})

export const accessReview = defineCommand<z.infer<typeof reviewed>, OnGrant>({
  name: 'access.review',
  about: 'Say what was found about a grant that somebody else took in an emergency.',
  input: reviewed,
  permission: 'grant.approve',
  async act(platform, what, act) {
    const { subject, grant } = what
    return { ...(await aboutGrant(platform, { kind: 'review', ...what }, act)), answer: { subject, grant } }
  },
})
