/** Parameters and tags as views keep them: texts by key, in the order in which they came. */
import type { Pair, TagChange } from '../../schemas/events/tracking.ts'

export type Texts = Map<string, string>

export const textsOf = (pairs: readonly Pair[]): Texts =>
  new Map(pairs.map(({ key, value }) => [shared(key), value]))

export function change(texts: Texts, changes: readonly TagChange[]): void {
  for (const { key, value } of changes) {
    if (value === null) texts.delete(key)
    else texts.set(shared(key), value)
  }
}

/** Thousands of runs have the same keys, each decoded anew: one text is kept of each. */
const KEYS = new Map<string, string>()
const MOST_KEYS = 100_000

export function shared(key: string): string {
  const known = KEYS.get(key)
  if (known !== undefined) return known
  if (KEYS.size < MOST_KEYS) KEYS.set(key, key)
  return key
}
