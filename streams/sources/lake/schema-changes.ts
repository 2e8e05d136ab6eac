/** How the columns of one version of a table differ from those of another. */
import type { LakeVersion } from './table.ts'

/** Columns that were added, dropped, or have another type, by their names. */
export function schemaChanges(before: LakeVersion, after: LakeVersion): readonly string[] {
  const [old, now] = [before, after].map(({ columns }) => new Map(columns.map((one) => [one.stored, one])))
  const added = after.columns
    .filter(({ stored }) => !old.has(stored))
    .map(({ name, type }) => `${name} (${type}) was added`)
  const changed = before.columns.flatMap(({ name, type, stored }) => {
    const found = now.get(stored)
    if (found === undefined) return [`${name} was dropped`]
    return [
      ...(found.name === name ? [] : [`${name} is now called ${found.name}`]),
      ...(found.type === type ? [] : [`${found.name} is ${found.type}, and was ${type}`]),
    ]
  })
  return [...added, ...changed]
}
