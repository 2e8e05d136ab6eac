/** Figures as they are read: one form for each kind, the same in every locale and time zone. */
import type { Figure } from '../report-base.ts'

export const MISSING = 'n/a'
const MINUS = '−'

const counting = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const plainly = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 })

const signed = (text: string): string => text.replace('-', MINUS)
const shown =
  (form: (value: number) => string) =>
  (value: Figure): string =>
    value === null ? MISSING : signed(form(value))

export const count = shown((value) => counting.format(value))
export const ratio = shown((value) => withoutSignOfZero(value.toFixed(2)))
/** More digits than fit a ratio: betas, errors. */
export const fine = shown((value) => withoutSignOfZero(value.toFixed(3)))
export const percent = shown((value) => `${withoutSignOfZero((100 * value).toFixed(1))}%`)
export const percentFine = shown((value) => `${withoutSignOfZero((100 * value).toFixed(2))}%`)
/** Never 0 and never 1 by rounding. */
export const chance = shown((value) => {
  if (value > 0 && value < 0.0005) return '< 0.001'
  if (value < 1 && value >= 0.9995) return '> 0.999'
  return value.toFixed(3)
})
/** A figure of unknown unit. */
export const plain = shown((value) => (value > 0.9999 && value < 1 ? '> 0.9999' : plainly.format(value)))

export const money = shown((value) => {
  const [unit, scale] =
    value >= 1e9 ? (['bn', 1e9] as const) : value >= 1e6 ? (['m', 1e6] as const) : (['k', 1e3] as const)
  return `$${Number((value / scale).toPrecision(3))}${unit}`
})

const withoutSignOfZero = (text: string): string => (/^-0\.?0*$/.test(text) ? text.slice(1) : text)

export const dateOf = (micros: number): Date => new Date(micros / 1000)
/** The day in UTC. */
export const day = (micros: Figure): string =>
  micros === null ? MISSING : dateOf(micros).toISOString().slice(0, 10)
export const spanOf = (from: number, to: number): string => `${day(from)} to ${day(to)}`
/** How one may say "1 trial" and "2 trials". */
export const many = (number: number, one: string, more: string = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : more}`
