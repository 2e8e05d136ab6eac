/** Fsyncs by a thread of their own, one for all logs of the process, so that neither a commit nor long work holds them up. */
import { Worker } from 'node:worker_threads'

/** How long after a write its fsync begins. Measured: an fsync with each commit doubles a single append. */
export const SYNC_MILLIS = 100

/** Places of a file's shared state: whether a sync is to come, and how many were done. */
export const [PENDING, SYNCS] = [0, 1]
export type SyncTask = Readonly<{ id: number; file: number; state: Int32Array }>

/** An open file that is synced soon after each write. */
export type SyncedFile = Readonly<{
  /** Asks for a sync; while one is to come it costs nothing. */
  soon: () => void
  /** How many were done. */
  syncs: () => number
  /** No failure counts from here on. */
  end: () => void
}>

/** @param failed told once, of the first sync that failed */
export type Syncing = (file: number, failed: (error: Error) => void) => SyncedFile

/** Who is to be told, by a number of its own: the system gives the number of a file that was closed to the next one. */
const failures = new Map<number, (error: Error) => void>()
let given = 0
let thread: Worker | undefined

export const syncByThread: Syncing = (file, failed) => {
  const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  const id = given++
  failures.set(id, failed)
  return {
    soon() {
      if (Atomics.exchange(state, PENDING, 1) === 1) return
      thread ??= started()
      thread.postMessage({ id, file, state } satisfies SyncTask)
    },
    syncs: () => Atomics.load(state, SYNCS),
    end: () => failures.delete(id),
  }
}

/** It does not keep the process alive: whoever closes a file syncs it first. */
function started(): Worker {
  const worker = new Worker(new URL('./sync-worker.ts', import.meta.url))
  worker.on('message', ({ id, message }: { id: number; message: string }) =>
    failures.get(id)?.(new Error(message)),
  )
  worker.on('error', (error: Error) => {
    thread = undefined
    for (const failed of failures.values()) failed(error)
  })
  worker.unref()
  return worker
}
