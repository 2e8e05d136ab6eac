/** What the live lane knows, in a process that writes nothing: the log is read as far as its writer has confirmed it, and taken in. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Position } from '../../schemas/envelope.ts'
import { isForeign } from '../../schemas/reaction.ts'
import { startFrom } from '../../streams/snapshot.ts'
import { type Archive, openArchive } from '../archive.ts'
import { confirmedPosition } from '../confirmed.ts'
import { snapshotFiles } from '../lanes/snapshots.ts'
import { identityIn, ownVerifierKey, verifiersNow } from '../sealing.ts'
import { wireLive } from '../wire/live.ts'

/** The writer says how far it has confirmed once a second. */
const LOOK_MILLIS = 100

export type Following = Readonly<{
  archive: Archive
  live: ReturnType<typeof wireLive>
  position: () => Position
  /** Why it does not go on; null while it does. */
  stopped: () => string | null
  /** Resolves when it does not go on: what it knows is of no use any more, and another one is opened. */
  lost: Promise<void>
  close: () => Promise<void>
}>

/** Opens a folder whose writer runs elsewhere, from the newest snapshot of its live lane. @throws Refusal `log.missing` */
export async function followLive(path: string): Promise<Following> {
  const archive = openArchive(path)
  const { folder, log, chunks } = archive
  const live = wireLive(chunks)
  const { processors } = live
  const place = { folder, lane: 'live' } as const
  let verifiers = await verifiersNow(folder, log)
  const confirmed = async (): Promise<Position> => {
    const known = await confirmedPosition(place, log, verifiers)
    if (known !== null) return known
    // Nothing was confirmed yet, or the key that signs was rotated.
    verifiers = await verifiersNow(folder, log)
    return (await confirmedPosition(place, log, verifiers)) ?? 0
  }
  const sign = () => {
    throw new Error('whoever follows signs nothing')
  }
  const key = () => ({ identity: identityIn(folder) ?? '', verifierKey: ownVerifierKey(folder) ?? '', sign })
  const start = await startFrom(
    { log, processors, snapshots: snapshotFiles({ ...place, log, key }) },
    await confirmed(),
  )
  let { position } = start
  let stopped: string | null = null
  let isOver = false

  const takeIn = async (upTo: Position): Promise<void> => {
    for await (const batch of log.readAll(position + 1, { positionAtMost: upTo }))
      for (const event of batch) {
        if (!isForeign(event))
          for (const processor of processors) {
            const taken = await start.quarantine.taken(processor, event)
            if (taken !== null) await processor.take(taken, null)
          }
        // What is set aside was shown to a processor already: whoever begins anew passes it over.
        if (start.quarantine.isNews(event))
          throw new Error(`event ${event.position} sets something aside that was taken in`)
        position = event.position
      }
    position = upTo
  }

  const follow = async (): Promise<void> => {
    while (!isOver) {
      const upTo = await confirmed()
      if (upTo > position) await takeIn(upTo)
      await sleep(LOOK_MILLIS)
    }
  }

  await takeIn(Math.max(await confirmed(), position))
  const following = follow().catch((error: unknown) => {
    stopped = error instanceof Error ? error.message : String(error)
  })
  return {
    ...{ archive, live },
    position: () => position,
    stopped: () => stopped,
    lost: following.then(() => (isOver ? new Promise<never>(() => {}) : undefined)),
    async close() {
      isOver = true
      await following
      await archive.close()
    },
  }
}
