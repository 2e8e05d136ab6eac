/** When a promotion is sound: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { DataOf } from './event.ts'
import type { PolicySpec, Signed } from './events/approval.ts'
import type { GateReported, Service } from './events/model.ts'
import type { Digest } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { lookAlike } from './kernel/look.ts'
import type { Micros } from './kernel/time.ts'
import { isSigned } from './statement.ts'

type Signature = DataOf<typeof Signed>

export type Evidence = Readonly<{
  /** The policy in force. */
  policy: PolicySpec | null
  /** The latest report on the exact artifact. */
  report: DataOf<typeof GateReported> | null
  /** The identity of the log, and when the evidence is weighed: what has expired by then does not count. */
  log: Digest | null
  at: Micros
  /** What the committee signed about the artifact, in log order. */
  signatures: readonly Signature[]
  /** How many trials count now for the run that was judged; 0 without a report. */
  trials: number
  /** Other models in force with this very file. */
  otherNames: readonly string[]
}>

/** Evidence as it is weighed now, or at the latest moment that the log holds: a clock that was set back makes nothing count again. */
export const weighed = (evidence: Evidence, now: Micros): Evidence => ({
  ...evidence,
  at: Math.max(now, evidence.at),
})

/** What is to be promoted, and what the promotion says that it rests on, where it says so. */
type Candidate = Readonly<{
  model: string
  artifact: string
  run?: string
  report?: string
  policyVersion?: number
}>

/** The first reason why a model must not be promoted, or null where there is none. */
export function objection(candidate: Candidate, evidence: Evidence): Fault | null {
  const { model, artifact } = candidate
  const { policy, report } = evidence
  if (policy === null) return fault('approval.no-policy')
  if (report === null || report.model !== model || report.artifact !== artifact) {
    return fault('model.no-report', { model, artifact })
  }
  const { run = report.run, report: seen = report.report, policyVersion = policy.version } = candidate
  if (run !== report.run || seen !== report.report || policyVersion !== policy.version) {
    return fault('model.no-report', { model, artifact })
  }
  if (report.policyVersion !== policy.version) {
    return fault('model.report-outdated', { model, reported: report.policyVersion, inForce: policy.version })
  }
  if (report.verdict !== 'passed') {
    return fault('model.gate-refused', { model, tests: failedTests(report) })
  }
  const stale = staleness(evidence)
  if (stale !== null) return stale
  const refusing = members(evidence, 'refuse')
  if (refusing.length > 0) return fault('approval.refused', { model, members: refusing.join(', ') })
  const approving = members(evidence, 'approve')
  const { required } = policy.quorum
  const unexplained = secondName(evidence, approving)
  if (unexplained !== null) return unexplained
  return approving.length >= required
    ? null
    : fault('approval.quorum-missing', { model, have: approving.length, required })
}

/** A model that trades goes on to answer when that is recorded. Null where it may be promoted in this class. */
export const tradesAlready = (
  { model, service }: Readonly<{ model: string; service: Service }>,
  inForce: Readonly<{ service: Service }> | null,
): Fault | null =>
  service === 'after' && inForce?.service === 'durable' ? fault('model.trades', { model }) : null

/** A report is about a choice among so many trials: where more count by now, it says too little. */
export function staleness({ report, trials }: Evidence): Fault | null {
  if (report === null || trials <= report.trials) return null
  return fault('model.report-stale', { model: report.model, counted: report.trials, trials, run: report.run })
}

/** One file is one model: whoever approves a second name for it says why. Null where each of these members did. */
export function secondName(evidence: Evidence, approving: readonly string[]): Fault | null {
  const { report, otherNames } = evidence
  if (report === null || otherNames.length === 0) return null
  const reasoned = (member: string) =>
    soundOf(evidence, member).some(({ reason }) => reason.trim().length > 0)
  const silent = approving.filter((member) => !reasoned(member))
  const { model } = report
  return silent.length === 0
    ? null
    : fault('model.second-name', { model, models: otherNames.join(', '), members: silent.join(', ') })
}

/** The tests that a report did not pass, by name. */
export const failedTests = (report: DataOf<typeof GateReported>): string =>
  report.tests
    .filter(({ passed }) => !passed)
    .map(({ test }) => test)
    .join(', ')

/** Members, none of them the author, whose word on this artifact and report is this one. */
export function members(evidence: Evidence, decision: 'approve' | 'refuse'): string[] {
  const enrolled = evidence.policy?.quorum.members ?? []
  return enrolled
    .map(({ member }) => member)
    .filter((member) => !isAuthor(member, evidence) && wordsOf(evidence, member).at(-1) === decision)
}

/** An author whose name is written otherwise is the author still. */
const isAuthor = (member: string, { report }: Evidence): boolean =>
  report !== null && lookAlike(member, report.author)

/**
 * What a member said about the artifact and report, in log order: each statement once, where it was first made, and only
 * under a signature that holds. So neither a forged statement nor an old one that is shown again takes back the last one.
 */
export const wordsOf = (evidence: Evidence, member: string): Signature['decision'][] => [
  ...new Set(soundOf(evidence, member).map(({ decision }) => decision)),
]

/** What a member signed about the artifact and report that counts: the signature holds, and has not expired. */
function soundOf({ policy, report, signatures, log, at }: Evidence, member: string): readonly Signature[] {
  const enrolled = policy?.quorum.members.find((one) => one.member === member)
  if (policy === null || log === null || report === null || enrolled === undefined) return []
  const { model, artifact, report: digest } = report
  const key = { log, policyVersion: policy.version, publicKey: enrolled.publicKey }
  return (
    signatures
      .filter((one) => one.member === member && one.model === model && one.artifact === artifact)
      // A refusal stands until it is taken back.
      .filter(({ decision, expires }) => decision === 'refuse' || expires === null || expires > at)
      .filter((one) => one.report === digest && isSigned(one, key))
  )
}
