/**
 * Names that people give to things, checked where they enter; an event that follows from another repeats them as they are. They
 * become keys of records, where some are taken before anybody comes.
 */
import { z } from 'zod'

/**
 * Controls, formats, lone surrogates, line and paragraph separators; what Unicode says may be shown as nothing (variation
 * selectors, the grapheme joiner, Hangul fillers); and the braille pattern without a dot.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/**
 * Any text of a character or more that reads as what it is: nothing unseen in it, written in the one normal form, and not what
 * every object answers to, such as `constructor` or `__proto__`.
 */
export const name = z
  .string()
  .min(1)
  .refine((text) => !UNSEEN.test(text), {
    error:
      'it holds a character that is not seen, such as a line break or a change of direction; leave it out',
  })
  .refine((text) => text === text.trim(), { error: 'it begins or ends with a space; leave it out' })
  .refine((text) => text === text.normalize('NFC'), {
    error: 'its accents are written apart from their letters; write it in the normal form NFC',
  })
  .refine((text) => !(text in Object.prototype), {
    error: 'every record has something of this name already; choose another',
  })
