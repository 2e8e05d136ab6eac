/** A model is in force only if the run that it is said to come from made this very file, and lacks nothing. */
import { expect, test } from 'vitest'
import type { RunView } from '../../projections/experiment/experiments.ts'
import { injectPromoted, injectSigned, statementOn } from '../support/by-hand.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { HISTORY_DAYS, judgedPlatform, MODEL, playDays } from '../support/small-platform.ts'

const RUN = 'small-h3-momentum'

/** What follows from a promotion on sound evidence, where the record of the run says otherwise. */
async function saidOf(otherwise: Partial<RunView>): Promise<Set<string>> {
  const platform = await judgedPlatform()
  Object.assign(platform.folds.experiments.state().runs[RUN], otherwise)
  await injectSigned(
    platform,
    ['bob', 'cat'].map((member) => statementOn(platform, RUN, { member })),
  )
  await injectPromoted(platform, RUN)
  expect(platform.folds.registry.state().models[MODEL].live).not.toBeNull()
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 3)
  return new Set((await eventsOf(platform.log)).map(({ type }) => type))
}

const FOLLOWS = ['capital.Allocated', 'prediction.Made', 'prediction.OutcomeObserved', 'drift.SharpeWatched']

test('the control: a model that its run bears out gets capital, predicts and is watched', async () => {
  expect([...(await saidOf({}))]).toEqual(expect.arrayContaining(FOLLOWS))
})

const ways: readonly [string, Partial<RunView>][] = [
  ['made another file', { artifact: 'f'.repeat(64) }],
  ['made none', { artifact: null }],
  ['lacks its commit', { missing: ['commit SHA'] }],
]

test.each(ways)(
  'a model whose run %s gets no capital, predicts nothing and is not watched',
  async (_, way) => {
    const said = await saidOf(way)
    expect(FOLLOWS.filter((type) => said.has(type))).toEqual([])
  },
)
