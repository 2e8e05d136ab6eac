/** Has the process that calls it watched: a thread beside it ends it where it takes too much, hangs, or is left behind (`thread.ts`). */
import { Worker } from 'node:worker_threads'

export type WatchData = Readonly<{
  /** What the process may take in all. */
  residentBytes: number
  /** The process that started this one, with which it ends; null where it goes on without. */
  starter: number | null
  /** Counted up while the work goes on, and how much processor time may pass while it is not; null where somebody else looks. */
  progress: Readonly<{ counted: SharedArrayBuffer; silentMillis: number }> | null
  /** What is printed before the process is ended. */
  says: Readonly<{ tooLarge: string; tooSilent: string }>
}>

const NOTHING: WatchData['says'] = { tooLarge: '', tooSilent: '' }

type Asked = Readonly<{
  residentBytes: number
  starter?: number
  silentMillis?: number
  says?: WatchData['says']
}>

export type Watch = Readonly<{
  /** The work goes on: to be called again and again. It costs nothing. */
  alive: () => void
  close: () => Promise<void>
}>

/** @param asked.silentMillis how much processor time may pass without a call of `alive`; twelve times as long by the clock where it waits */
export function watched({ residentBytes, starter, silentMillis, says = NOTHING }: Asked): Watch {
  const counted = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const made = new Int32Array(counted)
  const workerData: WatchData = {
    residentBytes,
    starter: starter ?? null,
    progress: silentMillis === undefined ? null : { counted, silentMillis },
    says,
  }
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData,
    name: 'asof watch',
    execArgv: [],
  })
  worker.unref()
  return {
    alive: () => {
      Atomics.add(made, 0, 1)
    },
    close: async () => {
      await worker.terminate()
    },
  }
}
