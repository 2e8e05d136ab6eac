/** What people do about events that a processor failed at. */
import { quarantine } from '../commands/processor/quarantine.ts'
import type { Position } from '../schemas/envelope.ts'
import { signStatement } from '../schemas/kernel/signature.ts'
import { WAIVER_TYPE, waiverBody } from '../schemas/waiver.ts'
import { processorStream } from '../streams/quarantine.ts'
import { type Act, by } from './act.ts'
import { logIdentity } from './actions.ts'
import { expiryFrom } from './expiry.ts'
import type { Platform } from './platform.ts'

type Aside = Readonly<{ processor: string; cause: Position; reason: string }>

/** Has the processor take the event in now, after what it has met since; where it fails again, that is set aside anew. */
export const retryQuarantined = (platform: Platform, what: Aside, act: Act) =>
  by(quarantine)(platform, {
    stream: processorStream(what.processor),
    command: () => ({ kind: 'retry', ...what }),
    ...act,
  })

type Waiving = Aside & Readonly<{ member: string; privateKey: string }>

/** Signs, with the member's own key, that nothing will follow from the event, and records it. */
export const waiveQuarantined = (platform: Platform, what: Waiving, act: Act) =>
  by(quarantine)(platform, {
    stream: processorStream(what.processor),
    command() {
      const { privateKey, ...said } = what
      const { policy, at } = platform.folds.capital.state()
      const log = logIdentity(platform)
      const stated = { ...said, expires: expiryFrom(Math.max(platform.moment.nowMicros(), at)) }
      const signature = signStatement(WAIVER_TYPE, waiverBody(stated, log ?? ''), privateKey)
      return { kind: 'waive', waiver: { ...stated, signature }, policy, log, at }
    },
    ...act,
  })
