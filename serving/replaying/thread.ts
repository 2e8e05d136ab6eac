/** A thread that replays one lane of a folder. */
import type { MessagePort } from 'node:worker_threads'
import type { Position } from '../../schemas/envelope.ts'
import { Quarantined, Retried, VersionRaised, Waived } from '../../schemas/events/processor.ts'
import { type Fault, Refusal } from '../../schemas/kernel/fault.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { openChunks } from '../chunk-store.ts'
import { type Folder, folderAt } from '../folder.ts'
import type { LaneName } from '../lanes/names.ts'
import { overlay } from '../overlay.ts'
import { raisesNow } from '../sealing.ts'
import { loadLane } from '../wire/load.ts'
import { type ReplayReport, replay } from './replay.ts'

export type LaneReplay = Readonly<{
  path: string
  from: Position
  /** Null where the whole log is replayed as it is written: its end is told on the port. */
  to: Position | null
  lane: LaneName
  /** Told of the position now and then. It tells of the end, and `null` where nobody wants the report any more. */
  port: MessagePort
}>

export type LaneReplayed = Readonly<{ report: ReplayReport } | { refused: Fault }>

export async function replayLane(asked: LaneReplay): Promise<LaneReplayed> {
  const { port } = asked
  const ended = new AbortController()
  const { promise: end, resolve, reject } = Promise.withResolvers<Position>()
  // It is told to whoever waits for the end.
  end.catch(() => undefined)
  ended.signal.onabort = () => reject(ended.signal.reason)
  port.on('message', (position: Position | null) => (position === null ? ended.abort() : resolve(position)))
  const folder = folderAt(asked.path)
  const log = openEmbeddedReader({ folder: folder.log, registry: REGISTRY })
  try {
    return { report: await reportOn(folder, log, asked, { end, signal: ended.signal }) }
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.fault }
    throw error
  } finally {
    port.removeAllListeners('message')
    await log.close()
  }
}

type Ended = Readonly<{ end: Promise<Position>; signal: AbortSignal }>

async function reportOn(folder: Folder, log: LogReader, { from, to, lane, port }: LaneReplay, ended: Ended) {
  const { end, signal } = ended
  const wire = await loadLane(lane)
  const wired = () => wire(overlay(openChunks(folder)))
  const progress = (position: Position) => port.postMessage(position)
  const before = to === null ? await rulings(log) : 0
  const raises = await raisesNow(folder, log)
  if (to !== null) return replay(log, wired(), { from, to, raises, signal }, progress)
  const report = await replay(log, wired(), { from: 1, to: end, raises, signal }, progress)
  if ((await rulings(log)) === before) return report
  const range = { from: 1, to: report.to, raises: await raisesNow(folder, log), signal }
  return replay(log, wired(), range, progress)
}

/** How many events say what is not compared, or is taken in otherwise: they are known before a replay begins. */
async function rulings(log: LogReader): Promise<number> {
  let count = 0
  const types = [VersionRaised, Quarantined, Retried, Waived].map(({ type }) => type)
  for await (const batch of log.readAll(1, { types })) count += batch.length
  return count
}
