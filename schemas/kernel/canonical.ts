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
