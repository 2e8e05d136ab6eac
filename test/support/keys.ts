/** Ed25519 keys that are the same in every process: PKCS#8 (RFC 8410) around 32 bytes that follow from a name. */
import { createHash, createPrivateKey } from 'node:crypto'
import type { DataOf } from '../../schemas/event.ts'
import type { PolicySet, PolicySpec, Signed } from '../../schemas/events/approval.ts'
import {
  HALT_TYPE,
  type Halting,
  haltBody,
  UNHALT_TYPE,
  type Unhalting,
  unhaltBody,
} from '../../schemas/halt.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { POLICY_TYPE, policyBody } from '../../schemas/policy.ts'
import { REVIEW_TYPE, type Review, type ReviewStatement, reviewBody } from '../../schemas/review.ts'
import { type PromotionStatement, STATEMENT_TYPE, statementBody } from '../../schemas/statement.ts'

const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The private key of a name, in PEM. For tests alone: anybody can make it. */
export function keyOfName(name: string): string {
  const seed = createHash('sha256').update(name).digest()
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' })
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** What a member's signing of a statement looks like as event data. */
export function signedBy(
  statement: PromotionStatement,
  privateKey: string = keyOfName(statement.member),
): DataOf<typeof Signed> {
  const { policyVersion: _, log: __, ...said } = statement
  const signature = signStatement(STATEMENT_TYPE, statementBody(statement), privateKey)
  return { ...said, signature }
}

/** A policy that names no data set beside the candidate's own. */
export const NOTHING_BESIDE = { factors: null, rates: null, exposures: null, volatility: null } as const

/** A policy as members sign it. @param inForce the one that it is to replace @param log whose policy it is to be */
export function signedPolicy(
  policy: PolicySpec,
  inForce: PolicySpec | null = null,
  signers: readonly string[] = ['bob', 'cat'],
  log: Digest | null = null,
): DataOf<typeof PolicySet> {
  const body = policyBody(policy, inForce, log)
  const signatures = signers.map((member) => ({
    member,
    signature: signStatement(POLICY_TYPE, body, keyOfName(member)),
  }))
  return { policy, signatures, log }
}

/** A review as a member signs it, with the member's own key or with another. */
export function signedReview(
  statement: ReviewStatement,
  privateKey: string = keyOfName(statement.member),
): Review {
  const { log: _, ...said } = statement
  return { ...said, signature: signStatement(REVIEW_TYPE, reviewBody(statement), privateKey) }
}

/** A halt as a member signs it, with the member's own key or with another. */
export function signedHalt(
  statement: Parameters<typeof haltBody>[0],
  privateKey: string = keyOfName(statement.member),
): Halting {
  const { log: _, ...said } = statement
  return { ...said, signature: signStatement(HALT_TYPE, haltBody(statement), privateKey) }
}

/** What a member signs to end one. */
export function signedUnhalt(
  statement: Parameters<typeof unhaltBody>[0],
  privateKey: string = keyOfName(statement.member),
): Unhalting {
  const { log: _, ...said } = statement
  return { ...said, signature: signStatement(UNHALT_TYPE, unhaltBody(statement), privateKey) }
}
