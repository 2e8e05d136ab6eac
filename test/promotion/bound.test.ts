/** What a member signs is signed for one log, one purpose and a time: taken elsewhere, or later, it gives nothing. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { identityBySetting } from '../../schemas/policy.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { REVIEW_TYPE, reviewBody } from '../../schemas/review.ts'
import { logIdentity, promote, reviewCapital, setPolicy, sign } from '../../serving/actions.ts'
import { openPlatform } from '../../serving/platform.ts'
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import { inject, injectPromoted, promotionOf, statementOn } from '../support/by-hand.ts'
import { keyOfName, signedBy, signedPolicy } from '../support/keys.ts'
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
