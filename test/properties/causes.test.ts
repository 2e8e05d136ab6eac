/** A failed property says why, and how to run it again, before a counterexample of any length. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { causeFirst } from '../support/causes.ts'

const SHOWN_CHARACTERS = 2_000

test('the cause, the seed and the path stand before a long counterexample', () => {
  const long = fc.constant('x'.repeat(10 * SHOWN_CHARACTERS))
  const failed = (() => {
    try {
      fc.assert(
        fc.property(long, () => expect(1).toBe(2)),
        { seed: 7 },
      )
    } catch (error) {
      return error as Error
    }
    throw new Error('the property held')
  })()
  const shown = causeFirst(failed).slice(0, SHOWN_CHARACTERS)
  expect(shown).toContain('Caused by: expected 1 to be 2')
  expect(shown).toContain('seed: 7, path: "0')
})

test('what has no cause stays as it is', () => {
  const error = new Error('alone')
  expect(causeFirst(error)).toBe(error.stack)
})
