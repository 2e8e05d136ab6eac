/** One example of each event, with a value in every field that may be missing somewhere in the file. */
import type { EventDefinition } from '../../schemas/event.ts'
import {
  AccessPolicySet,
  AnswersConfirmed,
  SealKeyRotated,
  TokenIssued,
  TokenRevoked,
} from '../../schemas/events/access.ts'
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { BackupDrilled, BackupTaken } from '../../schemas/events/backup.ts'
import { Allocated, Reduced, Released, Reviewed } from '../../schemas/events/capital.ts'
import {
  ClaimApproved,
  ClaimChecked,
  ClaimDisseminated,
  ClaimDrafted,
  ClaimHeld,
  ClaimRederived,
  ClaimReleased,
  type ClaimSpec,
  ClaimWithdrawn,
} from '../../schemas/events/claim.ts'
import {
  DatasetDeclared,
  PLAIN_FORMAT,
  PLAIN_ROWS,
  RowsArrived,
  RowsQuarantined,
  SessionClosed,
} from '../../schemas/events/data.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { EgressAlarmed, LiftApproved, Suspended } from '../../schemas/events/egress.ts'
import {
  FamilyRetired,
  RunFailed,
  RunFinished,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
} from '../../schemas/events/experiment.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import {
  AccessReleased,
  Delivered,
  EmergencyReviewed,
  GrantApproved,
  GrantRequested,
  GrantRevoked,
  Withheld,
} from '../../schemas/events/grant.ts'
import { Halted, HaltSpread, UnhaltSigned } from '../../schemas/events/halt.ts'
import { OffsetsMoved, OffsetsTaken } from '../../schemas/events/intake.ts'
import { LadderBreached, Raised, SteppedDown } from '../../schemas/events/ladder.ts'
import {
  GateReported,
  HoldoutOpened,
  Promoted,
  Retired,
  RolledBack,
  ValidationRequested,
} from '../../schemas/events/model.ts'
import {
  AlarmAccepted,
  AlarmAcknowledged,
  AlarmRaised,
  AlarmResolved,
  AlarmSnoozed,
  AlertRuleDeclared,
  AlertRuleRetired,
  DeadlinePassed,
} from '../../schemas/events/monitor.ts'
import {
  OutcomeObserved,
  OutcomesRestated,
  PredictionMade,
  PredictionServed,
} from '../../schemas/events/prediction.ts'
import { Quarantined, Retried, VersionRaised, Waived } from '../../schemas/events/processor.ts'
import { ShadowEnded, ShadowObserved, ShadowPredicted, ShadowStarted } from '../../schemas/events/shadow.ts'
import {
  RunTrained,
  SplitsTrained,
  TrainerAdmitted,
  TrainerRetired,
  WorkMetered,
} from '../../schemas/events/trainer.ts'
import { TRACKING_DRAFTS } from './tracking-examples.ts'

const NOW = { eventTime: 0, knownAt: 0 }
const HASH = 'ab'.repeat(32)
const OTHER = '0c'.repeat(32)

