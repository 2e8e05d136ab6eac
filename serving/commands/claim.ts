/** Commands on claims: `claim.draft`, `claim.check`, `claim.approve`, `claim.disseminate`, `claim.withdraw`. */
import { z } from 'zod'
import type { ClaimState } from '../../commands/claim/claim.ts'
import type { Handled } from '../../commands/handle.ts'
import { CLAIM_TYPE, claimStream, draftDigest } from '../../schemas/claim.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import {
  audience,
  ClaimApproved,
  ClaimChecked,
  ClaimDisseminated,
  ClaimDrafted,
  ClaimWithdrawn,
  claimSpec,
} from '../../schemas/events/claim.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { name } from '../../schemas/kernel/name.ts'
import {
  approveClaim,
  checkClaim,
  claimStatement,
  disseminateClaim,
  draftClaim,
  withdrawClaim,
} from '../claims/acts.ts'
import { claimStateOf } from '../claims/record.ts'
import type { Platform } from '../platform.ts'
import { type Acting, type Done, defineCommand } from './definition.ts'
import { assertSame, says } from './recorded.ts'

type Standing = Pick<ClaimState, 'draft' | 'check'> & Readonly<{ claim: string }>

async function standing(platform: Platform, claim: string, handled: Handled): Promise<Done<Standing>> {
  const { draft, check } = await claimStateOf(platform.log, claim)
  return { ...handled, answer: { claim, draft, check } }
}

/** That an id which changed nothing was not spent on something else. @throws Refusal `command.id-reused` */
export async function once(
  platform: Platform,
  { claim, command, act }: Readonly<{ claim: string; command: string; act: Acting }>,
  of: Readonly<{ handled: Handled; isSame: (event: Recorded) => boolean }>,
): Promise<Handled> {
  const { commandId, given } = act
  if (!of.handled.changed && given !== undefined)
    await assertSame(platform.log, { stream: claimStream(claim), commandId, command }, of.isSame)
  return of.handled
}

const drafting = z.strictObject({ spec: claimSpec })

export const claimDraft = defineCommand<z.infer<typeof drafting>, Standing>({
  name: 'claim.draft',
  about:
    'Draft a claim. Its number is worked out from the log, and one that differs beyond its rounding is refused.',
  input: drafting,
  permission: 'claim.write',
  async act(platform, { spec }, act) {
    const handled = await draftClaim(platform, spec, act)
    const isSame = (event: Recorded) => isEvent(ClaimDrafted, event) && says(event.data, spec)
    const { claim } = spec
    return standing(
      platform,
      claim,
      await once(platform, { claim, command: 'claim.draft', act }, { handled, isSame }),
    )
  },
})

const naming = z.strictObject({ claim: name })

export const claimCheck = defineCommand<z.infer<typeof naming>, Standing>({
  name: 'claim.check',
  about: 'Work the number of a claim out again, and hold the claim against the rules.',
  input: naming,
  permission: 'claim.write',
  async act(platform, { claim }, act) {
    const handled = await checkClaim(platform, claim, act)
    const { draft } = await claimStateOf(platform.log, claim)
    // What was checked under this id was another draft.
    const isSame = (event: Recorded) =>
      isEvent(ClaimChecked, event) && draft !== null && event.data.draft === draftDigest(draft)
    return standing(
      platform,
      claim,
      await once(platform, { claim, command: 'claim.check', act }, { handled, isSame }),
    )
  },
})

const approval = ClaimApproved.data
const approving = z.strictObject({ claim: name, member: name, reason: z.string() })

export const claimApprove = defineCommand<
  z.infer<typeof approval>,
  z.infer<typeof approving>,
  z.infer<typeof approving>
>({
  name: 'claim.approve',
  about: 'Record what compliance signed of a claim that passed its check.',
  input: approval,
  permission: 'claim.approve',
  async act(platform, signed, act) {
    const { claim, member, reason } = signed
    const handled = await approveClaim(platform, signed, act)
    const isSame = (event: Recorded) => isEvent(ClaimApproved, event) && says(event.data, signed)
    await once(platform, { claim, command: 'claim.approve', act }, { handled, isSame })
    return { ...handled, answer: { claim, member, reason } }
  },
  prepare: {
    type: CLAIM_TYPE,
    input: approving,
    of: async (platform, said) => ({ statement: await claimStatement(platform, said), already: null }),
  },
})

const disseminating = z.strictObject({
  claim: name,
  channel: z.string().min(1),
  audience,
  fileName: z.string().min(1),
  mediaType: z.string().min(1),
  /** The advertisement as it went out, in base64: 3 MB at most. */
  copy: z.base64(),
})
type Sent = Readonly<{ claim: string; channel: string }>

export const claimDisseminate = defineCommand<z.infer<typeof disseminating>, Sent>({
  name: 'claim.disseminate',
  about: 'Record where an approved claim goes, with a copy of the advertisement. A stale claim is refused.',
  input: disseminating,
  permission: 'claim.write',
  async act(platform, { copy, ...said }, act) {
    const bytes = Buffer.from(copy, 'base64')
    const handled = await disseminateClaim(platform, { ...said, copy: bytes }, act)
    const { claim, channel } = said
    const sent = { ...said, advertisement: sha256(bytes) }
    const isSame = (event: Recorded) => isEvent(ClaimDisseminated, event) && says(event.data, sent)
    await once(platform, { claim, command: 'claim.disseminate', act }, { handled, isSame })
    return { ...handled, answer: { claim, channel } }
  },
})

const withdrawing = z.strictObject({ claim: name, reason: z.string().min(1) })

export const claimWithdraw = defineCommand<z.infer<typeof withdrawing>, z.infer<typeof withdrawing>>({
  name: 'claim.withdraw',
  about: 'Withdraw a claim, for good.',
  input: withdrawing,
  permission: 'claim.write',
  async act(platform, what, act) {
    const handled = await withdrawClaim(platform, what, act)
    const isSame = (event: Recorded) => isEvent(ClaimWithdrawn, event) && says(event.data, what)
    await once(platform, { claim: what.claim, command: 'claim.withdraw', act }, { handled, isSame })
    return { ...handled, answer: what }
  },
})
