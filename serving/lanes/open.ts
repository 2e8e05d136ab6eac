/** Opens the lanes of a platform. */
import type { Recorded } from '../../schemas/envelope.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { type Cursor, Pipeline } from '../../streams/pipeline.ts'
import type { Processor } from '../../streams/processor.ts'
import type { Folder } from '../folder.ts'
import { Belief } from './belief.ts'
import { laneHere, slowPipeline } from './here.ts'
import type { Lane } from './lane.ts'
import { Lanes } from './lanes.ts'
import type { LaneName, SlowLane } from './names.ts'
import { laneInThread } from './threaded.ts'

type Parts = Readonly<{
  folder: Folder
  log: EventLog
  chunks: ChunkStore
  cursors: (lane: LaneName) => Cursor
  /** The processors of the live lane. */
  live: readonly Processor[]
  /** Whether the slow lanes have threads of their own; they run in this one else. */
  threads?: boolean
  onEvent?: (event: Recorded) => void
}>

export function openLanes(parts: Parts): Lanes {
  const { folder, log, chunks, cursors, threads = false, onEvent } = parts
  const belief = new Belief((lane) => (lane === 'live' ? live : slow[lane]))
  const believes = (answer: Recorded) => belief.holds(answer)

  const laneOf = (lane: SlowLane): Lane => {
    const cursor = cursors(lane)
    if (threads) return laneInThread({ path: folder.root, lane, log, cursor, belief })
    const append: EventLog['append'] = (batch) => belief.append(log, batch)
    return laneHere(slowPipeline(lane, { log: { ...log, append }, chunks, cursor, believes }))
  }
  const live = new Pipeline({ log, cursor: cursors('live'), processors: parts.live, believes })
  const slow = { research: laneOf('research'), gate: laneOf('gate') }
  return new Lanes({ log, live, slow, onEvent })
}
