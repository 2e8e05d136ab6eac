/** The gate at work: a validation that was asked for is answered with a report, and the report is all that counts. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import { GateReported, ValidationRequested } from '../../schemas/events/model.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { getRows, putDocument } from '../../streams/log/tables.ts'
import type { Processor, Reaction } from '../../streams/processor.ts'
import type { TrialLedger } from '../../streams/training/trials.ts'
import { analyse } from './analysis.ts'
import { type Days, daysFrom, type GateEvidence } from './evidence.ts'
import { type Family, familyOf, type TrialEvidence } from './family.ts'
import { judge } from './judge.ts'
import { reportOf } from './report.ts'

export type GateParts = Readonly<{
  chunks: ChunkStore
  trials: TrialLedger
  policy: () => PolicySpec | null
}>

export function gateProcessor({ chunks, trials, policy }: GateParts): Processor {
  const days = new Map<string, Days>()

  const daysOf = async (ref: ChunkRef): Promise<Days> => {
    const found = days.get(ref.hash) ?? daysFrom(await getRows(chunks, ref))
    days.set(ref.hash, found)
    return found
  }

  /** The family is the same for every candidate of a sweep, so it is worked out once. */
  let held: { key: string; family: Family } | null = null

  const familyAt = async (name: string): Promise<Family> => {
    const ledger = trials.family(name)
    const key = ledger.map(({ spec, returns }) => `${spec.run} ${returns?.hash}`).join('\n')
    if (held?.key !== key) {
      const evidence: TrialEvidence[] = []
      for (const { spec, returns } of ledger) {
        evidence.push({ run: spec.run, days: returns === null ? null : await daysOf(returns) })
      }
      held = { key, family: familyOf(evidence) }
    }
    return held.family
  }

  /** Null where the request is about no finished and complete run, or about another model file than the run's own. */
  const gather = async (event: EventOf<typeof ValidationRequested>): Promise<GateEvidence | null> => {
    const { model, run, artifact, seed } = event.data
    const candidate = trials.trial(run)
    const inForce = policy()
    if (candidate?.returns == null || inForce === null) return null
    if (candidate.artifact !== artifact || candidate.missing.length > 0) return null
    return {
      model,
      artifact,
      run: candidate.spec,
      days: await daysOf(candidate.returns),
      family: await familyAt(candidate.spec.family),
      policy: inForce,
      readAt: event.position,
      seed,
    }
  }

  return {
    name: 'gate',
    handles: [ValidationRequested.type],
    says: [GateReported.type],
    async absorb() {},
    async react(event): Promise<readonly Reaction[]> {
      if (!isEvent(ValidationRequested, event)) return []
      const evidence = await gather(event)
      if (evidence === null) return []
      const analysis = analyse(evidence)
      const verdict = judge(analysis, evidence.policy.gate)
      const report = Buffer.from(canonicalJson(reportOf(evidence, analysis, verdict)))
      const chunk = await putDocument(chunks, report, 'json')
      const { model, artifact, run, policy, readAt } = evidence
      const data = {
        model,
        run: run.run,
        artifact,
        author: run.author,
        policyVersion: policy.version,
        readAt,
        trials: analysis.trials.started,
        verdict: verdict.verdict,
        tests: [...verdict.tests],
        report: chunk.hash,
      }
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      return [{ stream: `model-${model}`, events: [GateReported.draft(data, times, [chunk])] }]
    },
  }
}
