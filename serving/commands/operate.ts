/** Commands of whoever runs the platform: the log's key, and its views. */
import { z } from 'zod'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { SealKeyRotated } from '../../schemas/events/access.ts'
import { rotateSealKey, SEAL_STREAM } from '../sealing.ts'
import { defineCommand } from './definition.ts'
import { headOf, lastIn } from './recorded.ts'

const rotating = z.strictObject({ reason: z.string() })

export const accessRotateKey = defineCommand<z.infer<typeof rotating>, { verifierKey: string }>({
  name: 'access.rotate-key',
  about: 'Seal the log with a new key from now on; the old one signs it, in an event of the log.',
  input: rotating,
  permission: 'operate',
  async act(platform, { reason }, { actor, commandId, recorded, beginning }) {
    const { log } = platform
    const rotation = () =>
      lastIn(
        log,
        SEAL_STREAM,
        (event): event is EventOf<typeof SealKeyRotated> =>
          isEvent(SealKeyRotated, event) && event.commandId === commandId,
      )
    const changed = await platform.inTurn(async () => {
      beginning?.()
      if ((await rotation()) !== null) return false
      await rotateSealKey(platform, { actor, reason, commandId, now: platform.moment.nowMicros() })
      return true
    })
    const event = await rotation()
    const position = event?.position ?? 0
    recorded?.({ position, changed })
    // Each lane signs how far it is with the new key: one that the old key signed is not believed.
    await platform.drain()
    return { position, changed, answer: { verifierKey: event?.data.to ?? '' } }
  },
})

const nothing = z.strictObject({})
type Digests = readonly Readonly<{ name: string; position: number; digest: string }>[]

export const viewsRebuild = defineCommand<z.infer<typeof nothing>, Digests>({
  name: 'views.rebuild',
  about: 'Throw every view away and fold the log again.',
  input: nothing,
  permission: 'operate',
  async act({ views, log }, _, { progress = () => {} }) {
    await views.rebuild((position) => progress(position, Number.POSITIVE_INFINITY))
    return { position: await headOf(log), changed: true, answer: views.digests() }
  },
})
