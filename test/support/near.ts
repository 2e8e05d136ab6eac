/** Closeness to a published number. */
import { expect } from 'vitest'

/** Within an absolute tolerance. */
export function near(actual: number, published: number, tolerance: number): void {
  const off = Math.abs(actual - published)
  if (!(off <= tolerance)) expect(actual, `off by ${off}, allowed ${tolerance}`).toBe(published)
}

/** Within a relative tolerance, however small the number is. */
export function nearRelative(actual: number, published: number, tolerance: number = 1e-12): void {
  const off = Math.abs(actual / published - 1)
  if (!(off <= tolerance)) expect(actual, `off by ${off}, allowed ${tolerance}`).toBe(published)
}
