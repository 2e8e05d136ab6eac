/** Before each test file: what fails says its cause first. A report keeps the stack alone, and a counterexample may be longer than is shown. */
import { afterEach } from 'vitest'

const MOST_CHARACTERS = 1_000

type Failure = { message: string; stack?: string; cause?: unknown }

afterEach(({ task }) => {
  for (const error of task.result?.errors ?? []) error.stack = causeFirst(error)
})

/** The stack of an error with the message of its cause before it, cut where that is long; as it is where there is no cause. */
export function causeFirst({ message, stack = message, cause }: Failure): string {
  const why = typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : ''
  return why === '' ? stack : `Caused by: ${why.slice(0, MOST_CHARACTERS)}\n${stack}`
}
