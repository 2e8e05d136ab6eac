/** A report is about a choice among so many trials: once more of them count, it puts nothing in force. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { promote, requestTrainingSet, requestValidation, sign, startRun } from '../../serving/actions.ts'
import { injectPromoted, injectSigned, statementOn } from '../support/by-hand.ts'
import { keyOfName } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  promoteRun,
  reportOn,
  runOf,
  trainingSetOf,
} from '../support/small-platform.ts'
import { closeOf } from '../support/small-world.ts'
import { GOOD } from './ways.ts'

let platform: MemoryPlatform
beforeEach(async () => {
  platform = await judgedPlatform()
}, 60_000)
afterEach(() => platform.close())

const approval = (member: string) => {
  const { artifact, report } = reportOn(platform, GOOD)
  const said = { model: MODEL, artifact, report, member, decision: 'approve', reason: 'read' } as const
  return { ...said, privateKey: keyOfName(member) }
}

/** Somebody else tries something else, under other names, on sessions `from` to `to`. */
async function anotherTrial(name: string, from: number, to: number): Promise<void> {
  const set = { ...trainingSetOf(1), trainingSet: name, from: closeOf(from), to: closeOf(to) }
  await requestTrainingSet(platform, set, act(`set-${name}`, 'eve'))
  const hash = platform.folds.experiments.state().trainingSets[name].frozen?.contentHash ?? ''
  const own = { run: name, family: name, trainingSet: name, author: 'eve' }
  await startRun(platform, { ...runOf('noise', 1, hash), ...own }, act(`run-${name}`, 'eve'))
}

const STALE = {
  fault: {
    code: 'model.report-stale',
    message: `The report on model ${MODEL} counted 4 trials, and 5 count by now. Run asof validate ${GOOD} -m ${MODEL} again, and have the new report signed.`,
  },
}

test('trials between the report and the promotion make it stale, for the command and for a promotion by hand', async () => {
  for (const member of ['bob', 'cat']) await sign(platform, approval(member), act(member, member))
  await anotherTrial('late', 0, HISTORY_DAYS)
  const { artifact } = reportOn(platform, GOOD)
  const promoted = promote(platform, { model: MODEL, artifact }, act('promote', 'bob'))
  await expect(promoted).rejects.toMatchObject(STALE)
  await injectPromoted(platform, GOOD)
  const view = platform.folds.registry.state().models[MODEL]
  expect(view.live).toBeNull()
  expect(view.unsound.at(-1)?.reason).toBe(STALE.fault.message)
})

test('nobody approves a stale report, anybody may refuse it, and a new report and its signatures are the remedy', async () => {
  await anotherTrial('late', 0, HISTORY_DAYS)
  await expect(sign(platform, approval('bob'), act('stale', 'bob'))).rejects.toMatchObject(STALE)
  await sign(platform, { ...approval('dan'), decision: 'refuse' }, act('refuse', 'dan'))
  await injectSigned(
    platform,
    ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { member })),
  )
  await requestValidation(platform, { model: MODEL, run: GOOD }, act('again'))
  const { trials, artifact } = reportOn(platform, GOOD)
  expect(trials).toBe(5)
  const unsigned = promote(platform, { model: MODEL, artifact }, act('unsigned', 'bob'))
  await expect(unsigned, 'what was signed of the old report is gone with it').rejects.toMatchObject({
    fault: { code: 'approval.quorum-missing' },
  })
  await promoteRun(platform, GOOD)
  expect(platform.folds.registry.state().models[MODEL].live?.artifact).toBe(artifact)
})

test('trials over other sessions, and those that come after the promotion, change nothing', async () => {
  await anotherTrial('elsewhere', HISTORY_DAYS, HISTORY_DAYS + 50)
  await promoteRun(platform, GOOD)
  await anotherTrial('late', 0, HISTORY_DAYS)
  expect(platform.folds.registry.state().models[MODEL].live?.artifact).toBe(reportOn(platform, GOOD).artifact)
})
