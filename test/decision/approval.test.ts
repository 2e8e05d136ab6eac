/** What may happen to an approval. */
import { expect, test } from 'vitest'
import { approval } from '../../commands/approval/sign.ts'
import { Signed } from '../../schemas/events/approval.ts'
import { type Evidence, members } from '../../schemas/promotion.ts'
import type { PromotionStatement } from '../../schemas/statement.ts'
import { keyOfName, signedBy } from '../support/keys.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'
import { EVIDENCE, LOG, REPORT } from './evidence.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const STATEMENT: PromotionStatement = {
  log: LOG,
  reason: 'read',
  expires: CONTEXT.now + 1,
  model: REPORT.model,
  artifact: REPORT.artifact,
  report: REPORT.report,
  policyVersion: 1,
  member: 'bob',
  decision: 'approve',
}
const signed = signedBy(STATEMENT)
const refusal = signedBy({ ...STATEMENT, decision: 'refuse' })
const sign = (what = signed, evidence: Partial<Evidence> = {}) =>
  ({ kind: 'sign', signed: what, evidence: { ...EVIDENCE, ...evidence } }) as const

test('a signature is for one log and until its end; one that names neither is not taken', () => {
  given(approval)
    .when(sign(signedBy({ ...STATEMENT, log: 'another' })))
    .decides('approval.bad-signature')
  given(approval)
    .when(sign(signedBy({ ...STATEMENT, expires: CONTEXT.now })))
    .decides('approval.expired')
  given(approval)
    .when(sign({ ...signed, expires: CONTEXT.now + 2 }))
    .decides('approval.bad-signature')
  given(approval)
    .when(sign({ ...signed, reason: 'as if' }))
    .decides('approval.bad-signature')
  given(approval)
    .when(sign({ ...signed, expires: null }))
    .decides('approval.unbound')
})

test('a member signs', () => {
  given(approval).when(sign()).decides(Signed.draft(signed, NOW))
  given(approval).when(sign(refusal)).decides(Signed.draft(refusal, NOW))
})

test('the same word again is already so, whatever it was given as a reason', () => {
  given(approval)
    .when(sign(signedBy({ ...STATEMENT, reason: 'again' }), { signatures: [signed] }))
    .decides()
})

test('a reason that a second name needs is added to an approval without one, once', () => {
  const silent = signedBy({ ...STATEMENT, reason: '' })
  const otherNames = ['another']
  given(approval).when(sign(silent, { otherNames })).decides('model.second-name')
  given(approval)
    .when(sign(signed, { otherNames, signatures: [silent] }))
    .decides(Signed.draft(signed, NOW))
  given(approval)
    .when(sign(signed, { otherNames, signatures: [silent, signed] }))
    .decides()
})

test('an approval can be taken back, and not given again', () => {
  given(approval)
    .when(sign(refusal, { signatures: [signed] }))
    .decides(Signed.draft(refusal, NOW))
  given(approval)
    .when(sign(signed, { signatures: [signed, refusal] }))
    .decides('approval.taken-back')
})

test('the author may not sign, member or not', () => {
  given(approval)
    .when(sign(signedBy({ ...STATEMENT, member: 'ann' })))
    .decides('approval.by-author')
})

test.each(['Ann', 'аnn', 'Аnn', 'ɑnn', 'ＡＮＮ', 'a nn'])(
  'nor where the run says that %s made it',
  (author) => {
    const byAuthor = signedBy({ ...STATEMENT, member: 'ann' })
    const report = { ...REPORT, author }
    given(approval).when(sign(byAuthor, { report })).decides('approval.by-author')
    const evidence = { ...EVIDENCE, report, signatures: [byAuthor, signed] }
    expect(members(evidence, 'approve')).toEqual(['bob'])
  },
)

test('only members sign', () => {
  given(approval)
    .when(sign(signedBy({ ...STATEMENT, member: 'eve' })))
    .decides('approval.not-a-member')
})

test('a signature by another key, of another statement, or of nothing is refused', () => {
  given(approval)
    .when(sign(signedBy(STATEMENT, keyOfName('eve'))))
    .decides('approval.bad-signature')
  const versionTwo = signedBy({ ...STATEMENT, policyVersion: 2 })
  given(approval).when(sign(versionTwo)).decides('approval.bad-signature')
  given(approval)
    .when(sign({ ...refusal, decision: 'approve' }))
    .decides('approval.bad-signature')
  for (const signature of ['', 'no base64 !', 'AAAA'])
    given(approval)
      .when(sign({ ...signed, signature }))
      .decides('approval.bad-signature')
})

test('only the latest report on the artifact can be signed', () => {
  const report = 'f'.repeat(64)
  given(approval)
    .when(sign(signedBy({ ...STATEMENT, report })))
    .decides('approval.other-report')
  const artifact = 'e'.repeat(64)
  given(approval)
    .when(sign(signedBy({ ...STATEMENT, artifact })))
    .decides('model.no-report')
  given(approval)
    .when(sign(signed, { report: null }))
    .decides('model.no-report')
})

test('without a policy there is nobody to sign', () => {
  given(approval)
    .when(sign(signed, { policy: null }))
    .decides('approval.no-policy')
  const members = SMALL_POLICY.quorum.members.map((one) => ({ ...one, publicKey: 'no key' }))
  const policy = { ...SMALL_POLICY, quorum: { required: 2, members } }
  given(approval).when(sign(signed, { policy })).decides('approval.bad-signature')
})
