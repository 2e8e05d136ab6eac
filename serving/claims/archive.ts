/** A pack as one file: a zip archive whose every byte follows from the files in it, so that whoever checks them checks it too. */
import { zipSync } from 'fflate'
import { refuse } from '../../schemas/kernel/fault.ts'

/** The first day that a zip can tell, in whatever zone this is. */
const FIRST_DAY = new Date(1980, 0, 1)
/** Sizes and places are told in 32 bits; names and headers take the rest. */
const MOST_BYTES = 4_000_000_000

/**
 * Stored and not packed: how a file is packed changes with the release of whoever packs it. In the order of names.
 * @throws Refusal `claim.archive-too-large`
 */
export function archiveOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  if (bytes > MOST_BYTES) throw refuse('claim.archive-too-large', { bytes, most: MOST_BYTES })
  const inOrder = [...files].sort(([a], [b]) => (a < b ? -1 : 1))
  return zipSync(Object.fromEntries(inOrder), { level: 0, mtime: FIRST_DAY })
}
