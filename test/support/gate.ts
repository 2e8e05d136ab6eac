/** Evidence for the gate, made from generated prices: a training set, its trials, and what a candidate is judged from. */

import type { Days } from '../../commands/gate/days.ts'
import { type GateEvidence, type Study, studyOf } from '../../commands/gate/evidence.ts'
import { familyOf, type TrialEvidence } from '../../commands/gate/family.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { PRICED } from '../../streams/portfolio/marks.ts'
import { measured } from '../../streams/statistics/measured.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { evaluate, type Layout, layoutOf } from '../../streams/training/held-out.ts'
import { keyOfName, NOTHING_BESIDE } from './keys.ts'
import { daysAt } from './sessions.ts'

export type Shape = Readonly<{
  names: number
  days: number
  features: number
  seed: number
  /** Of the first feature: the correlation of its value with the next day's return. */
  skill: number
  /** Days that a label looks ahead. */
  horizon?: number
  /** When the first day is; 1990 unless given. */
  start?: Micros
}>

const START = 631_152_000_000_000 // 1990-01-01

/** Rows by day and name: features, the day's return, and the label, which is the return over the days after the next. */
export function trainingSet({ names, days, features, seed, skill, horizon = 1, start = START }: Shape): Rows {
  const length = names * days
  const uniform = xoshiro128(seed)
  const x = Array.from({ length: features }, () => normals(uniform, length))
  const noise = normals(uniform, length)
  const ret = new Float64Array(length)
  const at = (day: number, name: number) => day * names + name
  for (let day = 0; day < days; day++)
    for (let name = 0; name < names; name++) {
      // A decision after day d is traded at d + 1, so that its first return is that of d + 2.
      const known = day < 2 ? 0 : x[0][at(day - 2, name)]
      ret[at(day, name)] = 0.01 * (skill * known + Math.sqrt(1 - skill * skill) * noise[at(day, name)])
    }
  const label = Float64Array.from({ length }, (_, row) => {
    let sum = 0
    for (let ahead = 2; ahead < 2 + horizon; ahead++) sum += ret[row + ahead * names] ?? 0
    return sum
  })
  const moment = (day: number) => start + day * MICROS_PER_DAY
  const dayOf = (row: number) => Math.floor(row / names)
  const by = (of: (day: number) => number) => Float64Array.from({ length }, (_, row) => of(dayOf(row)))
  return {
    length,
    entities: Array.from({ length: names }, (_, name) => `N${String(name).padStart(3, '0')}`),
    entity: Uint32Array.from({ length }, (_, row) => row % names),
    eventTime: by(moment),
    knownAt: by((day) => moment(day) + 300_000_000),
    columns: [
      ...x.map((values, k) => ({ name: `x${k}`, values })),
      { name: 'label', values: label },
      { name: 'label_from', values: by((day) => moment(day + 1) / MICROS_PER_DAY) },
      { name: 'label_to', values: by((day) => moment(day + 1 + horizon) + 300_000_000) },
      { name: 'session', values: by((day) => moment(day) / MICROS_PER_DAY) },
      { name: 'session_return', values: ret },
      { name: 'session_state', values: by(() => PRICED) },
      { name: 'session_value', values: by(() => Number.NaN) },
    ],
  }
}

export const runSpec = (run: string, features: readonly string[], alpha = 1): RunSpec => ({
  run,
  family: 'made',
  trainer: 'ridge',
  features: [...features],
  params: [{ name: 'alpha', value: alpha }],
  seed: 1,
  trainingSet: 'made',
  trainingSetHash: 'h',
  folds: 5,
  portfolio: {
    construction: 'long-short',
    maxWeight: null,
    neutralise: null,
    holdingDays: 5,
    spreadBps: 2,
    commissionBps: 0,
    borrowBps: 25,
    impact: {
      model: 'square-root',
      temporary: 1,
      permanent: 0,
      outstandingDays: 200,
      capitalUsd: 1e6,
      advUsd: 1e9,
      dailyVolatility: 0.02,
    },
  },
  commit: { sha: 'c', signature: 'verified', tree: 'clean' },
  environment: 'e',
  author: 'researcher',
})

