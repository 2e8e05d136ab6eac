/** How names look: two that read alike are one name to whoever signs beside them. */

/** Scripts with letters that are drawn like those of others among them (Unicode Technical Standard 39, confusables). */
const LOOK_ALIKE_SCRIPTS = {
  Latin: /\p{Script=Latin}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Greek: /\p{Script=Greek}/u,
  Armenian: /\p{Script=Armenian}/u,
  Cherokee: /\p{Script=Cherokee}/u,
  Coptic: /\p{Script=Coptic}/u,
  Lisu: /\p{Script=Lisu}/u,
  Deseret: /\p{Script=Deseret}/u,
  Osage: /\p{Script=Osage}/u,
  Tifinagh: /\p{Script=Tifinagh}/u,
} as const

/** Within one script: what is drawn alike in common typefaces. Longer ones first. */
const DRAWN_ALIKE: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/0/g, 'o'],
  [/[1i|!ıɩ]/g, 'l'],
  [/[‐-―−_]/g, '-'],
]

/**
 * The same text for names that look the same: compatibility forms, case, accents, spaces and letters that are drawn alike
 * within a script are one. Letters of different scripts are not compared here: see `scriptsOf`.
 */
export function lookOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\s]/gu, '')
  return DRAWN_ALIKE.reduce((text, [alike, as]) => text.replace(alike, as), plain)
}

/** Which of the scripts with letters like those of another are in a text, in a fixed order. */
export const scriptsOf = (text: string): readonly string[] =>
  Object.entries(LOOK_ALIKE_SCRIPTS).flatMap(([script, letters]) => (letters.test(text) ? [script] : []))
