/** The gate's report as data: canonical JSON, the same bytes for the same evidence, with nothing that is not a number. */
import { policyDigest } from '../../schemas/policy.ts'
import { annualise, sharpeOf } from '../../streams/statistics/sharpe.ts'
import type { Days } from './days.ts'
import { drawdowns } from './drawdown.ts'
import type { GateEvidence } from './evidence.ts'
import type { Verdict } from './judge.ts'
import { type Analysis, type GateReport, REPORT_FORM, type SeriesForm } from './report-form.ts'
import { equityOf } from './section.ts'
import { raisedItems } from './yardstick.ts'

export function reportOf(evidence: GateEvidence, analysis: Analysis, verdict: Verdict): GateReport {
  const { model, artifact, run, policy, readAt, depth, days } = evidence
  return finiteOnly({
    form: REPORT_FORM,
    model,
    artifact,
    run,
    formulas: formulasOf(evidence),
    costs: costsOf(evidence),
    readAt,
    depth,
    policy: { version: policy.version, digest: policyDigest(policy), note: policy.note },
    ...verdict,
    ...analysis,
    ledger: ledgerOf(evidence),
    series: seriesOf(days),
  }) as GateReport
}

function formulasOf({ run, label, formulas }: GateEvidence): GateReport['formulas'] {
  const used = new Set([...run.features, run.portfolio.neutralise])
  return {
    label,
    features: formulas.filter(({ name }) => used.has(name)),
    unused: formulas.filter(({ name }) => !used.has(name)),
  }
}

function costsOf({ run, portfolio }: GateEvidence): GateReport['costs'] {
  const { spreadBps, commissionBps, borrowBps, impact } = portfolio
  return {
    judged: { spreadBps, commissionBps, borrowBps, impact },
    raised: raisedItems(run.portfolio, portfolio),
  }
}

/** Of what passes for skill, the share that may be luck. */
const DISCOVERY_RATE = 0.05

function ledgerOf({ run, family, earlierRequests }: GateEvidence): GateReport['ledger'] {
  const { runs, clusters } = family
  const found = clusters.kind === 'measured' ? [...clusters.value.clusterOf] : []
  const clusterOf = new Map(runs.map((name, k) => [name, found[k] ? found[k] : null]))
  const sharedOf = new Map(runs.map((name, k) => [name, family.shared[k]]))
  return {
    family: run.family,
    started: family.trials.length,
    fromOtherFamilies: family.trials.filter((trial) => trial.family !== run.family).length,
    finished: family.runs.length,
    earlierRequests,
    sessions: family.returns[0]?.length ?? 0,
    discoveries: {
      rate: DISCOVERY_RATE,
      trials: family.adjustedP.filter((p) => p <= DISCOVERY_RATE).length,
    },
    trials: family.trials.map(({ days, relation = 'family', ...trial }, k) => ({
      ...trial,
      relation,
      sharpeAnnual: days === null ? null : annualise(sharpeOf(days.net), days.periodsPerYear),
      sharedSessions: sharedOf.get(trial.run) ?? 0,
      adjustedP: family.adjustedP[k],
      cluster: clusterOf.get(trial.run) ?? null,
      candidate: trial.run === run.run,
    })),
  }
}

const seriesOf = ({ moments, gross, cost, net }: Days): SeriesForm => ({
  moments: [...moments],
  gross: [...gross],
  cost: [...cost],
  net: [...net],
  equity: [...equityOf(net)],
  drawdown: [...drawdowns(net)],
})

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
