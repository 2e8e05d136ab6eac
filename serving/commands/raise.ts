/** `capital.raise`: a member gives a model the next step of the ladder. */
import { z } from 'zod'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Raised } from '../../schemas/events/ladder.ts'
import { name } from '../../schemas/kernel/name.ts'
import { RAISE_TYPE, type Raise } from '../../schemas/ladder.ts'
import type { Platform } from '../platform.ts'
import { raiseSigned, raiseStatement } from '../raises.ts'
import type { Reviewing } from '../statements.ts'
import { defineCommand } from './definition.ts'
import { eventAt } from './recorded.ts'

const deciding = z.strictObject({
  model: name,
  fraction: z.number().min(0).max(1),
  member: name,
  reason: z.string(),
})

export const capitalRaise = defineCommand<Raise, Reviewing, Reviewing>({
  name: 'capital.raise',
  about: 'Give a model the next step of the ladder, as a member of the committee signed.',
  input: Raised.data,
  permission: 'capital.review',
  async act(platform, raise, act) {
    const { model, fraction, member, reason } = raise
    const answer = { model, fraction, member, reason }
    const standing = await standingRaise(platform, answer)
    if (standing !== null) return { position: standing, changed: false, answer }
    return { ...(await raiseSigned(platform, raise, act)), answer }
  },
  prepare: {
    type: RAISE_TYPE,
    input: deciding,
    async of(platform, said) {
      const already = await standingRaise(platform, said)
      return already === null
        ? { statement: raiseStatement(platform, said), already }
        : { statement: null, already }
    },
  },
})

/** Where the member raised it to this already; null where something came after that. */
async function standingRaise(
  { folds, log }: Platform,
  { model, fraction, member, reason }: Reviewing,
): Promise<Position | null> {
  const { since = 0, granted = 0 } = folds.capital.state().models[model] ?? {}
  if (granted !== fraction || since === 0) return null
  const event = await eventAt(log, since)
  if (event === null || !isEvent(Raised, event)) return null
  return event.data.member === member && event.data.reason === reason ? event.position : null
}
