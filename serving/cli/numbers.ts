/** Numbers as arguments: what is not one is a wrong argument, never a silent NaN. */
import { InvalidArgumentError } from 'commander'

/** A whole number within bounds, both inclusive. @throws InvalidArgumentError */
export const whole =
  (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    const bounds = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`Write a whole number ${bounds}.`)
  }

/** A fraction from 0 to 1. @throws InvalidArgumentError */
export function fraction(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('Write a number from 0 to 1, such as 0.5.')
}
