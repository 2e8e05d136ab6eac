/** Commands that come over HTTP: one that is sent again under its id gets the answer of the first, also while that is under way. */
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { AnyCommand, Done } from '../commands/definition.ts'
import { type Asked, perform } from '../commands/perform.ts'
import type { Platform } from '../platform.ts'

/** How many ids are remembered beyond what the log itself tells. */
const MOST_REMEMBERED = 10_000

type Sent = Asked & Readonly<{ input: unknown }>

type First = Readonly<{ digest: string; done: Promise<Done<unknown>> }>

export class Commands {
  readonly #platform: Platform
  /** By subject, command and id, the oldest first. */
  readonly #first = new Map<string, First>()

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /** @throws Refusal `command.id-reused` for an id that the subject gave to the command with another input */
  async perform(command: AnyCommand, { input, ...asked }: Sent): Promise<Done<unknown>> {
    const { id, actor } = asked
    if (id === undefined) return perform(this.#platform, command, { input, asked })
    const key = JSON.stringify([actor, command.name, id])
    const digest = digestOf(input)
    const first = this.#first.get(key)
    if (first !== undefined) {
      if (first.digest !== digest) throw refuse('command.id-reused', { id, command: command.name })
      return { ...(await first.done), changed: false }
    }
    const done = perform(this.#platform, command, { input, asked })
    this.#first.set(key, { digest, done })
    const [oldest] = this.#first.keys()
    if (this.#first.size > MOST_REMEMBERED && oldest !== undefined) this.#first.delete(oldest)
    try {
      return await done
    } catch (error) {
      // What was refused is not done, and may be tried again.
      this.#first.delete(key)
      throw error
    }
  }
}
