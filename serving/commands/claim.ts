/** Commands on claims: `claim.draft`, `claim.check`, `claim.approve`, `claim.disseminate`, `claim.withdraw`. */
import { z } from 'zod'
import type { ClaimState } from '../../commands/claim/claim.ts'
import type { Handled } from '../../commands/handle.ts'
import { CLAIM_TYPE } from '../../schemas/claim.ts'
import { audience, ClaimApproved, claimSpec } from '../../schemas/events/claim.ts'
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
import { type Done, defineCommand } from './definition.ts'

type Standing = Pick<ClaimState, 'draft' | 'check'> & Readonly<{ claim: string }>

async function standing(platform: Platform, claim: string, handled: Handled): Promise<Done<Standing>> {
  const { draft, check } = await claimStateOf(platform.log, claim)
  return { ...handled, answer: { claim, draft, check } }
}

const drafting = z.strictObject({ spec: claimSpec })

export const claimDraft = defineCommand<z.infer<typeof drafting>, Standing>({
  name: 'claim.draft',
  about:
    'Draft a claim. Its number is worked out from the log, and one that differs beyond its rounding is refused.',
  input: drafting,
  permission: 'claim.write',
  act: async (platform, { spec }, act) =>
    standing(platform, spec.claim, await draftClaim(platform, spec, act)),
})

const naming = z.strictObject({ claim: name })

export const claimCheck = defineCommand<z.infer<typeof naming>, Standing>({
  name: 'claim.check',
  about: 'Work the number of a claim out again, and hold the claim against the rules.',
  input: naming,
  permission: 'claim.write',
  act: async (platform, { claim }, act) => standing(platform, claim, await checkClaim(platform, claim, act)),
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
    return { ...(await approveClaim(platform, signed, act)), answer: { claim, member, reason } }
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
    const handled = await disseminateClaim(platform, { ...said, copy: Buffer.from(copy, 'base64') }, act)
    return { ...handled, answer: { claim: said.claim, channel: said.channel } }
  },
})

const withdrawing = z.strictObject({ claim: name, reason: z.string().min(1) })

export const claimWithdraw = defineCommand<z.infer<typeof withdrawing>, z.infer<typeof withdrawing>>({
  name: 'claim.withdraw',
  about: 'Withdraw a claim, for good.',
  input: withdrawing,
  permission: 'claim.write',
  act: async (platform, what, act) => ({ ...(await withdrawClaim(platform, what, act)), answer: what }),
})
