/** The monitors as processors: no data, holes and all, stops them, and what they say holds numbers alone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { capitalProcessor } from '../../commands/capital/processor.ts'
import { capital as capitals } from '../../projections/capital/capital.ts'
import { drift as drifts } from '../../projections/drift/drift.ts'
import type { ChunkRef, Draft } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { POLICY_STREAM } from '../../schemas/policy.ts'
import { type Rows, sliceRows } from '../../schemas/rows.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import type { Markets } from '../../streams/inference/market.ts'
import type { LiveModel } from '../../streams/inference/ports.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { putRows } from '../../streams/log/tables.ts'
import { driftProcessor } from '../../streams/monitoring/drift-processor.ts'
import { lossProcessor } from '../../streams/monitoring/loss-processor.ts'
import { referencesIn } from '../../streams/monitoring/references.ts'
import { sharpeProcessor } from '../../streams/monitoring/sharpe-processor.ts'
import type { Processor } from '../../streams/processor.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import type { Trial } from '../../streams/training/trials.ts'
import { cell } from '../support/holes.ts'
import { signedPolicy, signedReview } from '../support/keys.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { IN_TIME } from '../support/sessions.ts'
import { runOf, SMALL_DATASET, SMALL_POLICY } from '../support/small-platform.ts'

const memoryChunks = openChunkMemory()
const NOW = { eventTime: 1, knownAt: 1 }
const PROMOTION = 2
const spec = { ...runOf('momentum', 1, 'h'), features: ['f', 'absent'] }
const live: LiveModel = {
  model: 'm',
  artifact: 'a',
  promotion: PROMOTION,
  featureSet: 's',
  featureVersion: 1,
  dataset: 'small',
  service: 'durable',
  run: spec,
}
const trialWith = (refs: Partial<Pick<Trial, 'returns' | 'trainingSet'>>): Trial => ({
  spec,
  status: 'finished',
  artifact: 'a',
  missing: [],
  started: 1,
  scores: null,
  returns: null,
  trainingSet: null,
  label: null,
  to: 1,
  formulas: [],
  ...refs,
})
const ledgerOf = (trial: Trial) => ({
  trial: () => trial,
  family: () =>
    [trial, trial].map((own) => ({
      ...own,
      ...{ run: own.spec.run, family: own.spec.family, relation: 'family' as const, own },
    })),
})
const models = { trading: () => [live], inForce: () => live, all: () => [live] }
/** A market of which 63 sessions were closed. */
const markets: Markets = {
  of: () => ({
    sessions: datasetSessions(SMALL_DATASET),
    withRows: Array.from({ length: 63 }, (_, session) => session),
    servedAfter: -1,
    closed: { session: 62, decideAt: 0 },
    entities: [],
    marks: undefined,
    hindsight: undefined,
    placeOf: () => 0,
  }),
}
const promoted = Promoted.draft(
  {
    ...{ model: 'm', run: spec.run, artifact: 'a', report: 'r', policyVersion: 1, approvals: [], readAt: 1 },
    service: 'durable',
  },
  NOW,
)
/** As a log of anybody's could hold it. */
const outcome = (net: number): Draft =>
  OutcomeObserved.draft(
    { model: 'm', prediction: 1, gross: net, cost: 0, net, turnover: 0, capital: 1, ...IN_TIME },
    NOW,
  )

/** One column, `perDay` rows a day. */
function rowsOf(name: string, values: readonly number[], perDay: number): Rows {
  const times = Float64Array.from(values, (_, row) => 1 + Math.floor(row / perDay))
  return {
    length: values.length,
    entities: ['e'],
    entity: new Uint32Array(values.length),
    eventTime: times,
    knownAt: times,
    columns: [{ name, values: Float64Array.from(values) }],
  }
}

/** Every number of what was said is finite: the event's own definition refuses another, and Avro would not. */
function finite(drafts: readonly Draft[]): void {
  for (const draft of drafts) {
    const text = JSON.stringify(draft.data, (_, value: unknown) => {
      if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
      return value
    })
    expect(text.length).toBeGreaterThan(2)
  }
}

const answers = async (processor: Processor, draft: Draft, position: number) =>
  (await reactionsOf(processor, recorded(draft, position))).flatMap(({ events }) => events)

const prediction = PredictionMade.draft(
  { model: 'm', artifact: 'a', promotion: PROMOTION, features: 1, featureHash: 'h', rows: [], ...IN_TIME },
  NOW,
)

