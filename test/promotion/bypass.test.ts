/** Nothing comes into force without a passed report on its exact artifact, under the policy in force, and a sound quorum. */
import { expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { Signed } from '../../schemas/events/approval.ts'
import { Allocated } from '../../schemas/events/capital.ts'
import { SharpeWatched } from '../../schemas/events/drift.ts'
import { RunFinished } from '../../schemas/events/experiment.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { reactionId } from '../../schemas/reaction.ts'
import { logIdentity, promote, setPolicy, sign, startRun } from '../../serving/actions.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import {
  FORGED,
  forgedReport,
  inject,
  injectPromoted,
  injectReport,
  injectSigned,
  promotionOf,
  requestFor,
  statementOn,
  write,
} from '../support/by-hand.ts'
import { keyOfName, signedBy, signedPolicy } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform, memoryCursor, memoryPlatform } from '../support/memory-platform.ts'
import { IN_TIME } from '../support/sessions.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  playedPlatform,
  promoteRun,
  reportOn,
  SMALL_POLICY,
} from '../support/small-platform.ts'
import { BAD, GOOD, NOW, WAYS } from './ways.ts'

test.each(Object.entries(WAYS))('%s puts nothing in force', async (_, way) => {
  const platform = await judgedPlatform()
  await way(platform)
  expect(platform.folds.registry.state().models[MODEL]?.live).toBeNull()
  expect(platform.folds.registry.state().models[MODEL]?.unsound).not.toHaveLength(0)
  const { artifact } = reportOn(platform, GOOD)
  const commanded = promote(platform, { model: MODEL, artifact }, act('promote', 'eve'))
  // The names in a hand-written promotion are all that is wrong with some ways: the command then does it properly.
  const outcome = await commanded.then(
    () => 'promoted',
    () => 'refused',
  )
  if (outcome === 'promoted') return
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 3)
  const types = new Set((await eventsOf(platform.log)).map((event) => event.type))
  expect(types).not.toContain('prediction.Made')
  expect(types).not.toContain('capital.Allocated')
  expect(platform.folds.capital.state().models[MODEL]).toBeUndefined()
})

test('the control: with two sound signatures the same promotion is in force', async () => {
  const platform = await judgedPlatform()
  await injectSigned(
    platform,
    ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member })),
  )
  await injectPromoted(platform, GOOD, { approvals: ['nobody'] })
  const live = platform.folds.registry.state().models[MODEL]?.live
  expect(live?.artifact).toBe(reportOn(platform, GOOD).artifact)
  expect(live?.approvals).toEqual(['bob', 'cat'])
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 3)
  expect(platform.folds.capital.state().models[MODEL]?.fraction).toBe(1)
  expect((await eventsOf(platform.log)).some((event) => event.type === 'prediction.Made')).toBe(true)
})

test("an answer in the gate's own name, before the gate can give it, stops the platform", async () => {
  const platform = await judgedPlatform()
  const { artifact } = reportOn(platform, BAD)
  const stream = `model-${MODEL}`
  const asked = await write(platform, stream, [requestFor(BAD, artifact)])
  const commandId = reactionId('gate', asked, 0)
  await write(platform, stream, [forgedReport(platform, BAD, artifact)], { commandId, actor: 'asof:gate' })
  for (const member of ['bob', 'cat']) {
    const signed = signedBy(statementOn(platform, BAD, { member, report: FORGED }))
    await write(platform, 'by-hand', [Signed.draft(signed, NOW)])
  }
  await write(platform, stream, [promotionOf(platform, BAD, { report: FORGED })])
  const fault = {
    code: 'pipeline.other-answer',
    message: expect.stringContaining(`answer to event ${asked} does not match what gate derives`),
  }
  await expect(platform.drain()).rejects.toMatchObject({ fault })
  expect(reportOn(platform, BAD).verdict).toBe('refused')
  expect(platform.folds.registry.state().models[MODEL]?.live).toBeNull()
  await expect(promote(platform, { model: MODEL, artifact }, act('promote', 'eve'))).rejects.toThrow()
  const parts = { log: platform.log, chunks: platform.chunks, cursor: memoryCursor(asked - 1) }
  await expect(memoryPlatform(parts), 'nor after a restart').rejects.toMatchObject({ fault })
})

test("an end of a run in the trainer's own name, of which it said nothing, stops the platform", async () => {
  const platform = await judgedPlatform()
  const finished = { run: BAD, artifact: 'a', metrics: [], scores: 's', returns: 'r' }
  const commandId = reactionId('training', 1, 0)
  await write(platform, 'by-hand', [RunFinished.draft(finished, NOW)], { commandId })
  const fault = {
    code: 'pipeline.other-answer',
    message: expect.stringContaining('nothing leads to event'),
  }
  await expect(platform.drain()).rejects.toMatchObject({ fault })
})

test("the gate's own command id, spent on another stream, stops the platform and is named", async () => {
  const platform = await judgedPlatform()
  const { artifact } = reportOn(platform, BAD)
  const asked = await write(platform, `model-${MODEL}`, [requestFor(BAD, artifact)])
  const promotion = promotionOf(platform, GOOD)
  await write(platform, 'elsewhere', [promotion], { commandId: reactionId('gate', asked, 0) })
  const fault = { code: 'pipeline.other-answer', message: expect.stringContaining('stream elsewhere') }
  await expect(platform.drain()).rejects.toMatchObject({ fault })
})

