/** One file is one model: what is cut of it is cut under every name, and a second name needs a reason of its own. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { kinOf } from '../../schemas/review.ts'
import {
  promote,
  requestTrainingSet,
  requestValidation,
  reviewCapital,
  sign,
  startRun,
} from '../../serving/actions.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import { injectSigned, statementOn } from '../support/by-hand.ts'
import { keyOfName } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  promoteRun,
  reportOn,
  runOf,
  trainingSetOf,
} from '../support/small-platform.ts'
import { closeOf } from '../support/small-world.ts'
import { GOOD } from './ways.ts'

/** The other run that the gate passes: another file of the same family. */
const KIN = 'small-h1-momentum'
const SECOND = 'second'

let platform: MemoryPlatform
beforeEach(async () => {
  platform = await judgedPlatform()
  await promoteRun(platform, GOOD)
}, 60_000)
afterEach(() => platform.close())

const standing = (model: string) => platform.folds.capital.state().models[model]

async function untilCut(): Promise<number> {
  let day = HISTORY_DAYS
  while (standing(MODEL).pendingReview === null) await playDays(platform, day, ++day)
  return day
}

async function promoteAs(model: string, run: string, reason = 'a second book'): Promise<void> {
  await requestValidation(platform, { model, run }, act(`validate-${model}`))
  const { artifact = '', report = '' } =
    Object.values(platform.folds.registry.state().models[model].reports).find((one) => one.run === run) ?? {}
  for (const member of ['bob', 'cat']) {
    const said = { model, artifact, report, member, decision: 'approve', reason } as const
    await sign(platform, { ...said, privateKey: keyOfName(member) }, act(`${member}-${model}`, member))
  }
  await promote(platform, { model, artifact }, act(`promote-${model}`, 'bob'))
}

const reviewAs = (model: string, fraction: number) => {
  const said = { model, fraction, member: 'cat', reason: 'read', privateKey: keyOfName('cat') }
  return reviewCapital(platform, said, act(`review-${model}`, 'cat'))
}

test.each([
  ['the same file', GOOD],
  ['another file of the same family', KIN],
])('a cut that waits for its review holds for %s under another name', async (_, run) => {
  await untilCut()
  await promoteAs(SECOND, run)
  const { pendingReview } = standing(MODEL)
  expect(standing(SECOND)).toMatchObject({ fraction: 0.5, pendingReview })
  // Each name is given back by a review of its own.
  await reviewAs(MODEL, 1)
  expect(standing(SECOND)).toMatchObject({ fraction: 0.5, pendingReview })
  await reviewAs(SECOND, 0.8)
  expect(standing(SECOND)).toMatchObject({ fraction: 0.8, pendingReview: null })
})

/** A copy of what was promoted, another by the last digits of a number, as somebody else's, in a family of its own. */
async function nearCopy(otherwise: Partial<RunSpec> = {}): Promise<string> {
  const { experiments } = platform.folds
  const hash = experiments.state().trainingSets['small-h3'].frozen?.contentHash ?? ''
  const params = [{ name: 'alpha', value: 1.0000001 }]
  const spec = {
    ...runOf('momentum', 3, hash),
    run: 'copy',
    family: 'other',
    author: 'eve',
    params,
    ...otherwise,
  }
  await startRun(platform, spec, act('start-copy'))
  expect(experiments.state().runs.copy.artifact).not.toBe(standing(MODEL).artifact)
  return spec.run
}

/** The same, on sessions that begin a few days later. */
async function laterSet(): Promise<Partial<RunSpec>> {
  const set = { ...trainingSetOf(3), trainingSet: 'later', from: closeOf(5) }
  await requestTrainingSet(platform, set, act('later-set'))
  const { frozen } = platform.folds.experiments.state().trainingSets.later
  return { trainingSet: 'later', trainingSetHash: frozen?.contentHash ?? '' }
}

test.each([
  ['the same rows', async () => ({})],
  ['sessions of the same data that overlap', laterSet],
])(
  'a cut waits for its review with a near-copy too, trained on %s in another family',
  async (_, otherwise) => {
    const day = await untilCut()
    await promoteAs(SECOND, await nearCopy(await otherwise()))
    const { pendingReview } = standing(MODEL)
    expect(standing(SECOND)).toMatchObject({ fraction: 0.5, pendingReview, family: 'other', author: 'eve' })
    await playDays(platform, day, day + 3)
    await reviewAs(SECOND, 0.8)
    expect(standing(SECOND)).toMatchObject({ fraction: 0.8, pendingReview: null })
    expect(standing(MODEL)).toMatchObject({ fraction: 0.5, pendingReview })
    const { position: to } = await platform.log.head()
    const replayed = await replay(platform.log, wireAll(platform.chunks), { from: 1, to })
    expect(replayed.differences).toBe(0)
  },
)

test('a model of other data, by another author, is no kin: it gets what a quorum gives it', () => {
  const standings = { [MODEL]: { ...standing(MODEL), pendingReview: 9 } }
  const own = { model: SECOND, artifact: 'b', family: 'other' }
  expect(kinOf(standings, { ...own, counted: new Set(['b']) })).toEqual([])
  expect(kinOf(standings, { ...own, counted: new Set(['b', standing(MODEL).artifact]) })).toHaveLength(1)
})

test('a cut of a file that is in force under two names is a cut of both; replay says the same', async () => {
  await promoteAs(SECOND, GOOD)
  expect(standing(SECOND).fraction).toBe(1)
  await untilCut()
  expect(standing(SECOND)).toMatchObject({ fraction: 0.5, pendingReview: standing(MODEL).pendingReview })
  const { position: to } = await platform.log.head()
  const replayed = await replay(platform.log, wireAll(platform.chunks), { from: 1, to })
  expect(replayed.differences).toBe(0)
})

test('after the review another name gets what a quorum gives it', async () => {
  await untilCut()
  await reviewAs(MODEL, 1)
  await promoteAs(SECOND, KIN)
  expect(standing(SECOND)).toMatchObject({ fraction: 1, pendingReview: null })
})

test('a second name for a file in force is approved with a reason, or not at all', async () => {
  const silent = { fault: { code: 'model.second-name' } }
  await expect(promoteAs(SECOND, GOOD, ' ')).rejects.toMatchObject(silent)
  // Signatures that were recorded past the command do not help it.
  const { artifact } = reportOn(platform, GOOD)
  const { report } = platform.folds.registry.state().models[SECOND].reports[artifact]
  const statements = (reason: string) =>
    ['bob', 'cat'].map((member) => statementOn(platform, GOOD, { model: SECOND, report, member, reason }))
  await injectSigned(platform, statements(''))
  const promoted = () => promote(platform, { model: SECOND, artifact }, act('promote', 'bob'))
  await expect(promoted()).rejects.toMatchObject(silent)
  // A reason that the member did not sign, or that has expired, is none.
  await injectSigned(platform, statements('a second book'), keyOfName('eve'))
  const past = platform.moment.nowMicros()
  await injectSigned(
    platform,
    statements('a second book').map((one) => ({ ...one, expires: past })),
  )
  await expect(promoted()).rejects.toMatchObject(silent)
  await injectSigned(platform, statements('a second book'))
  await promoted()
  expect(platform.folds.registry.state().models[SECOND].live?.artifact).toBe(artifact)
})
