/** What people sign, as the platform hands it out: the exact bytes, and what is to be sent back with the signature. */
import { evidenceFor, formerOf, openingFor } from '../projections/model/registry.ts'
import type { DataOf } from '../schemas/event.ts'
import type { PolicySpec, Signed } from '../schemas/events/approval.ts'
import { HOLDOUT_TYPE, holdoutBody, type Opening } from '../schemas/holdout.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { signStatement } from '../schemas/kernel/signature.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { type Governance, POLICY_TYPE, policyBody } from '../schemas/policy.ts'
import { weighed } from '../schemas/promotion.ts'
import { RETIREMENT_TYPE, type Retirement, retirementBody } from '../schemas/retirement.ts'
import { REVIEW_TYPE, type Review, reviewBody } from '../schemas/review.ts'
import { ROLLBACK_TYPE, type Rollback, rollbackBody } from '../schemas/rollback.ts'
import { STATEMENT_TYPE, statementBody } from '../schemas/statement.ts'
import { expiryFrom, VALID_DAYS } from './expiry.ts'
import type { Platform } from './platform.ts'

/** The bytes that are signed, under the payload type of their DSSE encoding, and all that is sent beside the signature. */
export type Statement<T> = Readonly<{ type: string; body: string; said: T }>

/** What is sent when it is signed: the private key stays with whoever calls this. @param privateKey PKCS#8 PEM */
export const signedWith = <T extends object>(
  { type, body, said }: Statement<T>,
  privateKey: string,
): T & { signature: string } => ({ ...said, signature: signStatement(type, body, privateKey) })

type Unsigned<T extends { signature: string }> = Omit<T, 'signature'>
type By = Readonly<{ model: string; member: string; reason: string }>

/** @throws Refusal `approval.too-long` for what was signed for longer than the platform hands it out for */
export function assertValidFor({ expires, ...said }: By & { expires: Micros | null }, now: Micros): void {
  if (expires === null || expires <= expiryFrom(now)) return
  throw refuse('approval.too-long', { member: said.member, model: said.model, days: VALID_DAYS })
}

export type Approval = DataOf<typeof Signed>
export type Approving = By & Pick<Approval, 'artifact' | 'report' | 'decision'>

export function approvalStatement(platform: Platform, said: Approving): Statement<Unsigned<Approval>> {
  const evidence = evidenceFor(platform.folds.registry.state(), said.model, said.artifact)
  const { policy, log, at } = weighed(evidence, platform.moment.nowMicros())
  const stated = { ...said, expires: expiryFrom(at) }
  const body = statementBody({ ...stated, log: log ?? '', policyVersion: policy?.version ?? 0 })
  return { type: STATEMENT_TYPE, body, said: stated }
}

export type Opened = By & Readonly<{ artifact: string }>

export function openingStatement(platform: Platform, said: Opened): Statement<Unsigned<Opening>> {
  const registry = platform.folds.registry.state()
  const evidence = evidenceFor(registry, said.model, said.artifact)
  const { run = '', report = '', policyVersion = 0 } = evidence.report ?? {}
  const to = platform.moment.nowMicros()
  const expires = expiryFrom(Math.max(to, evidence.at))
  const stated = { ...said, run, report, from: holdoutFrom(platform), to, policyVersion, expires }
  return { type: HOLDOUT_TYPE, body: holdoutBody({ ...stated, log: evidence.log ?? '' }), said: stated }
}

/** The moment from which on the policy in force holds sessions out; 0 where it holds out none. */
export const holdoutFrom = ({ folds }: Platform): Micros => folds.registry.state().policy?.holdout?.from ?? 0

/** Where the holdout was opened for a file; null where it was not. */
export const openingOf = (platform: Platform, artifact: string) =>
  openingFor(platform.folds.registry.state(), artifact, holdoutFrom(platform))

export type Reviewing = By & Readonly<{ fraction: number }>

/** Of a review of the cut that waits for one. */
export function reviewStatement(platform: Platform, said: Reviewing): Statement<Unsigned<Review>> {
  const { models, log, at } = platform.folds.capital.state()
  const standing = models[said.model]
  const stated = {
    ...said,
    artifact: standing?.artifact ?? '',
    measurement: standing?.pendingReview ?? 0,
    expires: expiryFrom(Math.max(platform.moment.nowMicros(), at)),
  }
  return { type: REVIEW_TYPE, body: reviewBody({ ...stated, log: log ?? '' }), said: stated }
}

/** Of the model that was in force before the one that is. */
export function rollbackStatement(platform: Platform, said: By): Statement<Unsigned<Rollback>> {
  const registry = platform.folds.registry.state()
  const view = registry.models[said.model]
  const former = view === undefined ? null : formerOf(view)
  if (view === undefined || view.live === null || former === null)
    throw refuse('model.no-former', { model: said.model })
  const { policy, log, at } = weighed(
    evidenceFor(registry, said.model, former.artifact),
    platform.moment.nowMicros(),
  )
  const stated = {
    ...said,
    ...{ inForce: view.live.position, former: former.position, artifact: former.artifact },
    policyVersion: policy?.version ?? 0,
    expires: expiryFrom(at),
  }
  return { type: ROLLBACK_TYPE, body: rollbackBody({ ...stated, log: log ?? '' }), said: stated }
}

/** Of the model that is in force. */
export function retirementStatement(platform: Platform, said: By): Statement<Unsigned<Retirement>> {
  const registry = platform.folds.registry.state()
  const live = registry.models[said.model]?.live ?? null
  if (live === null) throw refuse('model.nothing-to-retire', { model: said.model })
  const { artifact, position: inForce } = live
  const { policy, log, at } = weighed(
    evidenceFor(registry, said.model, artifact),
    platform.moment.nowMicros(),
  )
  const stated = {
    ...said,
    ...{ inForce, artifact, policyVersion: policy?.version ?? 0, expires: expiryFrom(at) },
  }
  return { type: RETIREMENT_TYPE, body: retirementBody({ ...stated, log: log ?? '' }), said: stated }
}

/** Of a policy that is to replace the one in force. Each member signs the same bytes. */
export const policyStatement = (
  policy: PolicySpec,
  { policy: inForce, log }: Governance,
): Statement<{ policy: PolicySpec }> => ({
  type: POLICY_TYPE,
  body: policyBody(policy, inForce, log),
  said: { policy },
})
