/** What follows from an act: the one place that would wait for it. */
import type { Refusal } from '../../schemas/kernel/fault.ts'

/**
 * The answer to what was asked for. An act returns when all that follows from it stands in the log, so that what is not there then
 * never comes; where processors work in lanes of their own, this waits for the lane that answers.
 * @param read null or undefined as long as there is no answer
 */
export async function outcomeOf<T>(read: () => T | null | undefined, missing: () => Refusal): Promise<T> {
  const found = read()
  if (found == null) throw missing()
  return found
}
