/** The standard normal distribution, to about fifteen digits in both tails. NaN for NaN. */

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)
/** Where the series around zero hands over to the continued fraction of the tail. */
const TAIL = 2.5
const FRACTION_TERMS = 60

export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / ROOT_TWO_PI

/** Φ(x). Near zero the series x + x³/3 + x⁵/15 + …; in the tail Laplace's continued fraction of the Mills ratio. */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  if (x < -TAIL) return upperTail(-x)
  if (x > TAIL) return 1 - upperTail(x)
  let term = x
  let sum = x
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + sum * normalDensity(x)
}

const upperTail = (x: number): number => (x > 39 ? 0 : normalDensity(x) * millsRatio(x))

/** (1 − Φ(x)) / φ(x) for x ≥ 2.5: it stays a plain number where both parts vanish. */
export function millsRatio(x: number): number {
  let fraction = x
  for (let k = FRACTION_TERMS; k >= 1; k--) fraction = x + k / fraction
  return 1 / fraction
}

const CENTRE = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
    1971.5909503065513, 133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
    687.1870074920579, 42.31333070160091, 1,
  ],
] as const
const MIDDLE = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
] as const
const FAR = [
  [
    2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124,
    0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133,
    0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
  ],
] as const

/** Φ⁻¹(p): Wichura (1988), algorithm AS 241, PPND16. Outside 0..1 it is NaN; at the ends it is infinite. */
export function normalQuantile(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q)
  const tail = q < 0 ? p : 1 - p
  if (tail === 0) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const r = Math.sqrt(-Math.log(tail))
  const x = r <= 5 ? ratio(MIDDLE, r - 1.6) : ratio(FAR, r - 5)
  return q < 0 ? -x : x
}

type Rational = readonly [readonly number[], readonly number[]]

const ratio = ([above, below]: Rational, at: number): number => horner(above, at) / horner(below, at)

/** A polynomial, its highest power first. */
function horner(coefficients: readonly number[], at: number): number {
  let sum = 0
  for (const coefficient of coefficients) sum = sum * at + coefficient
  return sum
}
