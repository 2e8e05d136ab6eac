/** Units as products of powers of named units, as people write them: `USD`, `USD/share`, `shares^2`. */
import type { UnitOf, UnitSteps } from './expression.ts'

export const PLAIN_UNIT: UnitOf = new Map()

/** Words for what has no unit: it is a plain number. */
const PLAIN_WORDS = new Set([
  '1',
  'ratio',
  'return',
  'rank',
  'sd',
  'score',
  'share of total',
  'flag',
  'count',
])

/** Inputs that do not fit, by their places. */
export class UnitClash extends Error {
  readonly place: number
  constructor(problem: string, place: number) {
    super(problem)
    this.place = place
  }
}

/** The unit that a text names; null where it names none that is known, so that nothing is said of it. */
export function unitOf(text: string): UnitOf {
  const words = text.trim()
  if (PLAIN_WORDS.has(words)) return PLAIN_UNIT
  const powers = new Map<string, number>()
  let sign = 1
  for (const token of words.split(/\s*([*/])\s*/)) {
    if (token === '*' || token === '/') sign = token === '*' ? 1 : -1
    else {
      const match = /^([^\s\d*/^()]+)(?:\s*\^\s*(-?\d+(?:\.\d+)?))?$/.exec(token)
      if (match === null && token !== '1') return null
      if (match !== null) powers.set(match[1], (powers.get(match[1]) ?? 0) + sign * Number(match[2] ?? 1))
    }
  }
  return kept(powers)
}

/** A unit as people write it; a plain number is named so. */
export function unitText(unit: UnitOf): string {
  if (!(unit instanceof Map)) return unit === 'group' ? 'names of groups' : 'a number of any unit'
  const factors = [...(unit as ReadonlyMap<string, number>)].sort(([a], [b]) => (a < b ? -1 : 1))
  const text = factors.map(([name, power]) => (power === 1 ? name : `${name}^${power}`)).join('*')
  return text === '' ? 'a plain number' : text
}

export const isFree = (unit: UnitOf): boolean => unit === 'any' || typeof unit === 'number'

export const UNITS: UnitSteps = {
  plain: PLAIN_UNIT,
  same(...inputs) {
    let [found, at]: [UnitOf, number] = [null, -1]
    for (const [place, input] of inputs.entries()) {
      if (input === null || isFree(input)) continue
      if (at < 0) [found, at] = [input, place]
      else if (unitText(found) !== unitText(input))
        throw new UnitClash(`${unitText(found)} does not go with ${unitText(input)}`, place)
    }
    if (at >= 0) return found
    return inputs.includes(null) ? null : 'any'
  },
  times(a, b) {
    if (isFree(a)) return isFree(b) ? 'any' : b
    if (isFree(b)) return a
    if (!(a instanceof Map) || !(b instanceof Map)) return null
    const powers = new Map<string, number>(a as ReadonlyMap<string, number>)
    for (const [name, power] of b as ReadonlyMap<string, number>)
      powers.set(name, (powers.get(name) ?? 0) + power)
    return kept(powers)
  },
  power(a, exponent) {
    if (isFree(a)) return 'any'
    if (!(a instanceof Map)) return null
    return kept(
      new Map([...(a as ReadonlyMap<string, number>)].map(([name, power]) => [name, power * exponent])),
    )
  },
  needsPlain(input) {
    if (input instanceof Map && input.size > 0)
      throw new UnitClash(`this takes a plain number, and was given ${unitText(input)}`, -1)
    return PLAIN_UNIT
  },
}

function kept(powers: Map<string, number>): UnitOf {
  for (const [name, power] of powers) if (power === 0) powers.delete(name)
  return powers.size === 0 ? PLAIN_UNIT : powers
}
