/** Texts as numbers: a category or a string is seen by formulas as a code, the same one everywhere and for ever. */
import { sha256 } from './kernel/canonical.ts'

/** 52 bits: every code is an integer that a double holds. */
const HEX_DIGITS = 13

/**
 * The code of a text: the first 52 bits of the SHA-256 of its UTF-8. It depends on the text and on nothing else, so that a value made
 * of codes depends on no order of arrival. Codes are equal where texts are; more than that they do not say.
 */
export const textCode = (text: string): number => Number.parseInt(sha256(text).slice(0, HEX_DIGITS), 16)
