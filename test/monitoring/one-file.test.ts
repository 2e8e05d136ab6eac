/** One file is one model: a cut holds under every name that the file has, also before it has come back from the log. */
import { expect, test } from 'vitest'
import { capitalProcessor } from '../../commands/capital/processor.ts'
import { capital as capitals } from '../../projections/capital/capital.ts'
import type { Draft, Recorded } from '../../schemas/envelope.ts'
import { LossLimitBreached } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { runOf } from '../support/small-platform.ts'

const NOW = { eventTime: 1, knownAt: 1 }
const RUN = runOf('momentum', 1, 'h')
const PROMOTED = new Map([
  ['m', 2],
  ['n', 102],
])

function world() {
  let state = capitals.initial()
  const inForce = (model: string) => ({
    ...{ model, artifact: 'a', promotion: PROMOTED.get(model) ?? 0, dataset: 'small', run: RUN },
    ...{ featureSet: 's', featureVersion: 1, service: 'durable' as const },
  })
  const processor = capitalProcessor({
    trials: { trial: () => undefined, family: () => [] },
    models: { trading: () => [], inForce },
    standings: () => state.models,
    halts: () => state,
    ladder: () => null,
    fractionAfter: () => 0.5,
  })
  const see = async (event: Recorded): Promise<readonly Draft[]> => {
    state = capitals.apply(state, event)
    return (await reactionsOf(processor, event)).flatMap(({ events }) => events)
  }
  const comeBack = async (drafts: readonly Draft[], from: number): Promise<void> => {
    for (const [at, draft] of drafts.entries()) await see(recorded(draft, from + at))
  }
  return { see, comeBack, view: () => state.models }
}

const promoted = (model: string): Recorded => {
  const data = { model, run: RUN.run, artifact: 'a', report: 'r', policyVersion: 1, approvals: [], readAt: 1 }
  return recorded(Promoted.draft({ ...data, service: 'durable' }, NOW), PROMOTED.get(model) ?? 0)
}
const BREACH = recorded(
  LossLimitBreached.draft(
    { model: 'm', outcome: 1, days: 1, restated: null, rule: 'day', loss: 0.5, limit: 0.1 },
    NOW,
  ),
  101,
)

test('a second name that is promoted between a breach and its cut gets what is left', async () => {
  const { see, comeBack, view } = world()
  await comeBack(await see(promoted('m')), 3)
  const cut = await see(BREACH)
  const allocated = await see(promoted('n'))
  await comeBack([...cut, ...allocated], 103)
  expect(view()).toMatchObject({ m: { fraction: 0.5 }, n: { fraction: 0.5, pendingReview: 101 } })
})
