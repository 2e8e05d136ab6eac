/** The feature sets that ship, by name. */
import { fileURLToPath } from 'node:url'

export const SHIPPED_SETS: readonly string[] = ['alpha101', 'alpha158']

/** The file of a set that ships; null for any other name. */
export const shippedPath = (name: string): string | null =>
  SHIPPED_SETS.includes(name)
    ? fileURLToPath(new URL(`../streams/features/library/${name}.yaml`, import.meta.url))
    : null