describe('drift', () => {
  const put = (values: readonly number[]): Promise<ChunkRef> => putRows(memoryChunks, rowsOf('f', values, 2))
  const measured = async (
    training: readonly number[],
    recent: readonly (readonly Float64Array[])[],
    trainingSet?: readonly ChunkRef[],
  ) => {
    const trials = ledgerOf(trialWith({ trainingSet: trainingSet ?? [await put(training)] }))
    const processor = driftProcessor({
      models,
      markets,
      features: { recent: async () => recent },
      references: referencesIn({ chunks: memoryChunks, trials }),
    })
    for (let day = 1; day < 5; day++) expect(await answers(processor, prediction, day)).toEqual([])
    return answers(processor, prediction, 5)
  }
  const noise = [...normals(xoshiro128(5), 2 * 800)]
  const days = (value: (row: number) => number) =>
    Array.from({ length: 63 }, (_, day) => [
      Float64Array.of(value(2 * day), value(2 * day + 1)),
      new Float64Array(),
    ])

  test('measures what it can, and says why of the rest', async () => {
    const [event] = await measured(
      noise,
      days((row) => noise[row]),
    )
    if (!DriftMeasured.is(event)) throw new Error('no measurement')
    expect(event.data).toMatchObject({
      currentRows: 126,
      referenceRows: 1600,
      features: [{ feature: 'f', drifted: false }],
      unjudged: [{ feature: 'absent', reason: 'the training set has 0 days of it, at least 756 are needed' }],
    })
    const [moved] = await measured(
      noise,
      days((row) => noise[row] + 4),
    )
    expect(DriftMeasured.is(moved) && moved.data.features[0].drifted).toBe(true)
  })

  test('a training set in slices, also in another order than that of time, is the same reference', async () => {
    const whole = rowsOf('f', noise, 2)
    const slices = await Promise.all(
      [0, 600, 1200].map((from) => putRows(memoryChunks, sliceRows(whole, from, from + 600))),
    )
    const recent = days((row) => noise[row] + 0.5)
    const expected = await measured(noise, recent)
    expect(await measured([], recent, slices)).toEqual(expected)
    expect(await measured([], recent, slices.toReversed())).toEqual(expected)
  })

  test('makes its references when a model is promoted: the first day that is measured reads no training set', async () => {
    const ref = await put(noise)
    const recent = days((row) => noise[row] + 0.5)
    const expected = await measured(noise, recent)
    let reads = 0
    const get: typeof memoryChunks.get = (of) => {
      reads++
      return memoryChunks.get(of)
    }
    const chunks = { ...memoryChunks, get }
    const features = { recent: async () => recent }
    const references = referencesIn({ chunks, trials: ledgerOf(trialWith({ trainingSet: [ref] })) })
    const processor = driftProcessor({ models, markets, features, references })
    expect(await answers(processor, promoted, PROMOTION)).toEqual([])
    const atPromotion = reads
    expect(atPromotion).toBeGreaterThan(0)
    for (let day = 1; day < 5; day++) await answers(processor, prediction, PROMOTION + day)
    expect(await answers(processor, prediction, PROMOTION + 5)).toEqual(expected)
    expect(reads).toBe(atPromotion)
  })

  test('a training set that is not there fails the day that is measured, not the promotion', async () => {
    const gone = { ...(await put(noise)), hash: 'f'.repeat(64) }
    const features = { recent: async () => days((row) => noise[row]) }
    const trials = ledgerOf(trialWith({ trainingSet: [gone] }))
    const processor = driftProcessor({
      models,
      markets,
      features,
      references: referencesIn({ chunks: memoryChunks, trials }),
    })
    expect(await answers(processor, promoted, PROMOTION)).toEqual([])
    for (let day = 1; day < 5; day++) await answers(processor, prediction, PROMOTION + day)
    await expect(answers(processor, prediction, PROMOTION + 5)).rejects.toThrow()
  })

  test('never throws, and says numbers alone, whatever comes', async () => {
    const arbitrary = fc.record({
      hole: cell,
      every: fc.integer({ min: 1, max: 9 }),
      value: cell,
      rows: fc.constantFrom(0, 1, 40, 1512, 1600),
    })
    await fc.assert(
      fc.asyncProperty(arbitrary, arbitrary, async (training, recent) => {
        const holed = (from: typeof training) => (row: number) =>
          row % from.every === 0 ? from.hole : noise[row]
        const rows = Array.from({ length: training.rows }, (_, row) => holed(training)(row))
        finite(await measured(rows, days(recent.rows === 0 ? () => recent.value : holed(recent))))
        finite(
          await measured(
            rows,
            Array.from({ length: 63 }, () => [new Float64Array(), new Float64Array()]),
          ),
        )
      }),
      { numRuns: 25 },
    )
  })
})

test('the Sharpe watch never throws, and says numbers alone, on any backtest and any day', async () => {
  const backtest = fc.oneof(
    fc.array(cell, { maxLength: 80 }),
    fc.tuple(fc.integer({ min: 0, max: 400 }), cell).map(([at, value]) => {
      const returns = [...normals(xoshiro128(3), 400)].map((z) => 0.01 * z)
      returns[at] = value
      return returns
    }),
  )
  await fc.assert(
    fc.asyncProperty(backtest, fc.array(cell, { maxLength: 30 }), async (returns, nets) => {
      const ref = await putRows(memoryChunks, rowsOf('net', returns, 1))
      const trials = ledgerOf(trialWith({ returns: ref }))
      const processor = sharpeProcessor({
        chunks: memoryChunks,
        trials,
        policy: () => SMALL_POLICY,
        promotionOf: () => PROMOTION,
      })
      expect(await answers(processor, promoted, PROMOTION)).toEqual([])
      for (const [day, net] of nets.entries()) {
        const said = await answers(processor, outcome(net), PROMOTION + 1 + day)
        finite(said)
        expect(said.every((event) => SharpeWatched.is(event))).toBe(true)
      }
    }),
    { numRuns: 60 },
  )
})

