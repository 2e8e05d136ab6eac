/** Opens the lanes of a platform. */
import type { Recorded } from '../../schemas/envelope.ts'
import type { Cursor } from '../../streams/cursor.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { Pipeline } from '../../streams/pipeline.ts'
import type { Processor } from '../../streams/processor.ts'
import { type SetAside, setAside } from '../../streams/quarantine.ts'
import type { Folder } from '../folder.ts'
import { Belief } from './belief.ts'
import { slowLane } from './here.ts'
import type { Lane } from './lane.ts'
import { Lanes } from './lanes.ts'
import type { LaneName, SlowLane } from './names.ts'
import { SteadyLane } from './steady.ts'
import { laneInThread } from './threaded.ts'

type Parts = Readonly<{
  folder: Folder
  log: EventLog
  chunks: ChunkStore
  cursors: (lane: LaneName) => Cursor
  /** Makes the processors of the live lane, that know nothing yet. */
  wireLive: () => readonly Processor[]
  /** Whether the slow lanes have threads of their own; they run in this one else. */
  threads?: boolean
  onEvent?: (event: Recorded) => void
}>

export function openLanes(parts: Parts): Lanes {
  const { folder, log, chunks, threads = false, onEvent } = parts
  const cursors = {
    live: parts.cursors('live'),
    research: parts.cursors('research'),
    gate: parts.cursors('gate'),
  }
  const belief = new Belief((lane) => (lane === 'live' ? live : slow[lane]))
  const believes = (answer: Recorded) => belief.holds(answer)

  const putAside = (what: SetAside) => setAside(log, what)

  const laneOf = (lane: SlowLane): Lane => {
    const cursor = cursors[lane]
    if (threads) return laneInThread({ path: folder.root, lane, log, cursor, belief })
    const append: EventLog['append'] = (batch) => belief.append(log, batch)
    return slowLane(lane, { log: { ...log, append }, chunks, cursor, believes, setAside: putAside })
  }
  const live = new SteadyLane({
    setAside: putAside,
    begin: () => new Pipeline({ log, cursor: cursors.live, processors: parts.wireLive(), believes }),
  })
  const slow = { research: laneOf('research'), gate: laneOf('gate') }
  const flush = async () => {
    for (const cursor of Object.values(cursors)) await cursor.flush?.()
  }
  return new Lanes({ log, live, slow, onEvent, flush })
}
