/** Lengths of time as people write them: `10d`, `90m`. */
import { MICROS_PER_DAY, MICROS_PER_SECOND } from '../../schemas/kernel/time.ts'

const MICROS: Readonly<Record<string, number>> = {
  d: MICROS_PER_DAY,
  h: 3600 * MICROS_PER_SECOND,
  m: 60 * MICROS_PER_SECOND,
  s: MICROS_PER_SECOND,
}

/** Microseconds, or null when the text is no length of time. A day is 24 hours. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+)([dhms])$/.exec(text.trim())
  if (match === null) return null
  const micros = Number(match[1]) * MICROS[match[2]]
  return Number.isSafeInteger(micros) ? micros : null
}

/** The shortest way to write a length of whole seconds: 5,400 s are `90m`. */
export function durationText(micros: number): string {
  const unit = Object.keys(MICROS).find((one) => micros % MICROS[one] === 0) ?? 's'
  return `${micros / MICROS[unit]}${unit}`
}
