/** `asof confirm`: takes the derived events of a log as they stand, and records in it who did so, why, and what differed. */
import type { Position } from '../schemas/envelope.ts'
import { AnswersConfirmed } from '../schemas/events/access.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Damage } from '../streams/log/verify/damage.ts'
import { openChunks } from './chunk-store.ts'
import { confirm } from './confirmed.ts'
import { folderAt } from './folder.ts'
import { LANES } from './lanes/names.ts'
import { removeSnapshots } from './lanes/snapshots.ts'
import { openLog } from './open-log.ts'
import { replayLanes } from './replaying/lanes.ts'
import type { ReplayReport } from './replaying/replay.ts'
import { identityIn, verifyFolder } from './sealing.ts'

export type Confirmation = Readonly<{ damages: readonly Damage[]; replayed: ReplayReport | null }>

const STREAM = 'access-answers'

/**
 * Verifies the log, makes all that was derived again, records what differs, and goes on from there. Nothing is taken where
 * the log does not verify.
 */
export async function confirmAsItStands(
  path: string,
  act: Readonly<{ actor: string; reason: string; now: number }>,
  onProgress: (position: Position, of: Position) => void = () => {},
): Promise<Confirmation> {
  const { damages } = await verifyFolder(path, {})
  if (damages.length > 0) return { damages, replayed: null }
  const folder = folderAt(path)
  const log = await openLog(folder)
  try {
    const { position: to } = await log.head()
    if (to === 0) return { damages, replayed: null }
    const archive = { folder, log, chunks: openChunks(folder) }
    const replayed = await replayLanes(archive, { from: 1, to, onProgress: (at) => onProgress(at, to) })
    const { first, differences, compared } = replayed
    const commandId = `confirm:${to}`
    const said = {
      log: identityIn(folder) ?? '',
      ...{ to, differences, reason: act.reason },
      compared: Object.values(compared).reduce((sum, count) => sum + count, 0),
      first: first && { position: first.position, type: first.type, detail: first.detail },
    }
    const appended = await log.append({
      ...{ stream: STREAM, expected: await log.revisionOf(STREAM) },
      ...{ commandId, actor: act.actor, correlationId: commandId, causationId: null },
      events: [AnswersConfirmed.draft(said, { eventTime: act.now, knownAt: act.now })],
    })
    if (!appended.ok) throw refuse(appended.error.fault.code, appended.error.fault.detail)
    // What a lane knew may be what other code made of the log: from here on it is folded again.
    for (const lane of LANES) removeSnapshots(folder, lane)
    for (const lane of LANES) await confirm({ folder, lane }, log, appended.value.position)
    return { damages, replayed }
  } finally {
    await log.close()
  }
}
