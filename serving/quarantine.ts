/** What people do about events that a processor failed at. */
import { quarantine } from '../commands/processor/quarantine.ts'
import type { Position } from '../schemas/envelope.ts'
import { WAIVER_TYPE, type Waiver, waiverBody } from '../schemas/waiver.ts'
import { processorStream } from '../streams/quarantine.ts'
import { type Act, by } from './act.ts'
import { logIdentity } from './actions.ts'
import { expiryFrom } from './expiry.ts'
import type { Platform } from './platform.ts'
import { assertValidFor, type Statement, signedWith } from './statements.ts'

type Aside = Readonly<{ processor: string; cause: Position; reason: string }>

/** Has the processor take the event in now, after what it has met since; where it fails again, that is set aside anew. */
export const retryQuarantined = (platform: Platform, what: Aside, act: Act) =>
  by(quarantine)(platform, {
    stream: processorStream(what.processor),
    command: () => ({ kind: 'retry', ...what }),
    ...act,
  })

type By = Readonly<{ member: string }>

/** What a member signs to waive an event for a processor. */
export function waiverStatement(platform: Platform, said: Aside & By): Statement<Omit<Waiver, 'signature'>> {
  const { at } = platform.folds.capital.state()
  const stated = { ...said, expires: expiryFrom(Math.max(platform.moment.nowMicros(), at)) }
  return { type: WAIVER_TYPE, body: waiverBody(stated, logIdentity(platform) ?? ''), said: stated }
}

/** Signs, with the member's own key, that nothing will follow from the event, and records it. */
export const waiveQuarantined = (
  platform: Platform,
  { privateKey, ...said }: Aside & By & Readonly<{ privateKey: string }>,
  act: Act,
) => recordWaiver(platform, signedWith(waiverStatement(platform, said), privateKey), act)

/** Records what a member signed: nothing will follow from the event. */
export const recordWaiver = (platform: Platform, waiver: Waiver, act: Act) =>
  by(quarantine)(platform, {
    stream: processorStream(waiver.processor),
    command() {
      const { policy, at } = platform.folds.capital.state()
      const now = Math.max(platform.moment.nowMicros(), at)
      assertValidFor({ ...waiver, model: `event ${waiver.cause}` }, now)
      return { kind: 'waive', waiver, policy, log: logIdentity(platform), at }
    },
    ...act,
  })
