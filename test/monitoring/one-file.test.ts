/** One file is one model: a cut holds under every name that the file has, also before it has come back from the log. */
import { expect, test } from 'vitest'
import { capitalProcessor } from '../../commands/capital/processor.ts'
import { capital as capitals } from '../../projections/capital/capital.ts'
import type { Draft, Recorded } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { LossLimitBreached } from '../../schemas/events/drift.ts'
import { Halted, UnhaltSigned } from '../../schemas/events/halt.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { identityBySetting, POLICY_STREAM } from '../../schemas/policy.ts'
import { signedHalt, signedPolicy, signedUnhalt } from '../support/keys.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { runOf, SMALL_POLICY } from '../support/small-platform.ts'

const NOW = { eventTime: 1, knownAt: 1 }
const RUN = runOf('momentum', 1, 'h')
const POLICY_SET = recorded(PolicySet.draft(signedPolicy(SMALL_POLICY), NOW), 1, { stream: POLICY_STREAM })
const LOG = identityBySetting(POLICY_SET)
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
    retiredAt: () => null,
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

test('a halt holds under every name of the file, and under one that is promoted before it came back', async () => {
  const { see, comeBack, view } = world()
  await see(POLICY_SET)
  await comeBack(await see(promoted('m')), 3)
  const halted = Halted.draft(
    signedHalt({ log: LOG, model: 'm', ended: 0, member: 'bob', reason: 'stop', expires: 100 }),
    NOW,
  )
  const spread = await see(recorded(halted, 50))
  expect(spread).toEqual([])
  // No position has capital for what stands still: the halt is said before the allocation.
  const allocated = await see(promoted('n'))
  expect(allocated.map(({ type }) => type)).toEqual(['capital.HaltSpread', 'capital.Allocated'])
  await comeBack(allocated, 103)
  expect(view().n.history.map(({ fraction, granted }) => [fraction, granted])).toEqual([[0, 1]])
  const end = (member: string) =>
    UnhaltSigned.draft(
      signedUnhalt({
        ...{ log: LOG, model: 'm', artifact: 'a', halt: 50 },
        member,
        reason: 'go',
        expires: 100,
      }),
      NOW,
    )
  await see(recorded(end('bob'), 110))
  await comeBack(await see(recorded(end('cat'), 111)), 112)
  expect([view().m.fraction, view().n.fraction]).toEqual([1, 1])
  // Of two names in force, the halt of one is told of the other at once.
  const again = Halted.draft(
    signedHalt({ log: LOG, model: 'n', ended: 0, member: 'cat', reason: 'stop', expires: 100 }),
    NOW,
  )
  await comeBack(await see(recorded(again, 120)), 121)
  expect([view().m.haltedBy, view().n.haltedBy]).toEqual([['n'], ['n']])
})
