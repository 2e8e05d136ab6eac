/** What a judgement is made from, through the whole platform: nothing of it is the requester's to choose. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { ValidationRequested } from '../../schemas/events/model.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import {
  declareDataset,
  defineFeatures,
  logIdentity,
  requestTrainingSet,
  requestValidation,
  setPolicy,
  startRun,
} from '../../serving/actions.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { inject } from '../support/by-hand.ts'
import { signedPolicy } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import {
  act,
  judgedPlatform,
  MODEL,
  reportOn,
  runOf,
  SMALL_DATASET,
  SMALL_POLICY,
  SMALL_SET,
  trainingSetOf,
} from '../support/small-platform.ts'

const RUN = 'small-h3-momentum'

let platform: MemoryPlatform
beforeEach(async () => {
  platform = await judgedPlatform()
})
afterEach(() => platform.close())

async function reportNow(): Promise<GateReport> {
  return JSON.parse(Buffer.from(await platform.chunks.get(reportOn(platform, RUN).report)).toString())
}

describe('random numbers', () => {
  test('are the same whoever asks and however often, and the report counts the requests', async () => {
    const first = await reportNow()
    await requestValidation(platform, { model: MODEL, run: RUN }, act('again', 'cat'))
    const second = await reportNow()
    expect(second.sections).toEqual(first.sections)
    expect([first, second].map(({ ledger }) => ledger.earlierRequests)).toEqual([0, 1])
  })

  test('are others under another version of the policy', async () => {
    const first = await reportNow()
    const replaces = SMALL_POLICY
    await setPolicy(
      platform,
      signedPolicy({ ...SMALL_POLICY, version: 2 }, replaces, undefined, logIdentity(platform)),
      act('p2', 'bob'),
    )
    await requestValidation(platform, { model: MODEL, run: RUN }, act('again'))
    expect((await reportNow()).sections.drawdown).not.toEqual(first.sections.drawdown)
  })

  test('no request carries any', () => {
    const asked = { model: MODEL, run: RUN, artifact: 'a', policyVersion: 1, readAt: 1, depth: 'full' }
    expect(ValidationRequested.data.safeParse(asked).success).toBe(true)
    expect(ValidationRequested.data.safeParse({ ...asked, seed: 7 }).success).toBe(false)
  })
})

test('a request that states an earlier moment sees all that had arrived', async () => {
  const { series } = await reportNow()
  const eventTime = Float64Array.from(series.moments)
  const length = eventTime.length
  const values = Float64Array.from(series.net, (net, day) => (net ?? 0) + 0.01 * Math.sin(day * day))
  const columns = [{ name: 'return', unit: 'return' }]
  await declareDataset(platform, { ...SMALL_DATASET, dataset: 'funds', columns }, act('funds'))
  const rows = { length, entities: ['FUND'], entity: new Uint32Array(length), eventTime, knownAt: eventTime }
  const arrival = { ...rows, columns: [{ name: 'return', values }] }
  await ingestRows(platform, { dataset: 'funds', source: 'funds', rows: arrival, actor: 'feed' })
  const validation = { ...SMALL_POLICY.validation, factors: 'funds' }
  const policy = signedPolicy(
    { ...SMALL_POLICY, version: 2, validation },
    SMALL_POLICY,
    undefined,
    logIdentity(platform),
  )
  await setPolicy(platform, policy, act('p2', 'bob'))
  await requestValidation(platform, { model: MODEL, run: RUN }, act('now'))
  const honest = await reportNow()
  expect(honest.sections.factors).toMatchObject({ kind: 'measured', value: { days: length - 1 } })

  const { artifact } = reportOn(platform, RUN)
  const asked = { model: MODEL, run: RUN, artifact, policyVersion: 2, readAt: 1, depth: 'full' as const }
  const long = { eventTime: 0, knownAt: eventTime[length - 1] - 60 * MICROS_PER_DAY }
  await inject(platform, `model-${MODEL}`, [ValidationRequested.draft(asked, long)])
  const dated = await reportNow()
  expect(dated.ledger.earlierRequests).toBe(2)
  expect(dated.sections.factors).toEqual(honest.sections.factors)
})

test('the winner alone, in a new family on a new set of the same rows, has all the trials that it was chosen from', async () => {
  const first = await reportNow()
  expect(first.ledger).toMatchObject({ started: 4, fromOtherFamilies: 0 })
  await requestTrainingSet(platform, { ...trainingSetOf(3), trainingSet: 'fresh' }, act('set'))
  const hash = platform.folds.experiments.state().trainingSets.fresh.frozen?.contentHash ?? ''
  const fresh = { ...runOf('momentum', 3, hash), run: 'fresh', family: 'fresh', trainingSet: 'fresh' }
  await startRun(platform, fresh, act('run'))
  await requestValidation(platform, { model: MODEL, run: 'fresh' }, act('validate'))
  const { report, trials } = reportOn(platform, 'fresh')
  expect(trials).toBe(5)
  const { ledger }: GateReport = JSON.parse(Buffer.from(await platform.chunks.get(report)).toString())
  expect(ledger).toMatchObject({ family: 'fresh', started: 5, fromOtherFamilies: 4 })
  expect(ledger.trials.map(({ run, family }) => `${run} of ${family}`)).toEqual([
    'small-h1-momentum of small',
    'small-h1-noise of small',
    'small-h3-momentum of small',
    'small-h3-noise of small',
    'fresh of fresh',
  ])
  // And the family that it came from knows of it.
  await requestValidation(platform, { model: MODEL, run: 'small-h3-noise' }, act('back'))
  expect(reportOn(platform, 'small-h3-noise').trials).toBe(5)
})

test('a grain in the label, a day less, another version of the features, family and author: the same trials count', async () => {
  const [, momentum] = SMALL_SET.features
  const again = defineSet(
    { ...SMALL_SET, version: 2, features: [...SMALL_SET.features, { ...momentum, name: 'spelled' }] },
    ['close'],
  )
  await defineFeatures(platform, again, act('features-2'))
  const asked = trainingSetOf(3)
  const shorter = {
    ...asked,
    trainingSet: 'grain',
    featureVersion: 2,
    featureHash: again.hash,
    label: { ...asked.label, formula: `${asked.label.formula} + 0.000000000001 * close` },
    to: asked.to - MICROS_PER_DAY,
  }
  await requestTrainingSet(platform, shorter, act('set'))
  const hash = platform.folds.experiments.state().trainingSets.grain.frozen?.contentHash ?? ''
  const own = { family: 'grain', trainingSet: 'grain', trainingSetHash: hash, author: 'eve' }
  for (const subset of ['momentum', 'noise'])
    await startRun(
      platform,
      { ...runOf(subset, 3, hash), ...own, run: `grain-${subset}` },
      act(subset, 'eve'),
    )
  await requestValidation(platform, { model: MODEL, run: 'grain-momentum' }, act('validate', 'eve'))
  const { report, trials } = reportOn(platform, 'grain-momentum')
  expect(trials).toBe(6)
  const { ledger, formulas }: GateReport = JSON.parse(
    Buffer.from(await platform.chunks.get(report)).toString(),
  )
  expect(ledger).toMatchObject({ family: 'grain', started: 6, fromOtherFamilies: 4, finished: 6 })
  expect(ledger.trials.map(({ relation }) => relation)).toEqual([
    ...new Array(4).fill('data set'),
    'family',
    'family',
  ])
  // All are compared over the candidate's sessions. The others were held out from a session later on, as a set that is a day
  // longer is trained on a session more.
  expect(ledger.trials.map(({ sharedSessions }) => ledger.sessions - sharedSessions)).toEqual([
    ...new Array(4).fill(1),
    ...new Array(2).fill(0),
  ])
  expect(formulas.label?.formula).toBe(shorter.label.formula)
  expect(formulas.features.map(({ name }) => name)).toEqual(['mom_5', 'mom_20'])
  expect([...formulas.features, ...formulas.unused].map(({ formula }) => formula).sort()).toEqual(
    again.features.map(({ formula }) => formula).sort(),
  )
})
