/** Acts on claims: what the log says is read first, and the decider is handed it with the position that it was read at. */
import { type ClaimCommand, claim } from '../../commands/claim/claim.ts'
import type { Handled } from '../../commands/handle.ts'
import {
  type Approval,
  CLAIM_TYPE,
  checkDigest,
  claimBody,
  claimStream,
  draftDigest,
} from '../../schemas/claim.ts'
import type { Audience, ClaimSpec } from '../../schemas/events/claim.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { putDocument } from '../../streams/log/tables.ts'
import { type Act, by } from '../act.ts'
import { logIdentity } from '../actions.ts'
import { expiryFrom } from '../expiry.ts'
import type { Platform } from '../platform.ts'
import { assertValidFor, type Statement } from '../statements.ts'
import { draftedClaim, figureNow, trialsOf } from './record.ts'

/** One act on a claim. */
export const decidedOn = (
  platform: Platform,
  name: string,
  command: () => ClaimCommand,
  act: Act,
): Promise<Handled> => by(claim)(platform, { stream: claimStream(name), command, ...act })

export async function draftClaim(platform: Platform, spec: ClaimSpec, act: Act): Promise<Handled> {
  const figure = await figureNow(platform, spec)
  return decidedOn(platform, spec.claim, () => ({ kind: 'draft', spec, figure }), act)
}

export async function checkClaim(platform: Platform, name: string, act: Act): Promise<Handled> {
  const { draft } = await draftedClaim(platform.log, name)
  const figure = await figureNow(platform, draft)
  const trials = trialsOf(platform, figure)
  return decidedOn(platform, name, () => ({ kind: 'check', claim: name, figure, trials }), act)
}

type Approving = Pick<Approval, 'claim' | 'member' | 'reason'>

/** What compliance is handed to sign. @throws Refusal `claim.unknown`, `claim.not-checked` */
export async function claimStatement(
  platform: Platform,
  said: Approving,
): Promise<Statement<Omit<Approval, 'signature'>>> {
  const { draft, check } = await draftedClaim(platform.log, said.claim)
  if (check === null) throw refuse('claim.not-checked', { claim: said.claim })
  const stated = {
    ...{ ...said, draft: draftDigest(draft), check: checkDigest(check) },
    expires: expiryFrom(platform.moment.nowMicros()),
  }
  return {
    type: CLAIM_TYPE,
    body: claimBody({ ...stated, log: logIdentity(platform) ?? '' }),
    said: stated,
  }
}

export function approveClaim(platform: Platform, approval: Approval, act: Act): Promise<Handled> {
  const command = (): ClaimCommand => {
    assertValidFor({ ...approval, model: approval.claim }, platform.moment.nowMicros())
    const { policy } = platform.folds.registry.state()
    return { kind: 'approve', approval, policy, log: logIdentity(platform) }
  }
  return decidedOn(platform, approval.claim, command, act)
}

type Disseminating = Readonly<{
  claim: string
  channel: string
  audience: Audience
  fileName: string
  mediaType: string
  copy: Uint8Array
}>

/** Records where a claim went. The copy is durable before the log names it. */
export async function disseminateClaim(
  platform: Platform,
  { copy: bytes, ...said }: Disseminating,
  act: Act,
): Promise<Handled> {
  const { draft } = await draftedClaim(platform.log, said.claim)
  const copy = await putDocument(platform.chunks, bytes, 'file')
  await platform.chunks.sync()
  const figure = await figureNow(platform, draft)
  const trials = trialsOf(platform, figure)
  return decidedOn(platform, said.claim, () => ({ kind: 'disseminate', said, copy, figure, trials }), act)
}

export const holdClaim = (
  platform: Platform,
  what: Readonly<{ kind: 'hold' | 'release'; claim: string; hold: string; reason: string }>,
  act: Act,
): Promise<Handled> => decidedOn(platform, what.claim, () => what, act)

export const withdrawClaim = (
  platform: Platform,
  what: Readonly<{ claim: string; reason: string }>,
  act: Act,
): Promise<Handled> => decidedOn(platform, what.claim, () => ({ kind: 'withdraw', ...what }), act)
