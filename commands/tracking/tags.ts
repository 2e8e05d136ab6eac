/** Tags as deciders keep them, and what of a change is one. */
import type { TagChange } from '../../schemas/events/tracking.ts'

export type Tags = ReadonlyMap<string, string>

/** What is not so already, the last of each key. */
export function changesIn(tags: Tags, asked: readonly TagChange[]): readonly TagChange[] {
  const last = new Map(asked.map((one) => [one.key, one]))
  return [...last.values()].filter(({ key, value }) => (tags.get(key) ?? null) !== value)
}

export function withChanges(tags: Tags, changes: readonly TagChange[]): Tags {
  if (changes.length === 0) return tags
  const after = new Map(tags)
  for (const { key, value } of changes) {
    if (value === null) after.delete(key)
    else after.set(key, value)
  }
  return after
}
