/** A machine that works slow lanes of a log that others act on: `asof up --lanes research gate`. It serves nothing. */
import { openChunksForWriting } from '../chunk-store.ts'
import { confirmedCursor } from '../confirmed.ts'
import { folderAt, makeFolders } from '../folder.ts'
import { Belief } from '../lanes/belief.ts'
import { LANES, type LaneName, type SlowLane } from '../lanes/names.ts'
import { laneInThread } from '../lanes/threaded.ts'
import { openLog } from '../open-log.ts'
import { LeasedLane } from './leased.ts'
import type { Leases } from './leases.ts'

export type LaneNode = Readonly<{
  /** Which lanes are worked here at the moment. */
  here: () => readonly LaneName[]
  /** Rejects when the log can no longer be followed. */
  lost: Promise<never>
  close: () => Promise<void>
}>

/** @throws Refusal as `openLog` */
export async function openLaneNode(
  path: string,
  wanted: readonly SlowLane[],
  { leases, hangMillis }: Readonly<{ leases: Leases; hangMillis: number }>,
): Promise<LaneNode> {
  const folder = folderAt(path)
  makeFolders(folder)
  const log = await openLog(folder, await openChunksForWriting(folder))
  const open = new Map<LaneName, LeasedLane>()
  const belief = new Belief((lane) => laneOf(lane))
  const laneOf = (lane: LaneName): LeasedLane => {
    const found = open.get(lane)
    if (found === undefined) throw new Error(`the ${lane} lane is not open`)
    return found
  }
  const close = async () => {
    try {
      for (const lane of open.values()) await lane.close()
    } finally {
      await log.close()
    }
  }
  try {
    for (const lane of LANES) {
      const own = wanted.find((one) => one === lane)
      const make = (slow: SlowLane) => () =>
        laneInThread({
          path: folder.root,
          lane: slow,
          log,
          cursor: confirmedCursor(folder, log, slow),
          belief,
          hangMillis,
        })
      const lease = await leases.of(lane)
      const parts = { lane, lease, log, leaseMillis: leases.millis }
      open.set(lane, new LeasedLane({ ...parts, open: own === undefined ? null : make(own) }))
    }
  } catch (error) {
    await close()
    throw error
  }
  const lost = new Promise<never>((_, reject) => {
    // A lane that failed is let go of, in the open: it may be another machine's turn.
    const follow = async (): Promise<void> => {
      const { position } = await log.head()
      for await (const _ of log.subscribe(position + 1))
        for (const lane of open.values()) if (lane.isHere) lane.drain().catch(reject)
    }
    follow().catch(reject)
  })
  lost.catch(() => undefined)
  return { here: () => LANES.filter((lane) => open.get(lane)?.isHere), lost, close }
}
