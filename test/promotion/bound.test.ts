/** What a member signs is signed for one log, one purpose and a time: taken elsewhere, or later, it gives nothing. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { capital } from '../../commands/capital/capital.ts'
import { isEvent } from '../../schemas/event.ts'
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { identityBySetting } from '../../schemas/policy.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { REVIEW_TYPE, reviewBody } from '../../schemas/review.ts'
import {
  declareDataset,
  logIdentity,
  promote,
  reviewCapital,
  setPolicy,
  sign,
} from '../../serving/actions.ts'
import { openPlatform } from '../../serving/platform.ts'
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import { inject, injectPromoted, promotionOf, statementOn } from '../support/by-hand.ts'
import { keyOfName, signedBy, signedPolicy, signedReview } from '../support/keys.ts'
import {
  asAppended,
  eventsOf,
  type MemoryPlatform,
  memoryCursor,
  memoryPlatform,
} from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  promoteRun,
  reportOn,
  SMALL_DATASET,
  SMALL_POLICY,
} from '../support/small-platform.ts'
import { GOOD } from './ways.ts'

/** Another folder in which everything happened that happened here, recorded at other moments. */
async function elsewhere({ log, chunks, moment }: MemoryPlatform): Promise<MemoryPlatform> {
  let now = 77_000_000
  const other = openMemoryLog({ registry: REGISTRY, clock: { nowMicros: () => now++ } })
  for await (const batch of log.readAll(1)) {
    const appended = asAppended(batch)
    await other.append({ ...appended, expected: await other.revisionOf(appended.stream) })
  }
  const { position } = await other.head()
  const platform = await memoryPlatform({ log: other, chunks, cursor: memoryCursor(position) })
  platform.moment.advanceTo(moment.nowMicros())
  return platform
}

const liveIn = (platform: MemoryPlatform) => platform.folds.registry.state().models[MODEL].live
const approve = (platform: MemoryPlatform, member: string) => {
  const { artifact, report } = reportOn(platform, GOOD)
  const said = { model: MODEL, artifact, report, member, decision: 'approve', reason: 'read' } as const
  return sign(platform, { ...said, privateKey: keyOfName(member) }, act(`${member}-signs`, member))
}

test('a log without a seal is known by the event of its first policy, as it was recorded', async () => {
  const platform = await judgedPlatform()
  const [first] = (await eventsOf(platform.log)).filter(PolicySet.is)
  const own = platform.folds.registry.state().log
  expect(own).toBe(identityBySetting(first))
  expect(platform.folds.capital.state().log).toBe(own)
  expect((await elsewhere(platform)).folds.registry.state().log).not.toBe(own)
})

test('approvals that were signed in one folder put nothing in force in another', async () => {
  const here = await judgedPlatform()
  const there = await elsewhere(here)
  for (const member of ['bob', 'cat']) await approve(here, member)
  const signed = (await eventsOf(here.log)).filter(Signed.is)
  await inject(there, 'by-hand', [...signed, promotionOf(here, GOOD)])
  expect(liveIn(there)).toBeNull()
  // The control: where they were signed, they do.
  await injectPromoted(here, GOOD)
  expect(liveIn(here)).not.toBeNull()
})

test('a review that was signed in one folder gives no capital back in another', async () => {
  const here = await judgedPlatform()
  await promoteRun(here, GOOD)
  let day = HISTORY_DAYS
  while (here.folds.capital.state().models[MODEL].pendingReview === null) await playDays(here, day, ++day)
  // Elsewhere the committee approves for itself; the cut is the same one.
  const there = await elsewhere(here)
  const standing = () => there.folds.capital.state().models[MODEL]
  const said = { model: MODEL, fraction: 1, member: 'cat', reason: 'read', privateKey: keyOfName('cat') }
  await reviewCapital(here, said, act('review', 'cat'))
  const [review] = (await eventsOf(here.log)).flatMap((event) => (isEvent(Reviewed, event) ? [event] : []))
  const before = { fraction: 0.5, pendingReview: review.data.measurement }
  await inject(there, 'by-hand', [review])
  expect(standing()).toMatchObject(before)
  // Nor do its bytes hold for another purpose, signed by the same hand.
  const { signature: _, ...stated } = review.data
  const log = there.folds.capital.state().log ?? ''
  const body = reviewBody({ ...stated, log, expires: stated.expires ?? 0 })
  const purpose = signStatement('application/vnd.asof.promotion.v2+json', body, keyOfName('cat'))
  await inject(there, 'by-hand', [Reviewed.draft({ ...stated, signature: purpose }, review)])
  expect(standing()).toMatchObject(before)
  const proper = signStatement(REVIEW_TYPE, body, keyOfName('cat'))
  await inject(there, 'by-hand', [Reviewed.draft({ ...stated, signature: proper }, review)])
  expect(standing()).toMatchObject({ fraction: 1, pendingReview: null })
})

