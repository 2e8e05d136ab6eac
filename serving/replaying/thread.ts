/** A thread that replays one lane of a folder. */
import type { MessagePort } from 'node:worker_threads'
import type { Position } from '../../schemas/envelope.ts'
import { type Fault, Refusal } from '../../schemas/kernel/fault.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import { openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { folderAt } from '../folder.ts'
import type { LaneName } from '../lanes/names.ts'
import { overlay } from '../overlay.ts'
import { wireLane } from '../wire.ts'
import { type ReplayReport, replay } from './replay.ts'

export type LaneReplay = Readonly<{
  path: string
  from: Position
  to: Position
  lane: LaneName
  /** Told of the position now and then. */
  progress: MessagePort
}>

export type LaneReplayed = Readonly<{ report: ReplayReport } | { refused: Fault }>

export async function replayLane({ path, from, to, lane, progress }: LaneReplay): Promise<LaneReplayed> {
  const folder = folderAt(path)
  const log = openEmbeddedReader({ folder: folder.log, registry: REGISTRY })
  try {
    const processors = wireLane[lane](overlay(openChunkFolder(folder.chunks)))
    const report = await replay(log, processors, { from, to }, (position) => progress.postMessage(position))
    return { report }
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.fault }
    throw error
  } finally {
    await log.close()
  }
}
