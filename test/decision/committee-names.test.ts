/** Three members who all read "cio" are no committee of three. */
import { describe, expect, test } from 'vitest'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import { lookOf } from '../../schemas/kernel/look.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { policyObjection } from '../../schemas/policy.ts'
import { keyOfName, signedPolicy } from '../support/keys.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'

const committee = (...names: string[]): PolicySpec => ({
  ...SMALL_POLICY,
  quorum: {
    required: 2,
    members: names.map((member) => ({ member, publicKey: publicKeyOf(keyOfName(member)) })),
  },
})

const objectionTo = (...names: string[]): string | null => {
  const set = signedPolicy(committee(...names), null, names)
  return policyObjection(set, null)?.message ?? null
}

describe('refused', () => {
  test.each([
    ['cio', 'CIO'],
    ['cio', 'ci0'],
    ['cio', 'c1o'],
    ['cio', 'clo'],
    ['cio', 'ｃｉｏ'],
    ['cio', '𝐜𝐢𝐨'],
    ['cio', 'cıo'],
    ['cio', 'c io'],
    ['cio', 'c\u00a0io'],
    ['burns', 'bums'],
    ['Zoë', 'Zoe'],
    ['head-of-risk', 'head‐of‐risk'],
    ['head-of-risk', 'head_of_risk'],
  ])('%s and %s', (one, other) => {
    expect(objectionTo(one, other, 'validator')).toContain(`${one} and ${other} look alike`)
  })

  test.each([
    ['Cyrillic', 'сio'],
    ['Cyrillic', 'сіо'],
    ['Greek', 'cιο'],
    ['Armenian', 'ciօ'],
    ['Cherokee', 'ᏟᏆᎾ'],
  ])('a committee in Latin and %s', (script, other) => {
    expect(objectionTo('cio', 'validator', other)).toContain(`written in Latin and ${script}`)
  })
})

test.each([
  [['cio', 'coo', 'ceo']],
  [['ann', 'anna', 'hannah']],
  [['李 雷', '韩 梅梅', 'cio']],
  [['Иван', 'Пётр', 'Анна']],
  [['validator', 'head-of-risk', 'cio']],
])('%j is a committee', (names) => {
  expect(objectionTo(...names)).toBeNull()
})

test('a look has a look that is itself', () => {
  for (const name of ['rnrn', 'clvv', 'I1l|', 'ﬁ', 'Ⅷ', 'Ǆ']) expect(lookOf(lookOf(name))).toBe(lookOf(name))
})
