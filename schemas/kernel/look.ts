/** How names look: two that read alike are one name to whoever signs beside them. */
import CONFUSABLES from './confusables.json' with { type: 'json' }

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

const textOf = (codePoints: string): string =>
  String.fromCodePoint(...codePoints.split(' ').map((one) => Number.parseInt(one, 16)))

const readPrototypes = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(CONFUSABLES.alike).flatMap(([prototype, sources]) =>
      sources.split(' ').map((source): [string, string] => [textOf(source), textOf(prototype)]),
    ),
  )
/** What each character is drawn like: read with the first name, since most commands compare none. */
let prototypes: ReadonlyMap<string, string> | null = null

/** Case is one here, and a small capital is a capital. */
const SMALL_CAPITALS = new Map(
  Array.from('ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ', (small, i) => [small, 'abcdefghijklmnoprstuvwyz'[i]]),
)

/** UTS 39, section 4. */
function prototypeOf(character: string): string {
  prototypes ??= readPrototypes()
  return prototypes.get(character) ?? character
}

const isPlain = (text: string): boolean => /^[ -~]+$/.test(text)

/** Of a small letter that is drawn like none of ASCII, the capital may be: в is В is B. */
function capitalOf(character: string): string {
  const [own, capital] = [prototypeOf(character), prototypeOf(character.toUpperCase())]
  return SMALL_CAPITALS.get(character) ?? (!isPlain(own) && isPlain(capital) ? capital : own)
}

/** Beyond the table, where case is one: capital I is drawn like l. */
const DRAWN_ALIKE: readonly (readonly [RegExp, string])[] = [
  [/i/g, 'l'],
  [/vv/g, 'w'],
  [/_/g, '-'],
]

/** The skeleton, and then without what tells no names apart: forms, case, accents, spaces, and what is not seen. */
function lookFrom(text: string, drawn: (character: string) => string): string {
  const skeleton = Array.from(text.normalize('NFD'), drawn).join('')
  const plain = skeleton
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\s\p{Default_Ignorable_Code_Point}]/gu, '')
  const next = DRAWN_ALIKE.reduce((one, [alike, as]) => one.replace(alike, as), plain)
  return next === text ? text : lookFrom(next, drawn)
}

/** What a name looks like: in small letters, as it is written, and where its letters are drawn as capitals. */
export function looksOf(name: string): readonly string[] {
  const small = name.toLowerCase()
  return [...new Set([lookFrom(small, prototypeOf), lookFrom(name, prototypeOf), lookFrom(small, capitalOf)])]
}

/** Whether somebody who reads the one name may take it for the other. */
export function lookAlike(one: string, other: string): boolean {
  const looks = looksOf(other)
  return one === other || looksOf(one).some((look) => looks.includes(look))
}

/** Which of the scripts with letters like those of another are in a text, in a fixed order. */
export const scriptsOf = (text: string): readonly string[] =>
  Object.entries(LOOK_ALIKE_SCRIPTS).flatMap(([script, letters]) => (letters.test(text) ? [script] : []))