export const policyOf = (gate: PolicySpec['gate']): PolicySpec => ({
  version: 1,
  note: 'For a test.',
  quorum: { required: 1, members: [{ member: 'bob', publicKey: publicKeyOf(keyOfName('bob')) }] },
  gate,
  validation: { groups: 10, testGroups: 2, embargoDays: 5, ...NOTHING_BESIDE },
  sharpe: { windowDays: 21, deviations: 2, direction: 'below', fractionAfter: 0.5 },
  yardstick: null,
  holdout: null,
  losses: { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0 },
  ladder: null,
})

type Made = Readonly<{
  rows: Rows
  layout: Layout
  trials: readonly TrialEvidence[]
  evidence: GateEvidence
}>

/** One trial for each penalty and feature set, the candidate being the first. */
export const madeEvidence = (shape: Shape, runs: readonly RunSpec[], policy: PolicySpec): Made =>
  evidenceOn(trainingSet(shape), runs, { policy, horizon: shape.horizon ?? 1 })

/** The same on a training set that is there already. */
export function evidenceOn(
  rows: Rows,
  runs: readonly RunSpec[],
  { policy, horizon = 1 }: Readonly<{ policy: PolicySpec; horizon?: number }>,
): Made {
  const layout = layoutOf(rows, runs[0].folds)
  const evaluations = runs.map((run) => evaluate(rows, run, layout))
  const daysOf = (k: number): Days => {
    const values = (name: 'gross' | 'cost' | 'net' | 'turnover') =>
      Float64Array.from(evaluations[k].days, (day) => day[name])
    return daysAt(layout.moments, {
      gross: values('gross'),
      cost: values('cost'),
      net: values('net'),
      turnover: values('turnover'),
    })
  }
  const trials = runs.map(
    (run, k): TrialEvidence => ({
      run: run.run,
      family: run.family,
      status: 'finished',
      started: k + 1,
      days: daysOf(k),
    }),
  )
  const scores: Rows = {
    length: layout.rows.length,
    entities: rows.entities,
    entity: layout.rows.map((row) => rows.entity[row]),
    eventTime: Float64Array.from(layout.rows, (row) => rows.eventTime[row]),
    knownAt: Float64Array.from(layout.rows, (row) => rows.knownAt[row]),
    columns: [{ name: 'score', values: evaluations[0].scores }],
  }
  const evidence: GateEvidence = {
    model: 'm',
    artifact: 'a',
    run: runs[0],
    portfolio: runs[0].portfolio,
    days: daysOf(0),
    study: studyOf(rows, scores, layout),
    label: { dataset: 'made', formula: 'x', entryRows: 1, exitRows: 1 + horizon },
    formulas: [],
    family: familyOf(trials),
    policy,
    factors: null,
    rates: null,
    exposures: null,
    volatility: null,
    holdout: null,
    live: [],
    readAt: 100,
    earlierRequests: 0,
    depth: 'full',
  }
  return { rows, layout, trials, evidence }
}

/** The same evidence with other days for the candidate, who keeps the rest of the family. */
export function withNet(evidence: GateEvidence, net: Float64Array): GateEvidence {
  const days = daysAt(evidence.days.moments.subarray(0, net.length), { net })
  const [first, ...others] = evidence.family.trials
  return { ...evidence, days, family: familyOf([{ ...first, days }, ...others], days) }
}

export const studyIn = (evidence: GateEvidence): Study => {
  if (evidence.study.kind !== 'measured') throw new Error(evidence.study.reason)
  return evidence.study.value
}

export const ofStudy = (study: Study) => measured(study)

/** The same evidence beside a model in force, and with a holdout that was opened: the rows of the training set again. */
export function withCommittee(evidence: GateEvidence): GateEvidence {
  const { model, artifact, run, family } = evidence
  const other = family.trials.find((trial) => trial.run !== run.run)
  if (!other?.days) throw new Error('there is no other trial')
  const said = {
    model,
    artifact,
    run: run.run,
    report: 'r',
    member: 'bob',
    reason: 'read',
    signature: 's',
    expires: 1,
  }
  const opening = { ...said, from: START, to: START + 1000 * MICROS_PER_DAY, policyVersion: 1, position: 50 }
  return {
    ...evidence,
    live: [{ model: 'in-force', run: other.run, days: other.days }],
    holdout: { opening, rows: studyIn(evidence).rows, openings: 2, readBy: 1 },
  }
}
