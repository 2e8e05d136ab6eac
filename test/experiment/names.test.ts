/** Names are printed, signed and compared by eye: what is in them is what is seen. */
import { expect, test } from 'vitest'
import { policySpec } from '../../schemas/events/approval.ts'
import { runSpec as runShape } from '../../schemas/events/experiment.ts'
import { name } from '../../schemas/kernel/name.ts'
import { runSpec } from '../support/gate.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'

const UNSEEN: readonly [string, string][] = [
  ['a line break', 'a\nb'],
  ['a return', 'a\rb'],
  ['an escape', '\u001b[2Ja'],
  ['a null', 'a\u0000'],
  ['a change of direction', 'a\u202egpj'],
  ['no width at all', 'a\u200bb'],
  ['a line separator', 'a\u2028b'],
  ['half a pair', 'a\ud800'],
  ['a variation selector', 'cio\ufe0f'],
  ['a variation selector of the other plane', 'cio\u{e0101}'],
  ['a grapheme joiner', 'c\u034fio'],
  ['a Hangul filler', 'cio\u3164'],
  ['half a Hangul filler', 'cio\uffa0'],
  ['a Hangul choseong filler', '\u115fcio'],
  ['a blank of braille', 'cio\u2800'],
  ['a Mongolian selector', 'cio\u180b'],
  ['a Khmer vowel that is not shown', 'cio\u17b4'],
  ['a space before it', ' a'],
  ['a space after it', 'a\u00a0'],
  ['an accent apart from its letter', 'e\u0301'],
  ['nothing', ''],
]

test.each(UNSEEN)('no name holds %s', (_, text) => {
  expect(name.safeParse(text).success).toBe(false)
  const run = runSpec('r', ['x'])
  for (const part of ['run', 'family', 'author', 'trainingSet'])
    expect([part, runShape.safeParse({ ...run, [part]: text }).success]).toEqual([part, false])
  expect(runShape.safeParse({ ...run, features: ['x', text] }).success).toBe(false)
  const [first, ...members] = SMALL_POLICY.quorum.members
  const quorum = { required: 1, members: [...members, { ...first, member: text }] }
  expect(policySpec.safeParse({ ...SMALL_POLICY, quorum }).success).toBe(false)
})

test.each(['a', 'us20-ridge-h5', 'Zoë Ångström', '李 雷', 'µ_t²', '𝛼'])('"%s" is a name', (text) => {
  expect(name.parse(text)).toBe(text)
})
