/** The final holdout: sessions that no trial reads, opened for one file by the committee, and counted for ever. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { isEvent } from '../../schemas/event.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import { RunStarted, TrainingSetRequested } from '../../schemas/events/experiment.ts'
import { HoldoutOpened } from '../../schemas/events/model.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { HOLDOUT_TYPE, holdoutBody } from '../../schemas/holdout.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import {
  logIdentity,
  openHoldout,
  promote,
  requestTrainingSet,
  requestValidation,
  setPolicy,
  startRun,
} from '../../serving/actions.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import { inject } from '../support/by-hand.ts'
import { keyOfName, signedPolicy } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  promoteRun,
  reportOn,
  runOf,
  SMALL_POLICY,
  trainingSetOf,
} from '../support/small-platform.ts'
import { closeOf } from '../support/small-world.ts'
import { BAD, GOOD } from './ways.ts'

const FROM = closeOf(HISTORY_DAYS)
const HELD_OUT: PolicySpec = { ...SMALL_POLICY, version: 2, holdout: { from: FROM } }
const LATER = HISTORY_DAYS + 100

let platform: MemoryPlatform
beforeEach(async () => {
  platform = await judgedPlatform()
  await setPolicy(
    platform,
    signedPolicy(HELD_OUT, SMALL_POLICY, undefined, logIdentity(platform)),
    act('p2', 'bob'),
  )
}, 60_000)
afterEach(() => platform.close())

const validate = (run: string, id: string) => requestValidation(platform, { model: MODEL, run }, act(id))
const reportNow = async (run: string): Promise<GateReport> =>
  JSON.parse(Buffer.from(await platform.chunks.get(reportOn(platform, run).report)).toString())
const open = (run: string, member = 'bob', privateKey = keyOfName(member)) =>
  openHoldout(
    platform,
    { model: MODEL, artifact: reportOn(platform, run).artifact, member, reason: 'read', privateKey },
    act(`open-${run}-${member}`, member),
  )
const code = (expected: string) => ({ fault: { code: expected } })

describe('no trial reads it', () => {
  test('a training set beyond its first moment is refused by name, and one up to it is not', async () => {
    const beyond = { ...trainingSetOf(3), trainingSet: 'beyond', to: FROM + 1 }
    await expect(requestTrainingSet(platform, beyond, act('beyond'))).rejects.toMatchObject({
      fault: {
        code: 'experiment.held-out',
        message: expect.stringContaining('policy 2 holds out everything from 2001-10-28T20:00:00Z on'),
      },
    })
    await requestTrainingSet(platform, { ...trainingSetOf(3), trainingSet: 'up-to' }, act('up-to'))
    // Nobody takes the name beforehand under which the committee's is to be frozen.
    const { artifact } = reportOn(platform, GOOD)
    const taken = { ...trainingSetOf(3), trainingSet: `holdout-${artifact.slice(0, 16)}-${FROM}` }
    await expect(requestTrainingSet(platform, taken, act('taken'))).rejects.toMatchObject(
      code('experiment.reserved-name'),
    )
  })

  test('nor does a run on a set that was frozen before there was a holdout', async () => {
    const earlier = { ...HELD_OUT, version: 3, holdout: { from: closeOf(200) } }
    await setPolicy(
      platform,
      signedPolicy(earlier, HELD_OUT, undefined, logIdentity(platform)),
      act('p3', 'bob'),
    )
    const hash = platform.folds.experiments.state().trainingSets['small-h3'].frozen?.contentHash ?? ''
    const started = startRun(platform, { ...runOf('momentum', 3, hash), run: 'late' }, act('late'))
    await expect(started).rejects.toMatchObject(code('experiment.held-out'))
    // The trials that had read it before are told.
    await validate(GOOD, 'again')
    expect((await reportNow(GOOD)).sections.holdout).toMatchObject({
      reason: expect.stringContaining('4 trials that count had read some of it'),
    })
  })

  test('what is requested and started past every decider can never be promoted', async () => {
    await playDays(platform, HISTORY_DAYS, LATER)
    const set = { ...trainingSetOf(3), trainingSet: 'by-hand', to: closeOf(LATER) }
    const now = { eventTime: 0, knownAt: 0 }
    await inject(platform, 'training-request-by-hand', [TrainingSetRequested.draft(set, now)])
    const hash = platform.folds.experiments.state().trainingSets['by-hand'].frozen?.contentHash ?? ''
    const spec = { ...runOf('momentum', 3, hash), run: 'by-hand', trainingSet: 'by-hand' }
    await inject(platform, 'experiment-by-hand', [RunStarted.draft(spec, now)])
    const { status, missing } = platform.folds.experiments.state().runs['by-hand']
    expect([status, missing]).toEqual(['finished', ['a training set that leaves the holdout alone']])
    await expect(validate('by-hand', 'v')).rejects.toMatchObject(code('experiment.run-incomplete'))
  })
})

describe('it is opened', () => {
  test('for a file that passed, once; the report then has it, and earns what the same file earns live', async () => {
    await validate(GOOD, 'v')
    expect((await reportNow(GOOD)).sections.holdout).toEqual({
      kind: 'insufficient',
      reason:
        'it is closed to this file; it was opened 0 times for others, and 0 trials that count had read some of it before it was held out',
    })
    await promoteRun(platform, GOOD)
    await playDays(platform, HISTORY_DAYS, LATER)
    await open(GOOD)
    const { sections } = await reportNow(GOOD)
    if (sections.holdout.kind !== 'measured') throw new Error(sections.holdout.reason)
    const found = sections.holdout.value
    expect(found).toMatchObject({ from: FROM, openedBy: 'bob', openings: 1, readBy: 0 })
    const live = new Map(
      (await eventsOf(platform.log)).flatMap((event) =>
        isEvent(OutcomeObserved, event)
          ? [[event.data.session * MICROS_PER_DAY, event.data.net] as const]
          : [],
      ),
    )
    // The last days have no label yet. The book is built over the first: two days to the trade, three of holding.
    const both = found.moments.flatMap((moment, day) => {
      const net = live.get(moment)
      return net === undefined || day < 5 ? [] : [[found.net[day], net]]
    })
    expect(both.length).toBeGreaterThan(80)
    for (const [held, lived] of both) expect(held).toBeCloseTo(lived ?? Number.NaN, 12)
    // Nobody opens it twice, and what was frozen for the committee is no trial's to read.
    const before = (await platform.log.head()).position
    await open(GOOD, 'cat')
    expect((await eventsOf(platform.log, before + 1)).map(({ type }) => type)).not.toContain(
      HoldoutOpened.type,
    )
    const [name] = Object.keys(platform.folds.experiments.state().trainingSets).filter((one) =>
      one.startsWith('holdout-'),
    )
    const hash = platform.folds.experiments.state().trainingSets[name].frozen?.contentHash ?? ''
    const spec = { ...runOf('momentum', 3, hash), run: 'peek', trainingSet: name }
    await expect(startRun(platform, spec, act('peek'))).rejects.toMatchObject(code('experiment.held-out'))
    const { position: to } = await platform.log.head()
    const replayed = await replay(platform.log, wireAll(platform.chunks), { from: 1, to })
    expect(replayed.differences).toBe(0)
  })

  test('by the committee alone, on a report that nothing but the holdout stands in the way of', async () => {
    await validate(BAD, 'bad')
    await validate(GOOD, 'good')
    const early = open(GOOD)
    await expect(early, 'none of its sessions has come').rejects.toMatchObject(code('model.holdout-span'))
    await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 40)
    await expect(open(BAD)).rejects.toMatchObject(code('model.gate-refused'))
    await expect(open(GOOD, 'ann')).rejects.toMatchObject(code('approval.by-author'))
    await expect(open(GOOD, 'eve')).rejects.toMatchObject(code('approval.not-a-member'))
    await expect(open(GOOD, 'bob', keyOfName('eve'))).rejects.toMatchObject(code('approval.bad-signature'))
    const { artifact, report, policyVersion, run } = reportOn(platform, GOOD)
    const stated = {
      model: MODEL,
      run,
      artifact,
      report,
      policyVersion,
      member: 'bob',
      reason: '',
      expires: 8e15,
    }
    const forged = { ...stated, from: FROM, to: closeOf(HISTORY_DAYS + 40) }
    const own = platform.folds.registry.state().log ?? ''
    const now = { eventTime: 0, knownAt: 0 }
    for (const [what, log, signer, expires, reason] of [
      ["another's key", own, 'eve', 8e15, 'The signature of bob'],
      ['for another log', 'f'.repeat(64), 'bob', 8e15, 'The signature of bob'],
      ['too long ago', own, 'bob', 0, 'has expired'],
    ] as const) {
      const said = { ...forged, expires }
      const signature = signStatement(HOLDOUT_TYPE, holdoutBody({ ...said, log }), keyOfName(signer))
      await inject(platform, 'by-hand', [HoldoutOpened.draft({ ...said, signature }, now)])
      const { openings, models } = platform.folds.registry.state()
      expect(openings, what).toEqual([])
      expect(models[MODEL].unsound.at(-1)?.reason, what).toContain(reason)
    }
  })

  test('and a policy may ask for what only the holdout answers: until then nothing is promoted', async () => {
    const gate = [...HELD_OUT.gate, { test: 'holdout-psr', comparison: 'at-least' as const, threshold: 0.5 }]
    const asking = { ...HELD_OUT, version: 3, gate }
    await setPolicy(
      platform,
      signedPolicy(asking, HELD_OUT, undefined, logIdentity(platform)),
      act('p3', 'bob'),
    )
    await playDays(platform, HISTORY_DAYS, LATER)
    await validate(GOOD, 'v')
    const failing = () => reportOn(platform, GOOD).tests.flatMap(({ test, passed }) => (passed ? [] : [test]))
    expect(failing()).toEqual(['holdout-psr'])
    const { artifact } = reportOn(platform, GOOD)
    const promoted = promote(platform, { model: MODEL, artifact }, act('promote', 'bob'))
    await expect(promoted).rejects.toMatchObject(code('model.gate-refused'))
    await open(GOOD)
    expect(failing()).toEqual([])
    await promoteRun(platform, GOOD)
    expect(platform.folds.registry.state().models[MODEL].live?.artifact).toBe(artifact)
  })
})
