/**
 * The thread in which somebody's policy is parsed first: one that loses the parser, or never ends, loses it there, and nobody's access. What
 * has come through is parsed again where it is decided on and asked, in the same way.
 */
import { cedarProblem } from '../../commands/access/cedar.ts'
import { cedarExcess } from '../../schemas/access-policy.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { type TextThread, ThreadEnded, textThread } from '../../streams/watch/text-thread.ts'

/** The worst that was found within the bounds of a policy takes .6 seconds. */
const MOST_MILLIS = 10_000

/** What the thread does with a text: what is wrong with it, or null. */
export const parse = (cedar: string): string | null => cedarProblem(cedar)

const thread = textThread<string | null>(new URL(import.meta.url))

/** @throws Refusal `access.policy-invalid`, also where the thread had to be ended */
export async function assertParsed(
  cedar: string,
  {
    ask = thread,
    mostMillis = MOST_MILLIS,
  }: Readonly<{ ask?: TextThread<string | null>; mostMillis?: number }> = {},
): Promise<void> {
  const problem =
    cedarExcess(cedar) ??
    (await ask(cedar, mostMillis).catch((error: unknown) => {
      if (error instanceof ThreadEnded) return error.message
      throw error
    }))
  if (problem !== null) throw refuse('access.policy-invalid', { problem })
}
