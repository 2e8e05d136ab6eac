/** A run that may take longer than its caller waits: he is told when his time is over, and what goes on behind him counts until it is done. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Admission } from './admission.ts'

/** What a timer of Node's takes. */
const MOST_MILLIS = 2 ** 31 - 1

/**
 * @param deadline by the clock of `performance.now()`
 * @throws Refusal `inference.deadline`, and what the run throws
 */
export function inTime<T>(
  running: Promise<T>,
  deadline: number,
  { until }: Pick<Admission, 'until'>,
): Promise<T> {
  if (deadline === Number.POSITIVE_INFINITY) return running
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      until(running)
      reject(refuse('inference.deadline', { where: 'while the model was run' }))
    }
    const late = setTimeout(giveUp, Math.min(deadline - performance.now(), MOST_MILLIS))
    running.then(resolve, reject).finally(() => clearTimeout(late))
  })
}
