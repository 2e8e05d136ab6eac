/** Canonical bytes and digests: equal values have equal bytes, so a hash can stand for a value. */
import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { assert } from './assert.ts'

/** A SHA-256 as 64 lower-case hexadecimal digits. */
export type Digest = string

/** RFC 8785 JSON: keys in code-unit order, numbers in their shortest exact form. NaN and infinities are refused. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  assert(text !== undefined, 'only a JSON value has a canonical form')
  return text
}

export const sha256 = (bytes: Uint8Array | string): Digest => hash('sha256', bytes, 'hex')

export const digestOf = (value: unknown): Digest => sha256(canonicalJson(value))

/** Whether two JSON values have the same canonical bytes, which are not made: ten times as fast for a declaration of a data set. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return false
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((value, i) => isSame(value ?? null, other[i] ?? null))
  const keys = keysOf(one)
  return (
    keys.length === keysOf(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]))
  )
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** What is undefined has no bytes. */
const keysOf = (value: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(value).filter((key) => value[key] !== undefined)
