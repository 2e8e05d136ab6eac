/** Opens the lanes of a platform. */
import type { Recorded } from '../../schemas/envelope.ts'
import type { Cursor } from '../../streams/cursor.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { Pipeline, type PipelineParts } from '../../streams/pipeline.ts'
import type { Processor } from '../../streams/processor.ts'
import { type SetAside, setAside } from '../../streams/quarantine.ts'
import type { Due, SnapshotStore } from '../../streams/snapshot.ts'
import type { Folder } from '../folder.ts'
import { wireLane } from '../wire.ts'
import { Belief } from './belief.ts'
import { slowLane } from './here.ts'
import type { Lane } from './lane.ts'
import { Lanes } from './lanes.ts'
import type { LaneName, SlowLane } from './names.ts'
import { SteadyLane } from './steady.ts'
import { laneInThread } from './threaded.ts'
import { versionsOf } from './versions.ts'

type Parts = Readonly<{
  folder: Folder
  log: EventLog
  chunks: ChunkStore
  cursors: (lane: LaneName) => Cursor
  /** Where each lane in this thread keeps its snapshots; nowhere unless it is given. */
  snapshots?: (lane: LaneName) => SnapshotStore
  /** When those of a lane in a thread of its own are taken. */
  due?: Due | undefined
  /** Makes the processors of the live lane, that know nothing yet. */
  wireLive: () => readonly Processor[]
  /** Whether the slow lanes have threads of their own; they run in this one else. */
  threads?: boolean
  /** How long a thread may be at one event; an hour unless it is given. */
  hangMillis?: number | undefined
  /** Told of what the live lane takes in: for whoever watches it. */
  onTask?: PipelineParts['onTask'] | undefined
  onEvent?: (event: Recorded) => void
  /** Where several machines share a log: makes of a lane that can be worked here one that may be worked elsewhere. */
  shared?: ((lane: SlowLane, open: () => Lane) => Lane) | undefined
}>

export function openLanes(parts: Parts): Lanes {
  const { folder, log, chunks, threads = false, onEvent, onTask, due, hangMillis } = parts
  const cursors = {
    live: parts.cursors('live'),
    research: parts.cursors('research'),
    gate: parts.cursors('gate'),
  }
  const belief = new Belief((lane) => (lane === 'live' ? live : slow[lane]))
  const believes = (answer: Recorded) => belief.holds(answer)

  const versions = versionsOf(log)
  const keptOf = (lane: LaneName) => ({ versions, snapshots: parts.snapshots?.(lane) ?? null })
  const putAside = (what: SetAside) => setAside(log, what)

  const openSlow = (lane: SlowLane): Lane => {
    const cursor = cursors[lane]
    if (threads) return laneInThread({ path: folder.root, lane, log, cursor, belief, due, hangMillis })
    const ownLog: PipelineParts['log'] = {
      readAll: (from, filter) => log.readAll(from, filter),
      head: () => log.head(),
      append: (batch) => belief.append(log, batch),
    }
    const of = { log: ownLog, chunks, cursor, believes, ...keptOf(lane) }
    return slowLane(wireLane[lane], { ...of, setAside: putAside })
  }
  const ofLive = { log, cursor: cursors.live, believes, ...keptOf('live'), ...(onTask && { onTask }) }
  const live = new SteadyLane({
    setAside: putAside,
    begin: () => new Pipeline({ ...ofLive, processors: parts.wireLive() }),
  })
  const { shared = (_: SlowLane, open: () => Lane) => open() } = parts
  const openAnywhere = (lane: SlowLane): Lane => shared(lane, () => openSlow(lane))
  const slow = { research: openAnywhere('research'), gate: openAnywhere('gate') }
  const flush = async () => {
    for (const cursor of Object.values(cursors)) await cursor.flush?.()
  }
  return new Lanes({ log, live, slow, onEvent, flush })
}
