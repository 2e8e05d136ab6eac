/** Given-when-then for deciders: what has happened, what is asked, and what is decided. */
import { expect } from 'vitest'
import { type Context, type Decider, stateOf } from '../../commands/decider.ts'
import type { Draft } from '../../schemas/envelope.ts'
import type { FaultCode } from '../../schemas/kernel/fault.ts'

export const CONTEXT: Context = { now: 1_000, actor: 'ann' }

/**
 * @example given(dataset, declared).when(arrival).decides('data.duplicate-source')
 * `decides` takes the events that are decided, none for "already so", or the code of the fault.
 */
export function given<C, S>(decider: Decider<C, S>, ...events: readonly Draft[]) {
  return {
    when: (command: C) => {
      const decide = () => decider.decide(command, stateOf(decider, events), CONTEXT)
      const decided = decide()
      // Pure: the same history and command again come to the same decision.
      expect(decide()).toEqual(decided)
      return {
        decides: (...outcome: readonly [FaultCode] | readonly Draft[]) => {
          const [first] = outcome
          if (typeof first !== 'string') return expect(decided).toEqual({ ok: true, value: outcome })
          const code = decided.ok ? 'nothing was refused' : decided.error.code
          expect(code).toBe(first)
          // A sentence with a gap in it was refused without naming its thing.
          return expect(decided.ok ? '' : decided.error.message).not.toMatch(/\{\w+\}/)
        },
      }
    },
  }
}