test('an approval ends after thirty days; a refusal stands; a promotion that is dated back finds it ended too', async () => {
  const platform = await judgedPlatform()
  const start = platform.moment.nowMicros()
  await approve(platform, 'bob')
  platform.moment.advanceTo(start + 30 * MICROS_PER_DAY)
  await approve(platform, 'cat')
  const { artifact } = reportOn(platform, GOOD)
  const promoted = () => promote(platform, { model: MODEL, artifact }, act('promote', 'bob'))
  await expect(promoted()).rejects.toMatchObject({ fault: { code: 'approval.quorum-missing' } })
  await inject(platform, 'by-hand', [{ ...promotionOf(platform, GOOD), eventTime: start, knownAt: start }])
  expect(liveIn(platform)).toBeNull()
  const refusal = statementOn(platform, GOOD, { member: 'dan', decision: 'refuse', expires: start })
  await inject(platform, 'by-hand', [Signed.draft(signedBy(refusal), { eventTime: start, knownAt: start })])
  const again = { ...reportOn(platform, GOOD), member: 'bob', decision: 'approve', reason: 'read' } as const
  const { report, member, decision, reason } = again
  const said = { model: MODEL, artifact, report, member, decision, reason, privateKey: keyOfName('bob') }
  await sign(platform, said, act('bob-again', 'bob'))
  await expect(promoted()).rejects.toMatchObject({ fault: { code: 'approval.refused' } })
})

/** The same platform under a clock that is set as one likes. */
const underClock = (platform: MemoryPlatform, nowMicros: () => number): MemoryPlatform =>
  ({ ...platform, moment: { nowMicros } }) as unknown as MemoryPlatform

describe('a clock that is set back makes nothing count again', () => {
  test('approvals: refused once as expired, where the log has recorded any act by then, they are never taken later', async () => {
    const days = fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 2, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(days, async (offsets) => {
        const platform = await judgedPlatform()
        const start = platform.moment.nowMicros()
        for (const member of ['bob', 'cat']) await approve(platform, member)
        const { artifact } = reportOn(platform, GOOD)
        let isExpired = false
        for (const [step, offset] of offsets.entries()) {
          isExpired ||= offset >= 30
          const there = underClock(platform, () => start + offset * MICROS_PER_DAY)
          const declared = { ...SMALL_DATASET, dataset: `another-${step}` }
          await declareDataset(there, declared, act(`declare-${step}`))
          const promoted = promote(there, { model: MODEL, artifact }, act(`promote-${step}`, 'bob'))
          if (!isExpired) return void (await promoted)
          expect(await refusalIn(promoted)).toBe('approval.quorum-missing')
          await inject(platform, 'by-hand', [promotionOf(platform, GOOD)])
          expect(liveIn(platform)).toBeNull()
        }
      }),
      { numRuns: 8, examples: [[[40, 0]], [[29, -5]], [[30, 29]]] },
    )
  })

  test('a member who signs anew under it signs for thirty days from the latest moment of the log', async () => {
    const platform = await judgedPlatform()
    const start = platform.moment.nowMicros()
    const later = underClock(platform, () => start + 40 * MICROS_PER_DAY)
    await declareDataset(later, { ...SMALL_DATASET, dataset: 'another' }, act('another'))
    for (const member of ['bob', 'cat']) await approve(platform, member)
    const { artifact } = reportOn(platform, GOOD)
    await promote(platform, { model: MODEL, artifact }, act('promote', 'bob'))
    expect(liveIn(platform)).not.toBeNull()
    const [signed] = (await eventsOf(platform.log)).flatMap((event) =>
      isEvent(Signed, event) ? [event] : [],
    )
    expect(signed.data.expires).toBe(start + 70 * MICROS_PER_DAY)
  })

  test('a review of capital', async () => {
    const platform = await judgedPlatform()
    await promoteRun(platform, GOOD)
    let day = HISTORY_DAYS
    const standing = () => platform.folds.capital.state().models[MODEL]
    while (standing().pendingReview === null) await playDays(platform, day, ++day)
    const now = platform.moment.nowMicros()
    const { artifact, pendingReview } = standing()
    const log = platform.folds.capital.state().log ?? ''
    const stated = {
      log,
      model: MODEL,
      artifact,
      fraction: 1,
      measurement: pendingReview ?? 0,
      member: 'cat',
    }
    const review = signedReview({ ...stated, reason: 'read', expires: now + 30 * MICROS_PER_DAY })
    const later = underClock(platform, () => now + 30 * MICROS_PER_DAY)
    await declareDataset(later, { ...SMALL_DATASET, dataset: 'another' }, act('another'))
    await inject(platform, 'by-hand', [Reviewed.draft(review, { eventTime: now, knownAt: now })])
    expect(standing()).toMatchObject({ fraction: 0.5, pendingReview })
    const { policy, at } = platform.folds.capital.state()
    const command = { kind: 'review', review, policy, log, at, standing: standing() } as const
    const decided = capital.decide(command, null, { now, actor: 'cat' })
    expect(decided).toMatchObject({ ok: false, error: { code: 'approval.expired' } })
  })
})

test('a first policy that was signed for one folder is refused by a fresh one, even one that has the keys of the first', async () => {
  const root = mkdtempSync(join(tmpdir(), 'asof-bound-'))
  const [first, second] = ['first', 'second'].map((name) => join(root, name))
  const here = await openPlatform({ path: first })
  cpSync(here.folder.keys, join(second, 'keys'), { recursive: true })
  const there = await openPlatform({ path: second })
  const { signatures } = signedPolicy(SMALL_POLICY, null, undefined, logIdentity(here))
  const set = { policy: SMALL_POLICY, signatures }
  expect(there.log.seal?.signer.verifierKey).toBe(here.log.seal?.signer.verifierKey)
  expect(await refusalIn(setPolicy(there, set, act('p', 'bob')))).toBe('approval.policy-unsigned')
  await setPolicy(here, set, act('p', 'bob'))
  expect(here.folds.registry.state()).toMatchObject({ policy: SMALL_POLICY, log: here.log.seal?.identity })
  for (const platform of [here, there]) await platform.close()
  rmSync(root, { recursive: true })
})
