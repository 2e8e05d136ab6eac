/**
 * Names that people and vendors give to things, checked where they enter; an event that follows from another repeats them as they
 * are. They become keys of records, where some are taken before anybody comes.
 */
import { z } from 'zod'

/** What is wrong with a name, and the sentence for whoever wrote it. A stray character is named by its code point. */
export type NameProblem = Readonly<{
  kind: 'missing' | 'unseen' | 'damaged' | 'not-normal' | 'reserved'
  why: string
}>

/**
 * What cannot be told apart by eye, or is not there to the eye: controls, formats, surrogates, private use, line and
 * paragraph ends; what Unicode lets a font leave out (zero-width characters, variation selectors, the grapheme joiner,
 * Hangul fillers); spaces other than the one on the keyboard; braille blank, the null note head and the object mark.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\ufffc]|(?! )\p{Zs}/u
const SPACE_AROUND = /^ | $/
const LOOSE_MARK = /^\p{M}/u

/** The one rule for names, in every format and on every door; null where the name is good. */
export function nameProblem(text: string): NameProblem | null {
  if (text === '') return { kind: 'missing', why: 'it is empty' }
  if (text.includes('\ufffd'))
    return { kind: 'damaged', why: 'it has U+FFFD, which stands for a lost character' }
  const [unseen] = UNSEEN.exec(text) ?? []
  if (unseen !== undefined) {
    return { kind: 'unseen', why: `it has ${codePoint(unseen)}, a character that is not seen; leave it out` }
  }
  if (SPACE_AROUND.test(text))
    return { kind: 'unseen', why: 'it begins or ends with a space (U+0020); leave it out' }
  if (LOOSE_MARK.test(text)) {
    return { kind: 'not-normal', why: `it begins with ${codePoint(text)}, an accent without a letter` }
  }
  const normal = text.normalize('NFC')
  if (text !== normal) {
    return {
      kind: 'not-normal',
      why: `${codePoint(firstDifference(text, normal))} is not in the normal form NFC; write the name in that form`,
    }
  }
  if (text in Object.prototype)
    return { kind: 'reserved', why: 'every record has something of this name already; choose another' }
  return null
}

function firstDifference(text: string, normal: string): string {
  const [ours, theirs] = [[...text], [...normal]]
  const at = ours.findIndex((character, index) => character !== theirs[index])
  // The accent that should have joined the letter is the one to name.
  return (
    ours.slice(Math.max(at, 0)).find((character) => /\p{M}/u.test(character)) ?? ours[Math.max(at, 0)] ?? ''
  )
}

const codePoint = (text: string): string =>
  `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Any text of a character or more that reads as what it is: see `nameProblem`. */
export const name = z
  .string()
  .min(1)
  .check((context) => {
    const problem = nameProblem(context.value)
    if (problem !== null && problem.kind !== 'missing') {
      context.issues.push({ code: 'custom', input: context.value, message: problem.why })
    }
  })

/** What could move the cursor, clear a line or turn the direction of a terminal; a line feed is kept. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Text as it is safe to print, with what is not printed written as its code point, `\u{1b}`. Lines stay lines. */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

/** As `printable`, for a part of a line: not even a line feed gets through. */
export const printableWord = (text: string): string => printable(text).replaceAll('\n', '\\n')

/** JSON as it is safe to print: what JSON itself lets through is written in its own escapes, so that it says the same. */
export const printableJson = (json: string): string =>
  json.replace(UNPRINTABLE, (characters) =>
    [...characters]
      .flatMap(unitsOf)
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  )

const unitsOf = (character: string): number[] =>
  Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