test('nobody speaks under a command id that somebody else has spent', async () => {
  const platform = await judgedPlatform()
  const { artifact, report } = reportOn(platform, GOOD)
  for (const member of ['bob', 'cat']) await injectSigned(platform, [statementOn(platform, GOOD, { member })])
  const stream = `approval-${MODEL}-${artifact.slice(0, 12)}`
  const forged = Signed.draft(signedBy(statementOn(platform, GOOD, { member: 'eve' })), NOW)
  await write(platform, stream, [forged], { commandId: 'dan-refuses' })
  const said = { model: MODEL, artifact, report, member: 'dan', decision: 'refuse', reason: 'no' } as const
  const refusal = (commandId: string) =>
    sign(platform, { ...said, privateKey: keyOfName('dan') }, act(commandId, 'dan'))
  await expect(refusal('dan-refuses')).rejects.toMatchObject({ fault: { code: 'command.without-effect' } })
  await refusal('dan-refuses-again')
  const promoted = promote(platform, { model: MODEL, artifact }, act('promote', 'eve'))
  await expect(promoted).rejects.toMatchObject({ fault: { code: 'approval.refused' } })
})

test('a promotion rests on all that the acts before it led to, and on the run that was judged', async () => {
  const platform = await judgedPlatform()
  const { spec } = platform.folds.experiments.state().runs[GOOD]
  // The same file from an earlier draft without a commit stands in nobody's way.
  await startRun(platform, { ...spec, run: 'draft', commit: null }, act('draft'))
  const { artifact } = reportOn(platform, GOOD)
  expect(platform.folds.experiments.state().runs.draft.artifact).toBe(artifact)
  await injectSigned(
    platform,
    ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member })),
  )
  const next = signedPolicy({ ...SMALL_POLICY, version: 2 }, SMALL_POLICY, undefined, logIdentity(platform))
  const [, raced] = await Promise.allSettled([
    setPolicy(platform, next, act('policy-2', 'bob')),
    promote(platform, { model: MODEL, artifact }, act('promote')),
  ])
  expect(raced).toMatchObject({ status: 'rejected', reason: { fault: { code: 'model.report-outdated' } } })
})

test('an unsound promotion by hand does not stand in the way of a sound one', async () => {
  const platform = await judgedPlatform()
  await injectPromoted(platform, GOOD)
  await promoteRun(platform, GOOD)
  expect(platform.folds.registry.state().models[MODEL]?.live?.artifact).toBe(
    reportOn(platform, GOOD).artifact,
  )
})

test('a forged signature does not stand in the way of the genuine one', async () => {
  const platform = await judgedPlatform()
  await injectSigned(platform, [statementOn(platform, GOOD)], keyOfName('eve'))
  await promoteRun(platform, GOOD)
  expect(platform.folds.registry.state().models[MODEL]?.live).not.toBeNull()
})

test('who refused may not approve the same report afterwards', async () => {
  const platform = await judgedPlatform()
  const { artifact, report } = reportOn(platform, GOOD)
  const said = { model: MODEL, artifact, report, member: 'bob', reason: 'r', privateKey: keyOfName('bob') }
  await sign(platform, { ...said, decision: 'approve' }, act('1', 'bob'))
  await sign(platform, { ...said, decision: 'refuse' }, act('2', 'bob'))
  const again = sign(platform, { ...said, decision: 'approve' }, act('3', 'bob'))
  await expect(again).rejects.toMatchObject({ fault: { code: 'approval.taken-back' } })
})

test('an unsound promotion by hand does not begin the Sharpe watch anew', async () => {
  const platform = await playedPlatform(30)
  const before = await daysWatched(platform)
  await injectPromoted(platform, BAD)
  await playDays(platform, HISTORY_DAYS + 30, HISTORY_DAYS + 31)
  expect(await daysWatched(platform)).toBe(before + 1)
})

async function daysWatched(platform: MemoryPlatform): Promise<number> {
  const watched = (await eventsOf(platform.log)).filter((event) => isEvent(SharpeWatched, event))
  return watched.at(-1)?.data.days ?? 0
}

test('replay names what was written by hand and should have been derived', async () => {
  const platform = await judgedPlatform()
  const { artifact } = reportOn(platform, GOOD)
  const report = await injectReport(platform, BAD, artifact)
  expect(report).toHaveLength(64)
  const made = { model: MODEL, artifact, promotion: 1, features: 1, featureHash: '', rows: [], ...IN_TIME }
  await inject(platform, `prediction-${MODEL}`, [PredictionMade.draft(made, NOW)])
  const capital = { fraction: 1, promotion: 1, family: 'small', pendingReview: null }
  const allocated = { model: MODEL, artifact, author: 'ann', ...capital }
  await inject(platform, `capital-${MODEL}`, [Allocated.draft(allocated, NOW)])
  const { position } = await platform.log.head()
  const found = await replay(platform.log, wireAll(platform.chunks), { from: 1, to: position })
  expect(found.differences).toBe(3)
  expect(found.first).toMatchObject({ type: 'model.GateReported', kind: 'extra', position: position - 2 })
})
