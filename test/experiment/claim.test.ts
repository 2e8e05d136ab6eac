/** The ledger of trials: a run that was started counts for ever, and a list of trials is held against it. */
import { describe, expect, test } from 'vitest'
import { proveClaim } from '../../projections/experiment/claim.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import type { Draft } from '../../schemas/envelope.ts'
import { RunFailed, RunFinished, RunStarted } from '../../schemas/events/experiment.ts'
import { runSpec } from '../support/gate.ts'
import { ownId, recorded } from '../support/recorded.ts'

const times = { eventTime: 1, knownAt: 1 }
const started = (run: string, family = 'made'): Draft =>
  RunStarted.draft({ ...runSpec(run, ['x0']), family }, times)
const ended = (run: string): Draft =>
  RunFinished.draft(
    { run, artifact: 'a', metrics: [{ name: 'sharpe', value: 1 }], scores: 's', returns: 'r' },
    times,
  )

/** What became of a run answers its first start. */
const folded = (...drafts: Draft[]) =>
  drafts.reduce((state, draft, i) => {
    const { run } = draft.data as { run: string }
    const start = 1 + drafts.findIndex((one) => RunStarted.is(one) && one.data.run === run)
    return experiments.apply(state, recorded(draft, i + 1, { commandId: ownId(draft, start, `c-${i}`) }))
  }, experiments.initial())

const log = folded(
  started('good'),
  started('bad'),
  started('abandoned'),
  started('hidden', 'another'),
  ended('good'),
  RunFailed.draft({ run: 'bad', reason: 'no rows' }, times),
)

describe('a claim', () => {
  test('that lists every started run, failed and abandoned ones too, is complete', () => {
    const proof = proveClaim(log, { family: 'made', trials: ['abandoned', 'bad', 'good'] })
    expect(proof).toMatchObject({ complete: true, started: 3, missing: [], unknown: [], repeated: [] })
  })

  test('that lists only what went well is named what it leaves out, with what became of it', () => {
    const { complete, missing } = proveClaim(log, { family: 'made', trials: ['good'] })
    expect(complete).toBe(false)
    expect(missing).toEqual([
      { run: 'bad', status: 'failed', started: 2 },
      { run: 'abandoned', status: 'running', started: 3 },
    ])
  })

  test('that lists a run which was never started, or one twice, is not complete', () => {
    const proof = proveClaim(log, { family: 'made', trials: ['good', 'bad', 'bad', 'abandoned', 'invented'] })
    expect(proof).toMatchObject({ complete: false, unknown: ['invented'], repeated: ['bad'] })
  })

  test('is told of trials on the same data that stand under another family', () => {
    const { related } = proveClaim(log, { family: 'made', trials: ['good'] })
    const hidden = { run: 'hidden', family: 'another', status: 'running', started: 4 }
    expect(related).toEqual([{ ...hidden, relation: 'author' }])
  })

  test('about a family that the log does not know proves nothing that is listed', () => {
    expect(proveClaim(log, { family: 'none', trials: ['good'] })).toMatchObject({
      complete: false,
      started: 0,
      unknown: ['good'],
    })
    for (const family of ['none', 'constructor', '__proto__'])
      expect(proveClaim(log, { family, trials: [] })).toMatchObject({ complete: false, started: 0 })
  })
})

test('a name that is started again keeps its first meaning, and the second start is a trial too', () => {
  const state = folded(started('good'), started('good', 'another'), started('good'), ended('good'))
  expect(state.families).toEqual({ made: ['good', 'good@3'], another: ['good@2'] })
  expect(Object.values(state.runs).map(({ status }) => status)).toEqual(['finished', 'running', 'running'])
  expect(state.runs.good.spec.family).toBe('made')
})

test('nothing that follows takes a trial back', () => {
  const after = [ended('good'), RunFailed.draft({ run: 'good', reason: 'withdrawn' }, times), ended('bad')]
  const state = folded(started('good'), started('bad'), ...after)
  expect(state.families.made).toEqual(['good', 'bad'])
  expect(state.runs.good.status).toBe('finished')
})
