/** Tells of something that was wrong and was put right, on standard error. */
import { printableWord } from '../schemas/kernel/name.ts'

/** More than a screen holds is nobody's sentence: what a machine elsewhere said may be part of it. */
const MOST_CHARACTERS = 2_000

export const warn = (text: string): void => {
  const told = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} ...` : text
  process.stderr.write(`Warning: ${printableWord(told.toWellFormed())}\n`)
}
