/** Names that people give to things. They become keys of records, where some are taken before anybody comes. */
import { z } from 'zod'

/** Any text of a character or more, but for what every object answers to: `constructor`, `__proto__`. */
export const name = z
  .string()
  .min(1)
  .refine((text) => !(text in Object.prototype), {
    error: 'every record has something of this name already; choose another',
  })
