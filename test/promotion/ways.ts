/** The ways round the gate that somebody with the log in hand could try. */
import { expect } from 'vitest'
import { PolicySet } from '../../schemas/events/approval.ts'
import { RunFinished, RunStarted } from '../../schemas/events/experiment.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { POLICY_STREAM } from '../../schemas/policy.ts'
import { logIdentity, setPolicy, startRun } from '../../serving/actions.ts'
import { eventIdOf } from '../../streams/log/event-id.ts'
import {
  FORGED,
  forgedReport,
  inject,
  injectPromoted,
  injectReport,
  injectSigned,
  requestFor,
  statementOn,
  write,
} from '../support/by-hand.ts'
import { keyOfName, signedPolicy } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { AUTHOR, act, MODEL, reportOn, runOf, SMALL_POLICY } from '../support/small-platform.ts'

export const GOOD = 'small-h3-momentum'
export const BAD = 'small-h3-noise'
export const NOW = { eventTime: 0, knownAt: 0 }

type Way = (platform: MemoryPlatform) => Promise<void>

export const WAYS: Readonly<Record<string, Way>> = {
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
    const next = signedPolicy({ ...SMALL_POLICY, version: 2 }, SMALL_POLICY, undefined, logIdentity(platform))
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
    await inject(platform, POLICY_STREAM, [PolicySet.draft(signedPolicy(lax, SMALL_POLICY, ['eve']), NOW)])
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
