/** A model: judged on request, promoted on evidence. */
import type { Position } from '../../schemas/envelope.ts'
import type { Times } from '../../schemas/event.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import {
  type Depth,
  Promoted,
  Retired,
  RolledBack,
  type Service,
  ValidationRequested,
} from '../../schemas/events/model.ts'
import { err } from '../../schemas/kernel/result.ts'
import { type Evidence, members, objection, tradesAlready, weighed } from '../../schemas/promotion.ts'
import { type Retirement, retirementObjection } from '../../schemas/retirement.ts'
import { type InForce, type Rollback, rollbackObjection, type Standing } from '../../schemas/rollback.ts'
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
  service: Service
  /** What is in force now. */
  inForce: Readonly<{ artifact: string; service: Service }> | null
  readAt: Position
}>

export type RollBack = Readonly<{
  kind: 'roll-back'
  rollback: Rollback
  standing: Standing
  /** Of the former model's file. */
  evidence: Evidence
  readAt: Position
}>

export type Retire = Readonly<{
  kind: 'retire'
  retirement: Retirement
  live: InForce | null
  evidence: Evidence
}>

/** Nothing: a promotion in the stream counts only as far as its evidence goes, which the registry knows. */
type State = null

export const model: Decider<RequestValidation | Promote | RollBack | Retire, State> = {
  initial: () => null,

  evolve: (state) => state,

  decide(command, _, { now }) {
    const times = { eventTime: now, knownAt: now }
    if (command.kind === 'roll-back') return rolledBack(command, times)
    if (command.kind === 'retire') {
      const { retirement, live, evidence } = command
      const problem = retirementObjection(retirement, live, weighed(evidence, now))
      return problem === null ? accept(Retired.draft(retirement, times)) : err(problem)
    }
    const incomplete = lacking(command.record, command.kind === 'validate' ? command.run : command.artifact)
    if (command.kind === 'validate') {
      const { model, run, record, policyVersion, readAt, depth } = command
      if (policyVersion === null) return reject('approval.no-policy')
      if (incomplete !== null) return incomplete
      const artifact = record?.artifact ?? ''
      const data = { model, run, artifact, policyVersion, readAt, depth }
      return accept(ValidationRequested.draft(data, times))
    }
    const { model, artifact, service, inForce, readAt } = command
    const evidence = weighed(command.evidence, now)
    if (inForce?.artifact === artifact && inForce.service === service) return alreadySo
    const traded = tradesAlready({ model, service }, inForce)
    if (traded !== null) return err(traded)
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
        {
          ...{ model, run, artifact, report: report.report, policyVersion: policy.version },
          ...{ approvals, readAt, service },
        },
        times,
      ),
    )
  },
}

/** The roll-back, and the promotion that it comes to: whoever follows what is in force learns of it as of any other. */
function rolledBack({ rollback, standing, evidence, readAt }: RollBack, times: Times) {
  const weighing = weighed(evidence, times.knownAt)
  const problem = rollbackObjection(rollback, standing, weighing)
  if (problem !== null) return err(problem)
  const { former } = standing
  const { policy } = evidence
  if (former === null || policy === null) return reject('model.no-former', { model: rollback.model })
  const { model } = rollback
  const { run, artifact, report, service } = former
  const approvals = [...former.approvals]
  const of = { model, run, artifact, report, policyVersion: policy.version }
  const promoted = { ...of, approvals, readAt, service }
  return accept(RolledBack.draft(rollback, times), Promoted.draft(promoted, times))
}

/** What a run lacks to be judged, or put anywhere; null where it lacks nothing. */
export function lacking(record: RunRecord | undefined, name: string) {
  if (record === undefined) return reject('experiment.unknown-run', { run: name })
  if (record.status !== 'finished')
    return reject('experiment.run-unfinished', { run: record.spec.run, status: record.status })
  if (record.missing.length > 0) {
    return reject('experiment.run-incomplete', { run: record.spec.run, missing: record.missing.join(', ') })
  }
  return null
}
