/** What came of an act, as its command answers it. */
import type { Refusal } from '../../schemas/kernel/fault.ts'

/**
 * The answer to what was asked for. An act waits for the lane that answers, so that what is not there then never comes: the lane
 * has set the request aside, for one.
 * @param read null or undefined as long as there is no answer
 */
export async function outcomeOf<T>(read: () => T | null | undefined, missing: () => Refusal): Promise<T> {
  const found = read()
  if (found == null) throw missing()
  return found
}
