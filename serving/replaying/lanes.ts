/** Replays a folder lane by lane, side by side: what a lane says follows from the log alone. */
import { availableParallelism } from 'node:os'
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { Position } from '../../schemas/envelope.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { LogReader } from '../../streams/log/port.ts'
import type { Folder } from '../folder.ts'
import { LANES, type LaneName } from '../lanes/names.ts'
import { overlay } from '../overlay.ts'
import { wireLane } from '../wire.ts'
import { joined, type ReplayReport, replay } from './replay.ts'
import type { LaneReplay, LaneReplayed } from './thread.ts'

type Replayed = Readonly<{ folder: Pick<Folder, 'root'>; log: LogReader; chunks: ChunkStore }>
type Asked = Readonly<{
  from: Position
  to: Position
  /** All of them unless it is given. */
  lanes?: readonly LaneName[]
  onProgress?: (position: Position) => void
}>

/** Shorter logs are replayed in the thread of whoever asks: starting others takes longer. */
const SHORT_EVENTS = 2_000

/**
 * As `replay`, with a thread for each lane, as many at a time as there are cores. Nothing is written.
 * @throws Refusal as `replay`
 */
export async function replayLanes(archive: Replayed, asked: Asked): Promise<ReplayReport> {
  const { from, to, lanes = LANES, onProgress } = asked
  if (to < SHORT_EVENTS) {
    const chunks = overlay(archive.chunks)
    const processors = lanes.flatMap((lane) => wireLane[lane](chunks))
    return replay(archive.log, processors, { from, to }, onProgress)
  }
  const path = archive.folder.root
  const pool = new Piscina<LaneReplay, LaneReplayed>({
    filename: new URL('./thread.ts', import.meta.url).href,
    maxThreads: Math.min(lanes.length, availableParallelism()),
    execArgv: [],
  })
  const reached = new Map<LaneName, Position>()
  const replayed = async (lane: LaneName): Promise<ReplayReport> => {
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (position: Position) => {
      reached.set(lane, position)
      onProgress?.(lanes.reduce((sum, one) => sum + (reached.get(one) ?? 0), 0) / lanes.length)
    })
    try {
      const answer = await pool.run(
        { path, from, to, lane, progress: port2 },
        {
          name: 'replayLane',
          transferList: [port2],
        },
      )
      if ('refused' in answer) throw new Refusal(answer.refused)
      return answer.report
    } finally {
      port1.close()
    }
  }
  try {
    return joined(await Promise.all(lanes.map(replayed)))
  } finally {
    await pool.destroy()
  }
}
