/** Three members who all read "cio" are no committee of three. */
import { describe, expect, test } from 'vitest'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import CONFUSABLES from '../../schemas/kernel/confusables.json' with { type: 'json' }
import { lookAlike, looksOf } from '../../schemas/kernel/look.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { policyObjection } from '../../schemas/policy.ts'
import { tableFrom } from '../support/confusables.ts'
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
    // Unicode's confusables.txt: what each is drawn like stands in its row.
    ['cio', 'ᴄio'],
    ['cio', 'ciᴏ'],
    ['cio', 'ciഠ'],
    ['cio', 'ciס'],
    ['cio', 'ci٥'],
    ['cio', 'ci०'],
    ['cio', 'ci၀'],
    ['cio', 'ⅽio'],
    ['ann', 'ɑnn'],
    ['greg', 'ɡreɡ'],
    ['william', 'vvilliarn'],
    ['cio', 'сio'],
    ['cio', 'сіо'],
    ['cio', 'cιο'],
    ['cio', 'ciօ'],
    ['bob', 'вов'],
    ['bob', 'Вob'],
    ['ann', 'ᴀɴɴ'],
  ])('%s and %s', (one, other) => {
    expect(objectionTo(one, other, 'validator')).toContain(`${one} and ${other} look alike`)
  })

  test.each([
    ['Cyrillic', 'Иван'],
    ['Greek', 'Γιώργος'],
    ['Armenian', 'Արամ'],
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
  for (const name of ['rnrn', 'clvv', 'I1l|', 'ﬁ', 'Ⅷ', 'Ǆ', 'Вoв'])
    for (const look of looksOf(name)) expect(looksOf(look)).toContain(look)
})

test('every row of the table says of its character what the look of it is', () => {
  const rows = Object.entries(CONFUSABLES.alike).flatMap(([prototype, sources]) =>
    sources.split(' ').map((source) => [textOf(source), textOf(prototype)]),
  )
  expect(rows).toHaveLength(CONFUSABLES.rows)
  for (const [source, prototype] of rows)
    expect(lookAlike(`a${source}`, `a${prototype}`), `${source} ${prototype}`).toBe(true)
})

const textOf = (codePoints: string) =>
  String.fromCodePoint(...codePoints.split(' ').map((one) => Number.parseInt(one, 16)))

test('the table is made from the file as Unicode publishes it, or not at all', () => {
  const rows = ['0441 ;\t0063 ;\tMA\t# с', '1D04 ;\t0063 ;\tMA\t# ᴄ', '006D ;\t0072 006E ;\tMA\t# m']
  const head = '\ufeff# confusables.txt\n# Date: 2026-08-06, 01:05:35 GMT\n# Version: 18.0.0\n'
  const { source, alike } = tableFrom(`${head}${rows.join('\n')}\n\n# total: 3\n`)
  expect(source).toContain('Unicode 18.0.0, security/confusables.txt of 2026-08-06')
  expect(alike).toEqual({ '0063': '0441 1D04', '0072 006E': '006D' })
  expect(() => tableFrom(`${head}${rows[0]}\n# total: 3\n`)).toThrow('1 of 3')
})