describe('losses and capital', () => {
  /** The two processors over one capital view, as they are wired. */
  function wired() {
    let state = capitals.initial()
    let measured = drifts.initial()
    let position = 0
    const losses = lossProcessor({
      limits: () => ({ dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0.5 }),
      promotionOf: () => PROMOTION,
      reviewOf: () => state.models.m?.history.findLast(({ why }) => why === 'reviewed')?.position ?? null,
    })
    const capital = capitalProcessor({
      retiredAt: () => null,
      trials: { trial: () => undefined, family: () => [] },
      models,
      standings: () => state.models,
      halts: () => state,
      ladder: () => null,
      fractionAfter: () => 0.5,
    })
    const say = async (draft: Draft, stream = 'x'): Promise<void> => {
      const event = recorded(draft, ++position, { stream })
      state = capitals.apply(state, event)
      measured = drifts.apply(measured, event)
      for (const processor of [losses, capital])
        for (const { events } of await reactionsOf(processor, event)) {
          finite(events)
          for (const one of events) await say(one)
        }
    }
    return { say, capital, view: () => state.models.m, drift: () => measured.models.m, log: () => state.log }
  }
  const begun = async () => {
    const platform = wired()
    await platform.say(PolicySet.draft(signedPolicy(SMALL_POLICY), NOW), POLICY_STREAM)
    await platform.say(promoted)
    expect(platform.view()).toMatchObject({ fraction: 1, pendingReview: null })
    return platform
  }

  test('a day that loses too much cuts the capital, the fall on the same day does not cut it again', async () => {
    const { say, view, drift } = await begun()
    await say(outcome(-0.09))
    expect(view()).toMatchObject({ fraction: 1 })
    expect(drift()).toBeUndefined()
    await say(outcome(-1))
    expect(drift().lossBreaches).toMatchObject([
      { rule: 'day', loss: 1, limit: 0.1 },
      { rule: 'drawdown', loss: 1, limit: 0.25 },
    ])
    expect(view()).toMatchObject({ fraction: 0.5, cutBy: ['losses'] })
    await say(outcome(-0.5))
    expect(view()).toMatchObject({ fraction: 0.5 })
  })

  test('the Sharpe rule cuts what the loss limits left, once; a review sets a new mark', async () => {
    const { say, view, log } = await begun()
    const watched = { days: 30, sharpe: -4, expected: 1, deviation: 2, z: -2.5, breach: true, eValue: 1 }
    const breach = SharpeWatched.draft(
      { model: 'm', ...watched, heldMean: 0, alarmAt: 40, alarm: false },
      NOW,
    )
    for (const net of [-0.09, -0.09, -0.09, -0.09]) await say(outcome(net))
    expect(view()).toMatchObject({ fraction: 0.5, cutBy: ['losses'] })
    await say(breach)
    await say(breach)
    expect(view()).toMatchObject({ fraction: 0.25, cutBy: ['losses', 'sharpe'] })
    const measurement = view()?.pendingReview ?? 0
    const said = {
      log: log() ?? '',
      model: 'm',
      artifact: 'a',
      fraction: 1,
      measurement,
      member: 'bob',
      reason: 'r',
      expires: 1_000,
    }
    await say(Reviewed.draft(signedReview(said), NOW))
    expect(view()).toMatchObject({ fraction: 1, pendingReview: null, cutBy: [] })
    // 31 % below the mark of the promotion, and nothing below that of the review.
    await say(outcome(-0.09))
    expect(view()).toMatchObject({ fraction: 1 })
    for (const net of [-0.09, -0.09, -0.09]) await say(outcome(net))
    expect(view()).toMatchObject({ fraction: 0.5 })
  })

  test('two breaches in a row cut once, though the first cut has not come back from the log', async () => {
    const { view, capital } = await begun()
    const breach = (rule: 'day' | 'drawdown', position: number) => {
      const data = { model: 'm', outcome: 1, days: 1, restated: null, rule, loss: 0.5, limit: 0.1 }
      return recorded(LossLimitBreached.draft(data, NOW), position)
    }
    const [first, second] = [
      await reactionsOf(capital, breach('day', 101)),
      await reactionsOf(capital, breach('drawdown', 102)),
    ]
    expect(first.flatMap(({ events }) => events)).toMatchObject([
      { data: { from: 1, to: 0.5, measurement: 101 } },
    ])
    expect(second).toEqual([])
    expect(view()).toMatchObject({ fraction: 1 })
  })

  test('never throw, and say numbers alone, on any day', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { maxLength: 20 }), async (nets) => {
        const { say, view } = await begun()
        for (const net of nets) await say(outcome(net))
        const lost = nets.some((net) => net <= -0.1 && !Number.isNaN(net))
        if (lost) expect(view()?.fraction).toBe(0.5)
      }),
      { numRuns: 40 },
    )
  })
})
