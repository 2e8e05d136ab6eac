/** How the numbers of a file are written: the decimal mark, the separator of thousands, and the words for missing. */
import { type FileFormat, PLAIN_FORMAT } from '../../../schemas/events/data.ts'
import { numbersFor } from '../number-text.ts'

type NumberGuess = Pick<FileFormat, 'decimal' | 'thousands'>

const STYLES: readonly NumberGuess[] = [
  { decimal: '.', thousands: '' },
  { decimal: ',', thousands: '' },
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: ',', thousands: ' ' },
  { decimal: '.', thousands: ' ' },
  { decimal: '.', thousands: "'" },
]

/** What vendors write for a value that is not there; -99.99 and the like cannot be told from a value, so they are declared. */
const WORDS = /^(?:#?n\/?a(?: n\/a)?|#n\/a .*|na|nil|none|null|nan|-+|\.|\.\.|\*+|missing|n\.a\.)$/i

/** @param texts cells that are not empty. Null where they are no numbers, words for missing aside. */
export function guessNumbers(
  texts: readonly string[],
): Readonly<{ style: NumberGuess; words: readonly string[] }> | null {
  const words = [...new Set(texts.filter((text) => WORDS.test(text)))]
  const cells = texts.filter((text) => !WORDS.test(text))
  if (cells.length === 0) return null
  const style = STYLES.find((one) => reads(cells, one))
  const undeclared = words.filter((word) => !/^(?:null|nan)$/i.test(word))
  return style === undefined ? null : { style, words: undeclared }
}

function reads(cells: readonly string[], style: NumberGuess): boolean {
  const { of } = numbersFor({ ...PLAIN_FORMAT, ...style }, '')
  return cells.every((cell) => Number.isFinite(of(cell)))
}
