/** Until when a signature counts. */
import { MICROS_PER_DAY, type Micros } from '../schemas/kernel/time.ts'

/** What is signed counts for so long. */
export const VALID_DAYS = 30

export const expiryFrom = (now: Micros): Micros => now + VALID_DAYS * MICROS_PER_DAY
