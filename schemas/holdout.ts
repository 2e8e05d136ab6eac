/** When the final holdout is opened soundly: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { DataOf } from './event.ts'
import type { TrainingSetSpec } from './events/experiment.ts'
import type { HoldoutOpened } from './events/model.ts'
import { canonicalJson, type Digest } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { lookAlike } from './kernel/look.ts'
import { holds } from './kernel/signature.ts'
import { type Evidence, failedTests, staleness } from './promotion.ts'

export const HOLDOUT_TYPE = 'application/vnd.asof.holdout.v1+json'

export type Opening = DataOf<typeof HoldoutOpened>
/** What is signed: the opening, and the log that it is made for. */
type HoldoutStatement = Readonly<Omit<Opening, 'signature'> & { log: Digest }>

/** The exact bytes that are signed. */
export const holdoutBody = (statement: HoldoutStatement): string => canonicalJson(statement)

/** Tests that only an opened holdout can answer: they stand in nobody's way before it is. */
export const isHoldoutTest = (test: string): boolean => test.startsWith('holdout-')

/** The first reason why a holdout must not be opened for a file, or null where there is none. */
export function holdoutObjection({ signature, ...statement }: Opening, evidence: Evidence): Fault | null {
  const { model, artifact, member, policyVersion } = statement
  const { policy, report, log, at } = evidence
  if (policy === null || log === null) return fault('approval.no-policy')
  const { holdout, version } = policy
  if (holdout === null) return fault('model.no-holdout', { version })
  if (report === null || report.artifact !== artifact || report.run !== statement.run)
    return fault('model.no-report', { model, artifact })
  if (report.report !== statement.report)
    return fault('approval.other-report', { model, signed: statement.report, latest: report.report })
  if (report.policyVersion !== version || policyVersion !== version)
    return fault('model.report-outdated', { model, reported: report.policyVersion, inForce: version })
  const tests = report.tests.filter(({ test, passed }) => !passed && !isHoldoutTest(test))
  if (tests.length > 0)
    return fault('model.gate-refused', { model, tests: failedTests({ ...report, tests }) })
  const stale = staleness(evidence)
  if (stale !== null) return stale
  if (statement.from !== holdout.from || statement.to <= holdout.from)
    return fault('model.holdout-span', { model, version })
  if (lookAlike(member, report.author)) return fault('approval.by-author', { member, model })
  const enrolled = policy.quorum.members.find((one) => one.member === member)
  if (enrolled === undefined) return fault('approval.not-a-member', { member, version })
  if (statement.expires <= at) return fault('approval.expired', { member, model })
  return holds(HOLDOUT_TYPE, holdoutBody({ ...statement, log }), { signature, publicKey: enrolled.publicKey })
    ? null
    : fault('approval.bad-signature', { member, model })
}

/** Names of training sets that only an opening gives. */
export const HOLDOUT_PREFIX = 'holdout-'

/** What is frozen of the holdout for a file: what its own training set is, over the sessions that were held out. */
export const holdoutSet = (
  trained: TrainingSetSpec,
  { artifact, from, to }: Pick<Opening, 'artifact' | 'from' | 'to'>,
): TrainingSetSpec => ({
  ...trained,
  trainingSet: `${HOLDOUT_PREFIX}${artifact.slice(0, 16)}-${from}`,
  from,
  to,
})
