/** A raise by one step of the ladder as an act: signed by a member with a key of his own. */
import { capital } from '../commands/capital/capital.ts'
import { capitalStream } from '../commands/capital/processor.ts'
import type { Handled } from '../commands/handle.ts'
import { RAISE_TYPE, type Raise, raiseBody } from '../schemas/ladder.ts'
import { type Act, by } from './act.ts'
import { expiryFrom } from './expiry.ts'
import type { Platform } from './platform.ts'
import { assertValidFor, type Reviewing, type Statement, signedWith } from './statements.ts'

export function raiseStatement(platform: Platform, said: Reviewing): Statement<Omit<Raise, 'signature'>> {
  const { models, log, at } = platform.folds.capital.state()
  const { artifact = '', since = 0 } = models[said.model] ?? {}
  const expires = expiryFrom(Math.max(platform.moment.nowMicros(), at))
  const stated = { ...said, artifact, since, expires }
  return { type: RAISE_TYPE, body: raiseBody({ ...stated, log: log ?? '' }), said: stated }
}

export const raiseCapital = (
  platform: Platform,
  { privateKey, ...said }: Reviewing & Readonly<{ privateKey: string }>,
  act: Act,
) => raiseSigned(platform, signedWith(raiseStatement(platform, said), privateKey), act)

/** Records a raise that a member signed. */
export function raiseSigned(platform: Platform, raise: Raise, act: Act): Promise<Handled> {
  const view = platform.folds.capital.state
  return by(capital)(platform, {
    stream: capitalStream(raise.model),
    command: () => {
      const { models, policy, log, at } = view()
      assertValidFor(raise, Math.max(platform.moment.nowMicros(), at))
      return { kind: 'raise', raise, policy, log, at, standing: models[raise.model] }
    },
    done: () => view().models[raise.model]?.granted === raise.fraction,
    ...act,
  })
}
