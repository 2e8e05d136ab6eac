/** When an access policy is sound: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { DataOf } from './event.ts'
import type { AccessPolicySet, AccessPolicySpec } from './events/access.ts'
import { canonicalJson, type Digest, digestOf } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { holds } from './kernel/signature.ts'
import type { Governance } from './policy.ts'

/** Where access policies stand; one that was written elsewhere is none. */
export const ACCESS_POLICY_STREAM = 'access-policy'

export const ACCESS_POLICY_TYPE = 'application/vnd.asof.access-policy.v1+json'

/** The exact bytes that are signed: the whole policy, which one it replaces, and the log. */
export const accessPolicyBody = (
  policy: AccessPolicySpec,
  inForce: AccessPolicySpec | null,
  log: Digest,
): string => canonicalJson({ policy, replaces: inForce === null ? null : digestOf(inForce), log })

/** Far more than rules about a few roles need; Cedar's parser calls itself for each part, and has 1 MB of stack in all. */
const MOST_CHARACTERS = 1 << 16
const MOST_DEPTH = 16
const MOST_OPERATORS = 100

/** Texts and comments are none of a rule's parts; a rule ends at its semicolon. */
const PARTS = /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|\/\/[^\n\r]*|[()[\]{};]|[-+*.!<>=&|]+|\b(?:if|in|is|has|like)\b/g

/**
 * Why a policy is too large to be read; null for one that is not. Behind a deeper one the parser can read nothing more, as long as
 * the process lives: then nobody is let in any more.
 */
export function cedarExcess(cedar: string): string | null {
  if (cedar.length > MOST_CHARACTERS) return `it has more than ${MOST_CHARACTERS} characters`
  let [depth, operators] = [0, 0]
  for (const [part] of cedar.matchAll(PARTS)) {
    if (part === ';') operators = depth === 0 ? 0 : operators
    else if (')]}'.includes(part)) depth = Math.max(depth - 1, 0)
    else if (!part.startsWith('"') && !part.startsWith('//')) operators += part.length
    if ('([{'.includes(part)) depth++
    if (depth > MOST_DEPTH) return `a rule of it has more than ${MOST_DEPTH} brackets within each other`
    if (operators > MOST_OPERATORS)
      return `a rule of it has more than ${MOST_OPERATORS} operators and brackets; write several rules`
  }
  return null
}

/** The policy in force, and the committee that may replace it: that of the gate's policy. */
export type AccessGovernance = Readonly<{ inForce: AccessPolicySpec | null; governance: Governance }>

/** The first reason why an access policy must not come into force, or null where there is none. */
export function accessPolicyObjection(
  { policy, signatures, log }: DataOf<typeof AccessPolicySet>,
  { inForce, governance }: AccessGovernance,
): Fault | null {
  const { version } = policy
  const excess = cedarExcess(policy.cedar)
  if (excess !== null) return fault('access.policy-invalid', { problem: excess })
  if (governance.policy === null) return fault('approval.no-policy')
  if (log !== governance.log) return fault('access.policy-other-log', { version })
  const expected = (inForce?.version ?? 0) + 1
  if (version !== expected) return fault('access.policy-version', { version, expected })
  const { members, required } = governance.policy.quorum
  const body = accessPolicyBody(policy, inForce, log)
  const signers = members.filter(({ member, publicKey }) =>
    signatures.some((one) => one.member === member && holds(ACCESS_POLICY_TYPE, body, { ...one, publicKey })),
  )
  if (signers.length >= required) return null
  const committee = members.map(({ member }) => member).join(', ')
  return fault('access.policy-unsigned', { version, have: signers.length, required, committee })
}
