/** The gate at work: a validation that was asked for is answered with a report, and the report is all that counts. */
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, RowsArrived } from '../../schemas/events/data.ts'
import { GateReported, ValidationRequested } from '../../schemas/events/model.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import { putDocument } from '../../streams/log/tables.ts'
import type { Processor } from '../../streams/processor.ts'
import { analyse } from './analysis.ts'
import { type GateParts, Gathering } from './gather.ts'
import { judge } from './judge.ts'
import { reportOf } from './report.ts'

export function gateProcessor(parts: GateParts): Processor {
  const gathering = new Gathering(parts)
  return {
    name: 'gate',
    version: 1,
    save: () => gathering.save(),
    restore: (memory) => gathering.restore(memory),
    handles: [DatasetDeclared.type, RowsArrived.type, ValidationRequested.type],
    async take(event, say) {
      gathering.observe(event)
      if (say === null || !isEvent(ValidationRequested, event)) return
      const evidence = await gathering.evidenceFor(event)
      if (evidence === null) return
      const analysis = analyse(evidence)
      const judged = judge(analysis, evidence.policy.gate)
      const report = canonicalJson(reportOf(evidence, analysis, judged))
      const chunk = await putDocument(parts.chunks, Buffer.from(report), 'json')
      const { model, artifact, run, policy, readAt, family } = evidence
      const data = {
        model,
        run: run.run,
        artifact,
        author: run.author,
        policyVersion: policy.version,
        readAt,
        trials: family.trials.length,
        verdict: judged.verdict,
        tests: judged.tests.map(({ title: _, reason: __, ...test }) => test),
        report: chunk.hash,
      }
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      say({ stream: `model-${model}`, events: [GateReported.draft(data, times, [chunk])] })
    },
  }
}
