/** Names are printed, signed and compared by eye: what is in them is what is seen. */
import { expect, test } from 'vitest'
import { policySpec } from '../../schemas/events/approval.ts'
import { runSpec as runShape } from '../../schemas/events/experiment.ts'
import { name, nameProblem, printable, printableJson, printableWord } from '../../schemas/kernel/name.ts'
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
  ['an accent without a letter', '\u0301e'],
  ['a variation selector', 'cio\ufe0f'],
  ['a variation selector of the supplement', 'cio\u{e0100}'],
  ['a grapheme joiner', 'c\u034fio'],
  ['a Hangul filler', 'cio\u3164'],
  ['a half-width Hangul filler', '\uffa0cio'],
  ['a leading Hangul filler', '\u115fcio'],
  ['a braille blank', 'cio\u2800'],
  ['a no-break space within', 'c\u00a0io'],
  ['an ideographic space', 'c\u3000io'],
  ['a musical null note head', 'cio\u{1d159}'],
  ['an inherent vowel of Khmer', 'cio\u17b4'],
  ['a tag', 'cio\u{e0041}'],
  ['a lost character', 'ci\ufffd'],
  ['a character of private use', 'ci\ue000'],
  ['an object', '\ufffccio'],
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

test.each([
  ['cio\ufe0f', 'U+FE0F'],
  ['c\u034fio', 'U+034F'],
  ['\u3164', 'U+3164'],
  ['cio\u{e0100}', 'U+E0100'],
  ['A\u0000B', 'U+0000'],
  ['Nestle\u0301', 'U+0301'],
  ['\u212b', 'U+212B'],
])('what is wrong with %j is named by %s', (text, codePoint) => {
  expect(nameProblem(text)?.why).toContain(codePoint)
})

test('nothing that is printed moves the cursor, clears a line or turns about', () => {
  const hostile = 'a\u001b[2K\r\u009b1A\u202e\u2028b\tc\nd'
  expect(printable(hostile)).toBe('a\\u{1b}[2K\\u{d}\\u{9b}1A\\u{202e}\\u{2028}b\\u{9}c\nd')
  expect(printableWord(hostile)).not.toContain('\n')
  const json = printableJson(JSON.stringify({ hostile, far: '\u{e0041}' }, null, 2))
  expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u)
  expect(JSON.parse(json)).toEqual({ hostile, far: '\u{e0041}' })
})

test.each(['a', 'us20-ridge-h5', 'Zoë Ångström', '李 雷', 'µ_t²', '𝛼'])('"%s" is a name', (text) => {
  expect(name.parse(text)).toBe(text)
})
