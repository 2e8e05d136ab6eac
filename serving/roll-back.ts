/** The model that was in force before the one that is, back in its place: one act, signed by one member of the committee. */
import type { Handled } from '../commands/handle.ts'
import { model } from '../commands/model/model.ts'
import { evidenceFor, formerOf } from '../projections/model/registry.ts'
import { weighed } from '../schemas/promotion.ts'
import type { Rollback } from '../schemas/rollback.ts'
import { type Act, by } from './act.ts'
import type { Platform } from './platform.ts'
import { assertValidFor, rollbackStatement, signedWith } from './statements.ts'

/** Signs a roll-back with the member's own key, and makes it. */
export const rollBack = (
  platform: Platform,
  { privateKey, ...said }: Readonly<{ model: string; member: string; reason: string; privateKey: string }>,
  act: Act,
) => rollBackSigned(platform, signedWith(rollbackStatement(platform, said), privateKey), act)

/** Puts the former model in force again, as a member signed. */
export function rollBackSigned(platform: Platform, rollback: Rollback, act: Act): Promise<Handled> {
  const { model: name, artifact, inForce } = rollback
  const registry = platform.folds.registry.state
  const live = () => registry().models[name]?.live ?? null
  return by(model)(platform, {
    stream: `model-${name}`,
    command: (readAt) => {
      const evidence = evidenceFor(registry(), name, artifact)
      assertValidFor(rollback, weighed(evidence, platform.moment.nowMicros()).at)
      const view = registry().models[name]
      const standing = { live: live(), former: view === undefined ? null : formerOf(view) }
      return { kind: 'roll-back', rollback, standing, evidence, readAt }
    },
    done: () => live()?.artifact === artifact && live()?.position !== inForce,
    ...act,
  })
}
