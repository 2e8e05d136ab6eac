/** Replays a folder lane by lane, side by side: what a lane says follows from the log alone. */
import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { Position } from '../../schemas/envelope.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { type Folder, folderAt } from '../folder.ts'
import { LANES, type LaneName } from '../lanes/names.ts'
import { overlay } from '../overlay.ts'
import { raisesNow } from '../sealing.ts'
import { YOUNG_MEGABYTES } from '../thread-memory.ts'
import { loadLane } from '../wire/load.ts'
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
    const wires = await Promise.all(lanes.map(loadLane))
    const processors = wires.flatMap((wire) => wire(chunks))
    const raises = await raisesNow(folderAt(archive.folder.root), archive.log)
    return replay(archive.log, processors, { from, to, raises }, onProgress)
  }
  const threads = new Threads(Math.min(lanes.length, availableParallelism()))
  try {
    const { root: path } = archive.folder
    return joined(
      await Promise.all(lanes.map((lane) => threads.replay({ path, from, to, lane }, onProgress).report)),
    )
  } finally {
    await threads.end()
  }
}

export type Following = Readonly<{
  /** Replays what is left up to a position, and compares. @throws Refusal as `replay` */
  upTo: (position: Position, onProgress?: (position: Position) => void) => Promise<ReplayReport>
  close: () => Promise<void>
}>

/** Replays the whole of a log while it is written, with a thread for each lane: at its end little is left to do. */
export function followLanes({ root: path }: Pick<Folder, 'root'>): Following {
  const threads = new Threads(LANES.length)
  let tell: (position: Position) => void = () => {}
  const begun = LANES.map((lane) =>
    threads.replay({ path, from: 1, to: null, lane }, (position) => tell(position)),
  )
  const reports = Promise.all(begun.map(({ report }) => report))
  // Whoever asks for the report is told of it.
  reports.catch(() => undefined)
  return {
    async upTo(position, onProgress = () => {}) {
      tell = onProgress
      for (const { endAt } of begun) endAt(position)
      return joined(await reports)
    },
    close: () => threads.end(),
  }
}

/** Threads, each of which replays one lane at a time. */
class Threads {
  readonly #pool: Piscina<LaneReplay, LaneReplayed>
  readonly #reached: Position[] = []
  readonly #atWork = new Map<MessagePort, Promise<unknown>>()

  constructor(most: number) {
    const filename = new URL('./thread.ts', import.meta.url).href
    this.#pool = new Piscina({
      filename,
      minThreads: most,
      maxThreads: most,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    })
  }

  /** @param onProgress told of the mean position of all lanes that were begun here */
  replay(asked: Omit<LaneReplay, 'port'>, onProgress: (position: Position) => void = () => {}) {
    const { port1, port2 } = new MessageChannel()
    const place = this.#reached.push(0) - 1
    // Whoever hears of progress may end it by throwing.
    let thrown: { error: unknown } | null = null
    port1.on('message', (position: Position) => {
      this.#reached[place] = position
      try {
        onProgress(this.#reached.reduce((sum, one) => sum + one, 0) / this.#reached.length)
      } catch (error) {
        thrown ??= { error }
        port1.postMessage(null)
      }
    })
    const run = async (): Promise<ReplayReport> => {
      const options = { name: 'replayLane', transferList: [port2] }
      const replayed = this.#pool.run({ ...asked, port: port2 }, options)
      this.#atWork.set(port1, replayed)
      try {
        const answer = await replayed
        if ('refused' in answer) throw new Refusal(answer.refused)
        return answer.report
      } catch (error) {
        throw thrown === null ? error : thrown.error
      } finally {
        this.#atWork.delete(port1)
        port1.close()
      }
    }
    return { report: run(), endAt: (position: Position) => port1.postMessage(position) }
  }

  /** A thread is ended once it is at nothing: one that is ended in the middle of native code takes its process with it. */
  async end(): Promise<void> {
    const left = [...this.#atWork.values()]
    for (const port of this.#atWork.keys()) port.postMessage(null)
    await Promise.allSettled(left)
    await this.#pool.destroy()
  }
}
