/** The feature sets that ship, by name. */
import { readdirSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { refuse } from '../schemas/kernel/fault.ts'

const LIBRARY = new URL('../streams/features/library/', import.meta.url)

export const SHIPPED_SETS: readonly string[] = readdirSync(LIBRARY)
  .filter((file) => extname(file) === '.yaml')
  .map((file) => basename(file, '.yaml'))
  .sort()

/** The file of a set that ships. @throws Refusal `feature.not-shipped` for any other name */
export function shippedPath(set: string): string {
  if (SHIPPED_SETS.includes(set)) return fileURLToPath(new URL(`${set}.yaml`, LIBRARY))
  throw refuse('feature.not-shipped', { set, available: SHIPPED_SETS.join(', ') })
}

/** The file that is meant: what has the form of a path is one. @throws Refusal as `shippedPath` */
export const setPath = (named: string): string => (/[./\\]/.test(named) ? named : shippedPath(named))
