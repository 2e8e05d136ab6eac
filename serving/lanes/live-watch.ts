/**
 * Watches the live lane, which runs on the writer's thread: nobody else can end what hangs there. A thread beside it writes down what it has been
 * at for long, and ends the process where that is too long, so that the next start sets the event aside.
 */
import { Worker } from 'node:worker_threads'
import type { EventLog } from '../../streams/log/port.ts'
import type { PipelineParts } from '../../streams/pipeline.ts'
import type { Folder } from '../folder.ts'
import { settleStuck } from './settle-stuck.ts'
import { forgetStuck, type Stuck, type StuckFile, stuckFile } from './stuck.ts'
import { HANG_MILLIS } from './threaded.ts'
import { Whereabouts } from './whereabouts.ts'

/** @param before what may have ended earlier processes */
export type LiveWatchData = Readonly<{
  whereabouts: SharedArrayBuffer
  file: StuckFile
  hangMillis: number
  before: Stuck | null
}>

export type LiveWatch = Readonly<{
  onTask: NonNullable<PipelineParts['onTask']>
  /** After a clean end nothing is written down of what the lane was at. */
  close: () => Promise<void>
}>

type Watched = Readonly<{
  folder: Folder
  log: EventLog
  /** Whether the process is ended where the lane hangs: somebody starts it again. */
  isSupervised: boolean
  hangMillis?: number | undefined
}>

/**
 * Sets aside what earlier processes hung at or ended at, and watches this one.
 * @returns null where nothing is watched
 * @throws Refusal as `settleStuck`
 */
export async function openLiveWatch(watched: Watched): Promise<LiveWatch | null> {
  const { folder, log, isSupervised, hangMillis = HANG_MILLIS } = watched
  if (log.seal === null) return null
  const file = stuckFile(folder, log.seal)
  const before = await settleStuck(log, file)
  return isSupervised ? watchLive({ file, before, hangMillis }) : null
}

export function watchLive(parts: Omit<LiveWatchData, 'whereabouts'>): LiveWatch {
  const place = new Whereabouts()
  const workerData: LiveWatchData = { ...parts, whereabouts: place.memory }
  const worker = new Worker(new URL('./live-watch-thread.ts', import.meta.url), {
    workerData,
    name: 'asof watch',
    execArgv: [],
  })
  worker.unref()
  // Without it the lane goes on as it did.
  worker.on('error', () => undefined)
  return {
    onTask: (task) => (task === null ? place.end() : place.begin(task)),
    async close() {
      await worker.terminate()
      forgetStuck(parts.file)
    },
  }
}
