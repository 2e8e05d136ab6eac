/** One example of each event, with a value in every field that may be missing somewhere in the file. */
import type { EventDefinition } from '../../schemas/event.ts'
import { SealKeyRotated } from '../../schemas/events/access.ts'
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { DatasetDeclared, RowsArrived, RowsQuarantined } from '../../schemas/events/data.ts'
import { DriftMeasured, SharpeWatched } from '../../schemas/events/drift.ts'
import {
  RunFailed,
  RunFinished,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
} from '../../schemas/events/experiment.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { GateReported, Promoted, ValidationRequested } from '../../schemas/events/model.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'

const NOW = { eventTime: 0, knownAt: 0 }
const HASH = 'ab'.repeat(32)
const OTHER = '0c'.repeat(32)

/** Drafts through each definition, so that the compiler holds every example to its shape. */
const DRAFTS = [
  DatasetDeclared.draft(
    {
      dataset: 'us20',
      layout: 'wide',
      entityColumn: '',
      timeColumn: 'Date',
      timeOfDay: '16:00',
      timeZone: 'America/New_York',
      knownAt: { kind: 'lag', column: '', lagMicros: 300_000_000 },
      columns: [{ name: 'close', unit: 'USD' }],
      provenance: 'a vendor',
      caveat: 'survivorship',
    },
    NOW,
  ),
  RowsArrived.draft(
    {
      dataset: 'us20',
      source: 'prices.csv',
      sourceHash: HASH,
      rows: 20,
      rowsQuarantined: 1,
      knownFrom: -1,
      knownTo: 1_221_508_800_000_000,
    },
    NOW,
  ),
  RowsQuarantined.draft(
    {
      dataset: 'us20',
      source: 'prices.csv',
      sourceHash: HASH,
      rows: 1,
      reasons: [{ reason: 'no time', rows: 1 }],
    },
    NOW,
  ),
  SetDefined.draft(
    {
      set: 'us20.core',
      version: 2,
      entity: 'instrument',
      dataset: 'us20',
      features: [{ name: 'return_1d', formula: 'close / delay(close, 1) - 1', unit: 'return' }],
      stalenessMicros: 604_800_000_000,
      lagMicros: 0,
      hash: HASH,
    },
    NOW,
  ),
  ValuesComputed.draft(
    {
      set: 'us20.core',
      version: 2,
      hash: HASH,
      dataset: 'us20',
      cause: 3,
      rows: 20,
      knownFrom: 1,
      knownTo: 2,
    },
    NOW,
  ),
  TrainingSetRequested.draft(
    {
      trainingSet: 'h5',
      featureSet: 'us20.core',
      featureVersion: 2,
      featureHash: HASH,
      label: { dataset: 'us20', formula: 'demean(close / delay(close, 5) - 1)', entryRows: 1, exitRows: 6 },
      from: -86_400_000_000,
      to: 1_262_304_000_000_000,
    },
    NOW,
  ),
  TrainingSetFrozen.draft(
    {
      trainingSet: 'h5',
      readAt: 6,
      rows: 4000,
      features: ['return_1d', 'mom_1'],
      contentHash: HASH,
      dropped: [{ reason: 'a feature is missing', rows: 12 }],
    },
    NOW,
  ),
  RunStarted.draft(
    {
      run: 'h5-momentum-a1',
      family: 'us20-ridge',
      trainer: 'ridge',
      features: ['return_1d'],
      params: [{ name: 'alpha', value: 0.1 }],
      seed: 20_100_101,
      trainingSet: 'h5',
      trainingSetHash: HASH,
      folds: 5,
      portfolio: {
        construction: 'long-short',
        maxWeight: 0.2,
        neutralise: null,
        holdingDays: 5,
        spreadBps: 4,
        commissionBps: 0.5,
        borrowBps: 50,
        impact: {
          model: 'almgren',
          temporary: 0.142,
          permanent: 0.314,
          outstandingDays: 200,
          capitalUsd: 1e6,
          advUsd: 1e8,
          dailyVolatility: 0.02,
        },
      },
      commit: { sha: 'c0'.repeat(20), signature: 'verified', tree: 'clean' },
      environment: null,
      author: 'researcher',
    },
    NOW,
  ),
  RunFinished.draft(
    {
      run: 'h5-momentum-a1',
      artifact: HASH,
      metrics: [{ name: 'sharpe_annual', value: -0.25 }],
      scores: OTHER,
      returns: HASH,
    },
    NOW,
  ),
  RunFailed.draft({ run: 'h5-momentum-a1', reason: 'The split cannot be made.' }, NOW),
  ValidationRequested.draft(
    {
      model: 'm',
      run: 'h5-momentum-a1',
      artifact: HASH,
      policyVersion: 1,
      readAt: 9,
      depth: 'full',
    },
    NOW,
  ),
  GateReported.draft(
    {
      model: 'm',
      run: 'h5-momentum-a1',
      artifact: HASH,
      author: 'researcher',
      policyVersion: 1,
      readAt: 9,
      trials: 45,
      verdict: 'refused',
      tests: [
        { test: 'psr', comparison: 'at-least', threshold: 0.95, value: 0.97, margin: 0.02, passed: true },
        { test: 'dsr', comparison: 'at-least', threshold: 0.95, value: null, margin: null, passed: false },
      ],
      report: OTHER,
    },
    NOW,
  ),
  Promoted.draft(
    {
      model: 'm',
      run: 'h5-momentum-a1',
      artifact: HASH,
      report: OTHER,
      policyVersion: 1,
      approvals: ['cio', 'validator'],
      readAt: 12,
    },
    NOW,
  ),
  PolicySet.draft(
    {
      policy: {
        version: 1,
        note: 'The default policy.',
        quorum: { required: 1, members: [{ member: 'cio', publicKey: 'MCowBQYDK2VwAyEA' }] },
        gate: [{ test: 'psr', comparison: 'at-least', threshold: 0.95 }],
        validation: {
          groups: 10,
          testGroups: 2,
          embargoDays: 10,
          factors: 'us20-factors',
          rates: null,
          exposures: null,
        },
        sharpe: { windowDays: 21, deviations: 2, direction: 'below', fractionAfter: 0.5 },
      },
      signatures: [{ member: 'cio', signature: 'c2ln' }],
    },
    NOW,
  ),
  Signed.draft(
    {
      model: 'm',
      artifact: HASH,
      report: OTHER,
      member: 'cio',
      decision: 'approve',
      reason: 'Gelesen; einverstanden — ∑',
      signature: 'c2ln',
    },
    NOW,
  ),
  PredictionMade.draft(
    {
      model: 'm',
      artifact: HASH,
      promotion: 15,
      features: 17,
      featureHash: OTHER,
      rows: [
        { entity: 'AAPL', score: 0.1, target: 0.5, weight: 0.25 },
        { entity: 'XOM', score: null, target: 0, weight: -5e-324 },
      ],
    },
    NOW,
  ),
  OutcomeObserved.draft(
    { model: 'm', prediction: 18, gross: 0.01, cost: 0.001, net: 0.009, turnover: 0.4, capital: 0.5 },
    NOW,
  ),
  DriftMeasured.draft(
    {
      model: 'm',
      currentRows: 1260,
      referenceRows: 80_000,
      features: [{ feature: 'mom_1', psi: 0.3, psiNull95: 0.2, ks: 0.1, ksNull95: 0.08, drifted: true }],
    },
    NOW,
  ),
  SharpeWatched.draft(
    {
      model: 'm',
      days: 21,
      sharpe: -3.5,
      expected: 0.6,
      deviation: 2,
      z: -2.05,
      breach: true,
      eValue: 1.5,
    },
    NOW,
  ),
  Allocated.draft({ model: 'm', artifact: HASH, author: 'ann', fraction: 1, promotion: 15 }, NOW),
  Reduced.draft({ model: 'm', from: 1, to: 0.5, measurement: 40, z: -2.05, review: 'pending' }, NOW),
  Reviewed.draft(
    {
      model: 'm',
      artifact: HASH,
      fraction: 1,
      measurement: 40,
      member: 'head-of-risk',
      reason: 'As approved.',
      signature: 'c2ln',
    },
    NOW,
  ),
  SealKeyRotated.draft(
    {
      log: HASH,
      from: 'asof.local/log+00000000+AQ==',
      to: 'asof.local/log+00000001+AQ==',
      reason: 'Each year.',
      signedByOld: '— asof.local/log c2ln\n',
      signedByNew: '— asof.local/log c2ln\n',
    },
    NOW,
  ),
] as const

/** An example's data by event type. */
export const EXAMPLES: ReadonlyMap<EventDefinition['type'], unknown> = new Map(
  DRAFTS.map(({ type, data }): [string, unknown] => [type, data]),
)
