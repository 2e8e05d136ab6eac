/** A model: judged on request, promoted on evidence. */
import type { Position } from '../../schemas/envelope.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { type Depth, Promoted, ValidationRequested } from '../../schemas/events/model.ts'
import { err } from '../../schemas/kernel/result.ts'
import { type Evidence, members, objection, weighed } from '../../schemas/promotion.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** A run as the experiments view has it. */
export type RunRecord = Readonly<{
  spec: RunSpec
  status: 'running' | 'finished' | 'failed'
  artifact: string | null
  /** What of the reproducibility mandate it lacks, by name. */
  missing: readonly string[]
}>

export type RequestValidation = Readonly<{
  kind: 'validate'
  model: string
  run: string
  record: RunRecord | undefined
  policyVersion: number | null
  readAt: Position
  depth: Depth
}>

export type Promote = Readonly<{
  kind: 'promote'
  model: string
  artifact: string
  record: RunRecord | undefined
  evidence: Evidence
  /** The artifact that is in force now. */
  inForce: string | null
  readAt: Position
}>

/** Nothing: a promotion in the stream counts only as far as its evidence goes, which the registry knows. */
type State = null

export const model: Decider<RequestValidation | Promote, State> = {
  initial: () => null,

  evolve: (state) => state,

  decide(command, _, { now }) {
    const times = { eventTime: now, knownAt: now }
    const incomplete = lacking(command.record, command.kind === 'validate' ? command.run : command.artifact)
    if (command.kind === 'validate') {
      const { model, run, record, policyVersion, readAt, depth } = command
      if (policyVersion === null) return reject('approval.no-policy')
      if (incomplete !== null) return incomplete
      const artifact = record?.artifact ?? ''
      const data = { model, run, artifact, policyVersion, readAt, depth }
      return accept(ValidationRequested.draft(data, times))
    }
    const { model, artifact, inForce, readAt } = command
    const evidence = weighed(command.evidence, now)
    if (inForce === artifact) return alreadySo
    const problem = objection({ model, artifact }, evidence)
    if (problem !== null) return err(problem)
    if (incomplete !== null) return incomplete
    const { report, policy } = evidence
    if (report === null || policy === null || command.record?.artifact !== artifact)
      return reject('model.no-report', { model, artifact })
    const approvals = members(evidence, 'approve')
    const { run } = report
    return accept(
      Promoted.draft(
        { model, run, artifact, report: report.report, policyVersion: policy.version, approvals, readAt },
        times,
      ),
    )
  },
}

function lacking(record: RunRecord | undefined, name: string) {
  if (record === undefined) return reject('experiment.unknown-run', { run: name })
  if (record.status !== 'finished')
    return reject('experiment.run-unfinished', { run: record.spec.run, status: record.status })
  if (record.missing.length > 0) {
    return reject('experiment.run-incomplete', { run: record.spec.run, missing: record.missing.join(', ') })
  }
  return null
}
