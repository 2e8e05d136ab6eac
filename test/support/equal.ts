/**
 * What is equal to the letter is told natively: the runner goes through a megabyte of bytes one by one, through objects, and took half of the
 * time of the longest tests. What is not falls to the runner, which knows the matchers, and what to print.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

expect.addEqualityTesters([
  (a: unknown, b: unknown): true | undefined =>
    isObject(a) && isObject(b) && isDeepStrictEqual(a, b) ? true : undefined,
])
