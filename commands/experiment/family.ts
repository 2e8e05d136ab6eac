/** A family of trials: begun by its first trial, and over when somebody says so. Nothing of it is forgotten. */
import { FamilyRetired } from '../../schemas/events/experiment.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** `families` are those in which a trial was started, as the caller read them. */
type RetireFamily = Readonly<{ family: string; reason: string; families: readonly string[] }>

type State = Readonly<{ isRetired: boolean }>

export const familyStream = (family: string): string => `family-${family}`

export const family: Decider<RetireFamily, State> = {
  initial: () => ({ isRetired: false }),
  evolve: (state, event) => (FamilyRetired.is(event) ? { isRetired: true } : state),
  decide({ family: named, reason, families }, { isRetired }, { now, actor }) {
    if (!families.includes(named))
      return reject('experiment.unknown-family', { family: named, families: families.join(', ') || 'none' })
    if (isRetired) return alreadySo
    const said = { family: named, reason, author: actor }
    return accept(FamilyRetired.draft(said, { eventTime: now, knownAt: now }))
  },
}
