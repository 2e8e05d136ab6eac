/** Nothing comes into force without a passed report on its exact artifact, under the policy in force, and a sound quorum. */
import { expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { Allocated } from '../../schemas/events/capital.ts'
import { SharpeWatched } from '../../schemas/events/drift.ts'
import { RunFinished, RunStarted } from '../../schemas/events/experiment.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { reactionId } from '../../schemas/reaction.ts'
import { promote, setPolicy, sign, startRun } from '../../serving/actions.ts'
import { replay } from '../../serving/replay.ts'
import { wire } from '../../serving/wire.ts'
import { eventIdOf } from '../../streams/log/event-id.ts'
import { keyOfName, signedBy, signedPolicy } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform, memoryCursor, memoryPlatform } from '../support/memory-platform.ts'
import {
  AUTHOR,
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  playedPlatform,
  promoteRun,
  reportOn,
  runOf,
  SMALL_POLICY,
} from '../support/small-platform.ts'
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
} from './ways-round.ts'

const GOOD = 'small-h3-momentum'
const BAD = 'small-h3-noise'
const NOW = { eventTime: 0, knownAt: 0 }

type Way = (platform: MemoryPlatform) => Promise<void>

const WAYS: Readonly<Record<string, Way>> = {
  'a promotion without a signature': (platform) => injectPromoted(platform, GOOD),

  'one member alone': async (platform) => {
    await injectSigned(platform, [statementOn(platform, GOOD)])
    await injectPromoted(platform, GOOD)
  },

  'the same member twice': async (platform) => {
    await injectSigned(platform, [statementOn(platform, GOOD), statementOn(platform, GOOD)])
    await injectPromoted(platform, GOOD)
  },

  'signatures by another key': async (platform) => {
    const forged = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member }))
    await injectSigned(platform, forged, keyOfName('eve'))
    await injectPromoted(platform, GOOD)
  },

  'the author and one member': async (platform) => {
    await injectSigned(platform, [
      statementOn(platform, GOOD),
      statementOn(platform, GOOD, { member: 'ann' }),
    ])
    await injectPromoted(platform, GOOD)
  },

  'people who are not members': async (platform) => {
    const strangers = ['eve', 'mallory'].map((member) => statementOn(platform, GOOD, { member }))
    await injectSigned(platform, strangers)
    await injectPromoted(platform, GOOD)
  },

  'signatures on another artifact': async (platform) => {
    const { artifact } = reportOn(platform, BAD)
    const other = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member, artifact }))
    await injectSigned(platform, other)
    await injectPromoted(platform, GOOD)
  },

  'signatures on another report': async (platform) => {
    const { report } = reportOn(platform, BAD)
    const other = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member, report }))
    await injectSigned(platform, other)
    await injectPromoted(platform, GOOD)
  },

  'signatures under another policy': async (platform) => {
    const other = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member, policyVersion: 2 }))
    await injectSigned(platform, other)
    await injectPromoted(platform, GOOD)
  },

  'signatures on another model': async (platform) => {
    const other = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member, model: 'large' }))
    await injectSigned(platform, other)
    await injectPromoted(platform, GOOD)
  },

  'a model that the gate refused': async (platform) => {
    await injectSigned(
      platform,
      ['bob', 'cat'].map((member) => statementOn(platform, BAD, { member })),
    )
    await injectPromoted(platform, BAD)
  },

  'a report that nobody asked for, on a refused artifact': async (platform) => {
    const { artifact } = reportOn(platform, BAD)
    const report = await injectReport(platform, BAD, artifact)
    const members = ['bob', 'cat']
    await injectSigned(
      platform,
      members.map((member) => statementOn(platform, BAD, { member, report })),
    )
    await injectPromoted(platform, BAD, { report })
  },

  'a report in the same breath as its request, before the gate can answer': async (platform) => {
    const { artifact } = reportOn(platform, BAD)
    const stream = `model-${MODEL}`
    await write(platform, stream, [requestFor(BAD, artifact)], { commandId: 'asked' })
    await write(platform, stream, [forgedReport(platform, BAD, artifact)], {
      causationId: eventIdOf('asked', 0),
    })
    await platform.drain()
    expect(reportOn(platform, BAD).verdict).toBe('refused')
    const signed = ['bob', 'cat'].map((member) => statementOn(platform, BAD, { member, report: FORGED }))
    await injectSigned(platform, signed)
    await injectPromoted(platform, BAD, { report: FORGED })
  },

  'a report on an artifact that no run made': async (platform) => {
    const artifact = 'f'.repeat(64)
    const report = await injectReport(platform, GOOD, artifact)
    const signed = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member, artifact, report }))
    await injectSigned(platform, signed)
    await injectPromoted(platform, GOOD, { artifact, report })
  },

  "a request that pairs a good run's days with another artifact": async (platform) => {
    const { artifact, report: before } = reportOn(platform, BAD)
    await inject(platform, `model-${MODEL}`, [requestFor(GOOD, artifact)])
    const { report } = reportOn(platform, BAD)
    expect(report).toBe(before)
    const signed = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member, artifact }))
    await injectSigned(platform, signed)
    await injectPromoted(platform, GOOD, { artifact })
  },

  'a promotion that names another run': async (platform) => {
    await injectSigned(
      platform,
      ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member })),
    )
    await injectPromoted(platform, GOOD, { run: 'small-h1-momentum' })
  },

  'a promotion that names another report': async (platform) => {
    await injectSigned(
      platform,
      ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member })),
    )
    await injectPromoted(platform, GOOD, { report: reportOn(platform, BAD).report })
  },

  'a refusal, overlaid by a forged approval': async (platform) => {
    const approved = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member }))
    await injectSigned(platform, approved)
    await injectSigned(platform, [statementOn(platform, GOOD, { member: 'dan', decision: 'refuse' })])
    await injectSigned(platform, [statementOn(platform, GOOD, { member: 'dan' })], keyOfName('eve'))
    await injectPromoted(platform, GOOD)
  },

  'a refusal, overlaid by an old approval shown again': async (platform) => {
    const approved = ['bob', 'cat', 'dan'].map((member) => statementOn(platform, GOOD, { member }))
    await injectSigned(platform, approved)
    await injectSigned(platform, [statementOn(platform, GOOD, { member: 'dan', decision: 'refuse' })])
    await injectSigned(platform, approved)
    await injectPromoted(platform, GOOD)
  },

  'a policy that was superseded after the report': async (platform) => {
    await injectSigned(
      platform,
      ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member })),
    )
    const next = signedPolicy({ ...SMALL_POLICY, version: 2 }, SMALL_POLICY)
    await setPolicy(platform, next, act('policy-2', 'bob'))
    await injectPromoted(platform, GOOD)
    const again = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member, policyVersion: 2 }))
    await injectSigned(platform, again)
    await injectPromoted(platform, GOOD, { policyVersion: 2 })
  },

  'a lax policy and committee, written by hand': async (platform) => {
    const publicKey = publicKeyOf(keyOfName('eve'))
    const quorum = { required: 1, members: [{ member: 'eve', publicKey }] }
    const gate = [{ test: 'held-out-days', comparison: 'at-least', threshold: 1 }] as const
    const lax = { ...SMALL_POLICY, version: 2, quorum, gate: [...gate] }
    await inject(platform, 'approval-policy', [
      PolicySet.draft(signedPolicy(lax, SMALL_POLICY, ['eve']), NOW),
    ])
    expect(platform.folds.registry.state().policy).toEqual(SMALL_POLICY)
    const { artifact } = reportOn(platform, BAD)
    await inject(platform, `model-${MODEL}`, [requestFor(BAD, artifact, 2)])
    expect(reportOn(platform, BAD).verdict).toBe('refused')
    await injectSigned(platform, [statementOn(platform, BAD, { member: 'eve', policyVersion: 2 })])
    await injectPromoted(platform, BAD, { policyVersion: 2 })
  },

  'a second start of a good run, by another author, for its author to approve': async (platform) => {
    const { spec } = platform.folds.experiments.state().runs[GOOD]
    await inject(platform, 'by-hand', [RunStarted.draft({ ...spec, author: 'zed' }, NOW)])
    expect(platform.folds.experiments.state().runs[GOOD].spec).toEqual(spec)
    await inject(platform, `model-${MODEL}`, [requestFor(GOOD, reportOn(platform, GOOD).artifact)])
    const signed = [statementOn(platform, GOOD), statementOn(platform, GOOD, { member: AUTHOR })]
    await injectSigned(platform, signed)
    await injectPromoted(platform, GOOD)
  },

  "a refused file that is given a good run's returns": async (platform) => {
    const { runs } = platform.folds.experiments.state()
    const { artifact } = runs[BAD]
    const spec = { ...runs[BAD].spec, run: 'lent', seed: 9 }
    const [, ...days] = runs[GOOD].chunks
    const [scores, returns] = days.map(({ hash }) => hash)
    const lent = { run: 'lent', artifact: artifact ?? '', metrics: [], scores, returns }
    const chunks = [runs[BAD].chunks[0], ...days]
    await write(platform, 'by-hand', [RunStarted.draft(spec, NOW), RunFinished.draft(lent, NOW, chunks)])
    await platform.drain()
    await inject(platform, `model-${MODEL}`, [requestFor('lent', artifact ?? '')])
    expect(reportOn(platform, 'lent').verdict).toBe('refused')
    await injectSigned(
      platform,
      ['bob', 'cat'].map((member) => statementOn(platform, 'lent', { member })),
    )
    await injectPromoted(platform, 'lent')
  },

  'a run that lacks its commit': async (platform) => {
    const spec = runOf(
      'momentum',
      3,
      platform.folds.experiments.state().trainingSets['small-h3']?.frozen?.contentHash ?? '',
    )
    const incomplete = { ...spec, run: 'incomplete', params: [{ name: 'alpha', value: 2 }], commit: null }
    await startRun(platform, incomplete, act('incomplete'))
    const artifact = platform.folds.experiments.state().runs.incomplete?.artifact ?? ''
    expect(artifact).toMatch(/^[0-9a-f]{64}$/)
    await inject(platform, `model-${MODEL}`, [requestFor('incomplete', artifact)])
    const signed = ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member, artifact }))
    await injectSigned(platform, signed)
    await injectPromoted(platform, GOOD, { run: 'incomplete', artifact })
  },
}

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
    message: expect.stringContaining(`answer to event ${asked} is not what gate says`),
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
  const next = signedPolicy({ ...SMALL_POLICY, version: 2 }, SMALL_POLICY)
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
  const made = { model: MODEL, artifact, promotion: 1, features: 1, featureHash: '', rows: [] }
  await inject(platform, `prediction-${MODEL}`, [PredictionMade.draft(made, NOW)])
  const allocated = { model: MODEL, artifact, author: 'ann', fraction: 1, promotion: 1 }
  await inject(platform, `capital-${MODEL}`, [Allocated.draft(allocated, NOW)])
  const { position } = await platform.log.head()
  const found = await replay(platform.log, wire(platform.chunks).processors, { from: 1, to: position })
  expect(found.differences).toBe(3)
  expect(found.first).toMatchObject({ type: 'model.GateReported', kind: 'extra', position: position - 2 })
})
