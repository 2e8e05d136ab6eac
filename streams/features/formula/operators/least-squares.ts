/** What is left of a variable after a regression: modified Gram-Schmidt, in the order of the exposures, so that bits hold. */
import type { CrossSection } from '../../across.ts'
import { mean } from './sections.ts'

/** An exposure of which so small a part is new, beside the constant and those before it, adds nothing but rounding. */
const NOTHING_NEW = 1e-10

/** The first input less its projection on a constant and the other inputs. */
export const residuals: CrossSection = ([x, ...exposures], out) => {
  const left = less(x, mean(x))
  const basis: Float64Array[] = []
  for (const exposure of exposures) {
    const own = less(exposure, mean(exposure))
    const before = dot(own, own)
    // Twice is enough: after the second pass no rounding of the first is left.
    for (let pass = 0; pass < 2; pass++) for (const direction of basis) subtract(own, direction)
    if (dot(own, own) > NOTHING_NEW * NOTHING_NEW * before) basis.push(own)
  }
  for (const direction of basis) subtract(left, direction)
  out.set(left)
}

const less = (x: Float64Array, centre: number): Float64Array => x.map((value) => value - centre)

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

/** Takes from `x` its part along a direction. */
function subtract(x: Float64Array, direction: Float64Array): void {
  const share = dot(x, direction) / dot(direction, direction)
  for (let i = 0; i < x.length; i++) x[i] -= share * direction[i]
}
