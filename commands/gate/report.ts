/** The gate's report as data: canonical JSON, the same bytes for the same evidence, with nothing that is not a number. */
import { digestOf } from '../../schemas/kernel/canonical.ts'
import type { Analysis } from './analysis.ts'
import type { GateEvidence } from './evidence.ts'
import type { Verdict } from './judge.ts'
import { MEASURES } from './measures.ts'

export const REPORT_FORM = 'asof.gate-report.v1'

export function reportOf(evidence: GateEvidence, analysis: Analysis, { verdict, tests }: Verdict) {
  const { model, artifact, run, policy, readAt, seed, days } = evidence
  return finiteOnly({
    form: REPORT_FORM,
    model,
    artifact,
    run,
    seed,
    readAt,
    policy: { version: policy.version, digest: digestOf(policy), note: policy.note },
    verdict,
    tests: tests.map((test) => ({ ...test, title: MEASURES[test.test]?.title ?? test.test })),
    analysis,
    series: { moments: [...days.moments], net: [...days.net] },
  })
}

/** JSON has no NaN: a figure that does not exist is null, and reads as such. */
function finiteOnly(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (ArrayBuffer.isView(value)) return finiteOnly([...(value as Float64Array)])
  if (Array.isArray(value)) return value.map(finiteOnly)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => [key, finiteOnly(one)]),
  )
}
