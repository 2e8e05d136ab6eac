/** Commands on claims that are out: `claim.rederive`, `claim.hold`, `claim.release`. */
import { z } from 'zod'
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { ClaimHeld, ClaimRederived, ClaimReleased } from '../../schemas/events/claim.ts'
import { name } from '../../schemas/kernel/name.ts'
import { holdClaim } from '../claims/acts.ts'
import { rederiveClaim } from '../claims/nightly.ts'
import { claimStateOf } from '../claims/record.ts'
import { once } from './claim.ts'
import { defineCommand } from './definition.ts'
import { says } from './recorded.ts'

const naming = z.strictObject({ claim: name })
type Proven = Readonly<{ claim: string; proven: number | null; problems: readonly string[] }>

export const claimRederive = defineCommand<z.infer<typeof naming>, Proven>({
  name: 'claim.rederive',
  about:
    'Work a claim out again, and record whether it still follows from the log. The platform does so each night.',
  input: naming,
  permission: 'claim.write',
  async act(platform, { claim }, act) {
    const handled = await rederiveClaim(platform, claim, act)
    const isSame = (event: Recorded) => isEvent(ClaimRederived, event) && event.data.claim === claim
    await once(platform, { claim, command: 'claim.rederive', act }, { handled, isSame })
    const { proven, problems } = await claimStateOf(platform.log, claim)
    return { ...handled, answer: { claim, proven, problems } }
  },
})

const holding = z.strictObject({ claim: name, hold: name, reason: z.string().min(1) })
type Holding = z.infer<typeof holding>

const keeping = (kind: 'hold' | 'release') =>
  ({
    input: holding,
    permission: 'claim.hold',
    async act(platform, said, act) {
      const handled = await holdClaim(platform, { kind, ...said }, act)
      const definition = kind === 'hold' ? ClaimHeld : ClaimReleased
      const isSame = (event: Recorded) => isEvent(definition, event) && says(event.data, said)
      await once(platform, { claim: said.claim, command: `claim.${kind}`, act }, { handled, isSame })
      return { ...handled, answer: said }
    },
  }) satisfies Partial<Parameters<typeof defineCommand<Holding, Holding>>[0]>

export const claimHold = defineCommand<Holding, Holding>({
  name: 'claim.hold',
  about: 'Put all that a claim rests on under a legal hold: it is kept until the hold is released.',
  ...keeping('hold'),
})

export const claimRelease = defineCommand<Holding, Holding>({
  name: 'claim.release',
  about: 'Release a legal hold on a claim.',
  ...keeping('release'),
})
