/** The value of a statistic that a test expects to exist. */
import type { Measured } from '../../streams/statistics/measured.ts'

export function known<T>(result: Measured<T>): T {
  if (result.kind === 'insufficient') throw new Error(result.reason)
  return result.value
}