const FIGURE = {
  ...{ readAt: 20_499, run: 'us20-h5', artifact: HASH, sessions: 3_269, first: 14_613, last: 19_356 },
  ...{ restated: 2, leftOut: 1, wholeRecord: true, perYear: 252, gross: 0.4403, net: 0.3875 },
}
const CLAIM: ClaimSpec = {
  ...{ claim: 'live-sharpe', text: 'A live Sharpe ratio of 0.44 (0.39 after fees).', model: 'us20' },
  ...({ measure: 'live-sharpe', unit: 'ratio', regime: 'live' } as const),
  ...{ decimals: 2, from: 14_613, to: 19_357 },
  ...{ gross: 0.44, net: 0.39, privateFund: true, prescribedPeriods: false, whyPeriod: '', criteria: '' },
  ...{ limitations: 'Past results.', audiencePolicy: '', totalPortfolio: '' },
  fees: { name: '1 and 20', basis: 'model' as const, managementBps: 100, performance: 0.2 },
}
const RULE = {
  ...{ rule: 'net-beside-gross', version: 1, source: '17 CFR 275.206(4)-1(d)(1)', passed: true },
  says: 'A gross number has the net one beside it.',
}

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
      format: {
        ...PLAIN_FORMAT,
        separator: ';',
        skipLines: 3,
        header: ['Date', 'AAPL'],
        endsAt: 'Annual',
        time: 'yyyyMMdd HH:mm',
        known: 'epoch ms',
        clockColumn: 'Time',
        clock: 'HHmmss',
        finerThanMicros: 'round-up',
        decimal: ',',
        thousands: '.',
        missing: ['-99.99', 'NA'],
        columns: [{ name: 'close', source: 'PX_LAST', divideBy: 10_000 }],
        entityFromFile: '{entity}_*.csv',
      },
      calendar: {
        calendar: 'XNYS',
        zone: 'America/New_York',
        from: '2008-01-01',
        to: '2009-01-01',
        weekdays: [1, 2, 3, 4, 5],
        hours: [{ from: '2008-01-01', opens: '09:30', closes: '16:00' }],
        holidays: ['2008-01-01'],
        earlyCloses: [{ date: '2008-07-03', closes: '13:00' }],
        source: 'made up',
      },
      prices: {
        column: 'close',
        dividend: 'dividend',
        split: 'split',
        actions: 'us20-actions',
        volume: 'volume',
        currency: 'USD',
        delistAfterSessions: 10,
        delistingReturn: -0.3,
        decideAt: '16:30',
      },
      listings: [{ symbol: 'FB', entity: 'META', from: '2012-05-18', to: '2022-06-09' }],
      revisions: 'arrival',
      rows: {
        types: [{ column: 'filed', type: 'date', pattern: 'yyyyMMdd' }],
        key: ['months'],
        shown: [{ column: 'months', is: '3' }],
        withdrawn: { column: 'action', words: ['D', 'delete'] },
        ahead: true,
        reads: 'sec-ownership',
      },
    },
    NOW,
  ),
  DatasetDeclared.draft(
    {
      dataset: 'rates',
      layout: 'long',
      entityColumn: 'name',
      timeColumn: 'time',
      timeOfDay: '',
      timeZone: 'UTC',
      knownAt: { kind: 'declared', column: 'known', lagMicros: 0 },
      columns: [{ name: 'level', unit: 'percent' }],
      provenance: '',
      caveat: '',
      format: PLAIN_FORMAT,
      calendar: null,
      prices: null,
      listings: [],
      revisions: 'declared',
      rows: PLAIN_ROWS,
    },
    NOW,
  ),
  SessionClosed.draft(
    {
      dataset: 'us20',
      session: 14137,
      previous: 14134,
      decideAt: 1_221_571_800_000_000,
      tradeAt: 1_221_595_200_000_000,
      restates: true,
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
      rowsRevised: 2,
      rowsLate: 1,
      rowsRepeated: 3,
      rowsEmpty: 4,
      rowsWithdrawn: 5,
      sessions: [14137, 14138],
      inexact: ['cusip_id'],
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
  OffsetsTaken.draft(
    {
      ...{ dataset: 'fills', topic: 'oms.fills.v1', cluster: 'NfLmT0qWTTyxyWHBjPWvJQ', sourceHash: HASH },
      partitions: [{ partition: 0, from: 0, to: 12, messages: 10, last: 11, lastHash: HASH }],
    },
    NOW,
  ),
  OffsetsMoved.draft(
    {
      ...{ dataset: 'fills', topic: 'oms.fills.v1', cluster: 'NfLmT0qWTTyxyWHBjPWvJQ' },
      partitions: [
        { partition: 0, from: 12, to: 40 },
        { partition: 1, from: null, to: 0 },
      ],
      reason: 'the broker kept a week, and the link was down for two',
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
      maxGapSessions: 90,
      joins: [{ name: 'vix', dataset: 'us12-vix', entity: 'VIX', stalenessMicros: 432_000_000_000 }],
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
  TrainerAdmitted.draft(
    {
      ...{ trainer: 'lightgbm-1', repository: 'alpha', entry: 'train.py' },
      commit: { sha: 'c0'.repeat(20), signature: 'verified', tree: 'clean' },
      ...{ signer: 'ann@example.org', key: 'SHA256:abc', allowedSigners: OTHER, problem: null, code: HASH },
      ...{ environmentName: 'lightgbm', environment: OTHER, program: HASH, installed: null },
      lockfile: { path: 'requirements.txt', sha256: OTHER },
      ...{ platform: 'linux-x64', unlocked: ['numpy-2.4.0'] },
      limits: { seconds: 3_600, megabytes: 4_096, outputMegabytes: 256, processes: 64 },
    },
    NOW,
  ),
  TrainerAdmitted.draft(
    {
      ...{ trainer: 'plain-1', repository: 'alpha', entry: 'train.sh' },
      commit: { sha: 'c0'.repeat(20), signature: 'unsigned', tree: 'clean' },
      ...{ signer: null, key: null, allowedSigners: null, problem: 'the commit is not signed', code: HASH },
      ...{ environmentName: 'sh', environment: OTHER, program: HASH, installed: OTHER, lockfile: null },
      ...{ platform: 'linux-x64', unlocked: [] },
      limits: { seconds: 60, megabytes: 256, outputMegabytes: 16, processes: 8 },
    },
    NOW,
  ),
  TrainerRetired.draft({ trainer: 'plain-1', reason: 'Its key was lost.', author: 'ann' }, NOW),
  FamilyRetired.draft({ family: 'h5-momentum', reason: 'Nothing was in it.', author: 'ann' }, NOW),
  RunTrained.draft(
    {
      ...{ run: 'us20-h5', started: 12, artifact: HASH, folds: [OTHER, HASH] },
      told: [{ name: 'loss', value: 0.25 }],
      ...{ executor: 'local', notHeld: ['network'], seconds: 1.5, failure: null },
    },
    NOW,
  ),
  RunTrained.draft(
    {
      ...{ run: 'us20-h5', started: 12, artifact: '', folds: [], told: [] },
      ...{ executor: 'local', notHeld: [], seconds: 0.25, failure: 'it wrote no model.onnx' },
    },
    NOW,
  ),
  WorkMetered.draft(
    {
      ...{ run: 'us20-h5', started: 12, family: 'us20', part: 'walk-forward', team: 'alpha', pool: 'spot' },
      ...{ from: 0, to: 3_600_000_000, jobs: 6, tries: 7, seconds: 1_800, lostSeconds: 300 },
      ...{ atOnce: 8, cpus: 4, gpus: 1, dollarsPerHour: 0.9, onDemandDollarsPerHour: 3.06 },
    },
    NOW,
  ),
  SplitsTrained.draft(
    {
      ...{ run: 'us20-h5', started: 12, groups: 6, testGroups: 2, embargoDays: 0.5, models: [HASH] },
      ...{ executor: 'local', notHeld: [], seconds: 15, failure: null },
    },
    NOW,
  ),
  SplitsTrained.draft(
    {
      ...{ run: 'us20-h5', started: 12, groups: 6, testGroups: 2, embargoDays: 0, models: [] },
      ...{ executor: 'local', notHeld: [], seconds: 0, failure: 'it ran for more than 60 seconds' },
    },
    NOW,
  ),
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
      service: 'after',
    },
    NOW,
  ),
  HoldoutOpened.draft(
    {
      model: 'm',
      run: 'r',
      artifact: HASH,
      report: OTHER,
      from: 1_577_836_800_000_000,
      to: 1_609_459_200_000_000,
      policyVersion: 2,
      member: 'cio',
      reason: 'The report is read.',
      expires: 1_612_000_000_000_000,
      signature: 'c2ln',
    },
    NOW,
  ),
  RolledBack.draft(
    {
      model: 'm',
      inForce: 40,
      former: 21,
      artifact: HASH,
      policyVersion: 2,
      member: 'cio',
      reason: 'It trades twice what it should.',
      expires: 1_612_000_000_000_000,
      signature: 'c2ln',
    },
    NOW,
  ),
  Retired.draft(
    {
      ...{ model: 'm', inForce: 40, artifact: HASH, policyVersion: 2, member: 'cio' },
      reason: 'Its vendor stopped.',
      ...{ expires: 1_612_000_000_000_000, signature: 'c2ln' },
    },
    NOW,
  ),
  ShadowStarted.draft({ model: 'm', run: 'h1-momentum', artifact: HASH, report: OTHER }, NOW),
  ShadowEnded.draft({ model: 'm', run: 'h1-momentum' }, NOW),
  ShadowPredicted.draft(
    {
      ...{ model: 'm', run: 'h1-momentum', artifact: HASH, shadow: 44, champion: 40 },
      ...{ features: 50, featureHash: OTHER, session: 14_000, backfilled: false },
      rows: [
        { entity: 'AAPL', score: 0.25, target: 0.5, weight: 0.25 },
        { entity: 'MSFT', score: null, target: -0.5, weight: -0.25 },
      ],
    },
    NOW,
  ),
  ShadowObserved.draft(
    {
      ...{ model: 'm', run: 'h1-momentum', shadow: 44, prediction: 52, session: 14_001, backfilled: false },
      ...{ gross: 0.002, cost: 0.0005, net: 0.0015, turnover: 0.4 },
    },
    NOW,
  ),
  AlertRuleDeclared.draft(
    {
      ...{
        rule: 'prices',
        version: 2,
        about: 'Prices of the day.',
        severity: 'critical',
        owner: 'data desk',
      },
      ...{ remedy: 'Call the vendor.', checks: ['freshness', 'range'], things: ['us20'], history: 60 },
      ...{ falseAlarmsAYear: 1, looksAYear: 252, resolveAfter: 3 },
    },
    NOW,
  ),
  AlertRuleRetired.draft({ rule: 'prices', reason: 'The feed is gone.' }, NOW),
  AlarmRaised.draft(
    {
      ...{ rule: 'prices', check: 'range', thing: 'us20', cause: 120, ruleVersion: 2, severity: 'critical' },
      ...{ owner: 'data desk', remedy: 'Call the vendor.', level: 0.001, restsOn: [98, 103], found: 2 },
      findings: [
        { what: 'close zero', observed: 1, usual: 0, low: null, high: 0.2, chance: 1e-6 },
        { what: 'momentum KS', observed: 0.5, usual: null, low: -0.25, high: null, chance: null },
      ],
    },
    NOW,
  ),
  AlarmResolved.draft({ rule: 'prices', check: 'range', thing: 'us20', cause: 120, why: 'usual again' }, NOW),
  AlarmAcknowledged.draft(
    { rule: 'prices', check: 'range', thing: 'us20', cause: 120, note: 'The vendor is told.' },
    NOW,
  ),
  AlarmSnoozed.draft(
    {
      ...{ rule: 'prices', check: 'range', thing: 'us20', cause: 120 },
      ...{ until: 1_612_000_000_000_000, reason: 'The vendor sends it again on Monday.' },
    },
    NOW,
  ),
  AlarmAccepted.draft(
    { rule: 'prices', check: 'range', thing: 'us20', cause: 120, reason: 'It is in pence now.' },
    NOW,
  ),
  DeadlinePassed.draft({ rule: 'prices', dataset: 'us20', latest: 119 }, NOW),
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
          volatility: 'vix',
        },
        sharpe: { windowDays: 21, deviations: 2, direction: 'below', fractionAfter: 0.5 },
        yardstick: {
          spreadBps: 2,
          commissionBps: 0.5,
          borrowBps: 25,
          impact: {
            model: 'square-root',
            temporary: 1,
            permanent: 0,
            outstandingDays: 200,
            capitalUsd: 1e6,
            advUsd: 5e8,
            dailyVolatility: 0.02,
          },
        },
        holdout: { from: 1_577_836_800_000_000 },
        losses: { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0 },
        ladder: { steps: [1, 0.5, 0.25, 0], raiseAfterDays: 21 },
      },
      signatures: [{ member: 'cio', signature: 'c2ln' }],
      log: HASH,
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
      expires: 1_612_000_000_000_000,
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
      session: 14137,
      backfilled: true,
    },
    NOW,
  ),
  PredictionServed.draft(
    {
      model: 'm',
      artifact: HASH,
      promotion: 15,
      request: 'id-1',
      online: {
        featureSet: 'us20',
        featureVersion: 1,
        readAt: 17,
        moment: 1_221_509_100_000_000,
        entities: ['JPM'],
        eventTimes: [1_221_508_800_000_000],
      },
      columns: 2,
      inputs: [0.5, -5e-324],
      scores: [0.1],
    },
    NOW,
  ),
  OutcomeObserved.draft(
    {
      model: 'm',
      prediction: 18,
      gross: 0.01,
      cost: 0.001,
      net: 0.009,
      turnover: 0.4,
      capital: 0.5,
      session: 14137,
      backfilled: false,
    },
    NOW,
  ),
  OutcomesRestated.draft(
    {
      model: 'm',
      session: 14138,
      sessions: [
        { session: 14136, was: 0, net: -0.3 },
        { session: 14137, was: null, net: 0.25 },
      ],
    },
    NOW,
  ),
  DriftMeasured.draft(
    {
      model: 'm',
      currentRows: 1260,
      referenceRows: 80_000,
      falseAlarmsAYear: 0.1,
      features: [
        {
          feature: 'mom_1',
          psi: 0.3,
          psiLimit: 0.2,
          ks: 0.1,
          ksLimit: 0.12,
          effectiveWindows: 18.5,
          drifted: true,
        },
      ],
      unjudged: [{ feature: 'mom_250', reason: 'it moves too slowly' }],
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
      heldMean: 0.0001,
      alarmAt: 40,
      alarm: false,
    },
    NOW,
  ),
  LossLimitBreached.draft(
    { model: 'm', rule: 'drawdown', loss: 0.26, limit: 0.25, outcome: 39, days: 30, restated: 14136 },
    NOW,
  ),
  Allocated.draft(
    { model: 'm', artifact: HASH, author: 'ann', fraction: 1, promotion: 15, family: 'f', pendingReview: 9 },
    NOW,
  ),
  Reduced.draft(
    { model: 'm', from: 1, to: 0.5, measurement: 40, cause: 'sharpe', value: -2.05, review: 'pending' },
    NOW,
  ),
  Released.draft({ model: 'm', artifact: HASH, from: 0.5, retirement: 44 }, NOW),
  Reviewed.draft(
    {
      model: 'm',
      artifact: HASH,
      fraction: 1,
      measurement: 40,
      member: 'head-of-risk',
      reason: 'As approved.',
      expires: null,
      signature: 'c2ln',
    },
    NOW,
  ),
  Halted.draft(
    {
      ...{ model: 'm', ended: 30, member: 'head-of-risk', reason: 'The feed is wrong.' },
      ...{ expires: 1_700_000_000_000_000, signature: 'c2ln' },
    },
    NOW,
  ),
  UnhaltSigned.draft(
    {
      ...{ model: 'm', artifact: HASH, halt: 41, member: 'cio', reason: 'The feed is mended.' },
      ...{ expires: 1_700_000_000_000_000, signature: 'c2ln' },
    },
    NOW,
  ),
  LadderBreached.draft({ model: 'm', outcome: 50, days: 63, eValue: 41.5, alarmAt: 40 }, NOW),
  SteppedDown.draft({ model: 'm', from: 1, to: 0.5, measurement: 51, eValue: 41.5, review: 'pending' }, NOW),
  Raised.draft(
    {
      ...{ model: 'm', artifact: HASH, fraction: 0.5, since: 52, member: 'cio', reason: 'It earned again.' },
      ...{ expires: 1_700_000_000_000_000, signature: 'c2ln' },
    },
    NOW,
  ),
  HaltSpread.draft({ model: 'n', of: 'm', halt: 41, halted: true }, NOW),
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
  AnswersConfirmed.draft(
    {
      log: HASH,
      to: 12,
      compared: 7,
      differences: 1,
      first: { position: 9, type: 'model.GateReported', detail: 'data differ' },
      reason: 'Version 2 of the gate.',
    },
    NOW,
  ),
  TokenIssued.draft(
    { id: '0123456789abcdef', subject: 'ann', roles: ['researcher', 'member'], hash: HASH, expires: 90 },
    NOW,
  ),
  TokenRevoked.draft({ id: '0123456789abcdef', reason: 'It was in a notebook.' }, NOW),
  AccessPolicySet.draft(
    {
      policy: { version: 1, note: 'Nobody reads.', cedar: 'forbid (principal, action, resource);' },
      signatures: [{ member: 'cio', signature: 'AQ==' }],
      log: HASH,
    },
    NOW,
  ),
  GrantRequested.draft(
    {
      ...{ grant: '0123456789abcdef', subject: 'ann', items: ['run:r1', 'features:small@1'] },
      ...{ justification: 'A model to be explained to the committee.', ticket: 'RES-7', minutes: 480 },
      ...{ artifacts: 10, bytes: 1_000_000, outside: ['run:r1'], readAt: 41, at: 90 },
    },
    NOW,
  ),
  GrantApproved.draft(
    { grant: '0123456789abcdef', subject: 'ann', by: 'person', from: 91, expires: 28_800_000_091 },
    NOW,
  ),
  GrantRevoked.draft({ grant: '0123456789abcdef', subject: 'ann', reason: 'Done.', at: 95 }, NOW),
  EmergencyReviewed.draft({ grant: '0123456789abcdef', subject: 'ann', finding: 'As told.', at: 96 }, NOW),
  AccessReleased.draft(
    {
      ...{ release: 'r-1', subject: 'ann', roles: ['researcher'], door: 'GET /x', item: 'run:r1', at: 92 },
      ...{ artifact: 'run:r1/model', hash: HASH, bytes: 17, grant: '0123456789abcdef' },
      ...{ justification: 'A model to be explained to the committee.', ticket: 'RES-7' },
    },
    NOW,
  ),
  Delivered.draft({ release: 'r-1', subject: 'ann', bytes: 17, at: 93 }, NOW),
  Withheld.draft(
    {
      ...{ release: 'r-2', subject: 'ann', door: 'GET /x', item: 'run:r2', at: 94 },
      ...{ isListing: false, code: 'grant.none' },
    },
    NOW,
  ),
  EgressAlarmed.draft(
    {
      ...{ alarm: 'r-3', subject: 'ann', rung: 'unusual-week', item: 'run:r1', readAt: 80, at: 97 },
      inputs: [
        { name: 'week', value: 200 },
        { name: 'score', value: 9.25 },
      ],
    },
    NOW,
  ),
  Suspended.draft({ subject: 'ann', alarm: 'r-3', at: 97 }, NOW),
  LiftApproved.draft({ subject: 'ann', alarm: 'r-3', by: 'cat', reason: 'A release.', at: 99 }, NOW),
  BackupTaken.draft(
    {
      ...{ log: HASH, size: 412, root: HASH, manifest: HASH, place: 's3://backups/desk/', full: false },
      ...{ checked: 9, brought: 7, broughtBytes: 70_000, lockedUntil: 90, unsound: 0, millis: 1_200 },
    },
    NOW,
  ),
  BackupDrilled.draft(
    {
      ...{ log: HASH, size: 412, root: HASH, manifest: HASH, place: 's3://backups/desk/' },
      ...{ chunks: 300, chunkBytes: 9_000_000, damages: 1, firstDamage: 'event 3: it is gone' },
      ...{ compared: 210, differences: 0, passed: false },
      witnesses: [{ key: 'w.example/w+00000000+BA==', size: 400, isAsked: true }],
      millis: { rebuild: 900, verify: 400, replay: 2_000 },
    },
    NOW,
  ),
  Quarantined.draft({ processor: 'features', cause: 12, at: 14, reason: 'a window of 0 sessions' }, NOW),
  Retried.draft({ processor: 'features', cause: 12, reason: 'Mended.' }, NOW),
  Waived.draft(
    {
      processor: 'features',
      cause: 12,
      member: 'head-of-risk',
      reason: 'A test file.',
      expires: 1_300_000_000_000_000,
      signature: 'c2ln',
    },
    NOW,
  ),
  VersionRaised.draft({ processor: 'features', version: 2, from: 12, note: 'a note' }, NOW),
  ClaimDrafted.draft({ ...CLAIM, figure: FIGURE, drafter: 'ann' }, NOW),
  ClaimChecked.draft(
    {
      ...{ claim: 'live-sharpe', draft: HASH, figure: FIGURE, rulesVersion: 1, rules: [RULE], passed: true },
      trials: { family: 'us20', started: 45, digest: OTHER },
    },
    NOW,
  ),
  ClaimApproved.draft(
    {
      ...{ claim: 'live-sharpe', draft: HASH, check: OTHER, member: 'head-of-risk', reason: 'Read.' },
      ...{ expires: 1_300_000_000_000_000, signature: 'c2ln' },
    },
    NOW,
  ),
  ClaimDisseminated.draft(
    {
      ...{ claim: 'live-sharpe', check: OTHER, channel: 'a letter', advertisement: HASH },
      audience: { class: 'professional', list: 'clients of 2023', oneOnOne: false, solicited: true },
      ...{ fileName: 'letter.pdf', mediaType: 'application/pdf', figure: FIGURE, rules: [RULE] },
    },
    NOW,
  ),
  ClaimWithdrawn.draft({ claim: 'live-sharpe', reason: 'A price was corrected.' }, NOW),
  ClaimRederived.draft(
    {
      ...{ claim: 'live-sharpe', draft: HASH, check: OTHER, figure: FIGURE },
      ...{ trials: { family: 'us20', started: 45, digest: OTHER }, problems: ['its net number differs'] },
    },
    NOW,
  ),
  ClaimHeld.draft({ claim: 'live-sharpe', hold: 'exam-2027', reason: 'An examination was announced.' }, NOW),
  ClaimReleased.draft({ claim: 'live-sharpe', hold: 'exam-2027', reason: 'It was closed.' }, NOW),
] as const

/** An example's data by event type. */
export const EXAMPLES: ReadonlyMap<EventDefinition['type'], unknown> = new Map(
  [...DRAFTS, ...TRACKING_DRAFTS].map(({ type, data }): [string, unknown] => [type, data]),
)
