/** What may be done about access: tokens are issued and revoked, and an access policy is put in force. */
import { accessPolicy } from '../../commands/access/policy.ts'
import { token, tokenStream } from '../../commands/access/token.ts'
import {
  ACCESS_POLICY_STREAM,
  ACCESS_POLICY_TYPE,
  type AccessGovernance,
  accessPolicyBody,
} from '../../schemas/access-policy.ts'
import type { DataOf } from '../../schemas/event.ts'
import type { AccessPolicySet, AccessPolicySpec, TokenIssued } from '../../schemas/events/access.ts'
import type { PolicySignature } from '../../schemas/events/approval.ts'
import { isSame } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import type { Subject } from '../../schemas/role.ts'
import { type Act, by } from '../act.ts'
import { wallClock } from '../clock.ts'
import type { Platform } from '../platform.ts'
import { cedarIn } from './authorize.ts'
import { assertParsed } from './policy-thread.ts'

type Issuing = DataOf<typeof TokenIssued>

/** Records a token by the hash of its secret, which whoever will use it made. @param issuer who asks, and in whose name it is recorded */
export function issueToken(
  platform: Platform,
  what: Issuing,
  { issuer, ...act }: Omit<Act, 'actor'> & Readonly<{ issuer: Subject }>,
) {
  const state = platform.folds.access.state
  return by(token)(platform, {
    stream: tokenStream(what.id),
    command: () => {
      const cedar = cedarIn(state())
      return { kind: 'issue', token: what, issuer, cedar, at: wallClock.nowMicros() }
    },
    done: () => state().tokens[what.id]?.hash === what.hash,
    ...act,
    actor: issuer.name,
  })
}

/** From the next request on the token gives nothing. */
export const revokeToken = (platform: Platform, what: Readonly<{ id: string; reason: string }>, act: Act) =>
  by(token)(platform, {
    stream: tokenStream(what.id),
    command: () => ({ kind: 'revoke', ...what }),
    done: () => platform.folds.access.state().tokens[what.id]?.revoked !== null,
    ...act,
  })

/** An access policy as its file has it: which log it is set in, the log knows itself. */
export type SignedAccessPolicy = Omit<DataOf<typeof AccessPolicySet>, 'log'>

export async function setAccessPolicy(platform: Platform, set: SignedAccessPolicy, act: Act) {
  await assertParsed(set.policy.cedar)
  const evidence = (): AccessGovernance => {
    const { accessPolicy: inForce, policy, log } = platform.folds.access.state()
    return { inForce, governance: { policy, log } }
  }
  return by(accessPolicy)(platform, {
    stream: ACCESS_POLICY_STREAM,
    command: () => ({ kind: 'set', ...set, log: evidence().governance.log ?? '', evidence: evidence() }),
    done: () => {
      const { inForce } = evidence()
      return inForce !== null && isSame(inForce, set.policy)
    },
    ...act,
  })
}

/** A member's signature under an access policy. @param privateKey PKCS#8 PEM @throws Refusal `approval.no-policy` */
export function signAccessPolicy(
  policy: AccessPolicySpec,
  { inForce, governance: { log } }: AccessGovernance,
  { member, privateKey }: Readonly<{ member: string; privateKey: string }>,
): PolicySignature {
  if (log === null) throw refuse('approval.no-policy')
  return {
    member,
    signature: signStatement(ACCESS_POLICY_TYPE, accessPolicyBody(policy, inForce, log), privateKey),
  }
}
