/** The thread of the head's fsync: each file that was written is synced SYNC_MILLIS later, whatever the writer works on meanwhile. */
import { fdatasyncSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { PENDING, SYNC_MILLIS, SYNCS, type SyncTask } from './sync-thread.ts'

parentPort?.on('message', ({ id, file, state }: SyncTask) => {
  setTimeout(() => {
    // What is written from here on asks for a sync of its own.
    Atomics.store(state, PENDING, 0)
    try {
      fdatasyncSync(file)
      Atomics.add(state, SYNCS, 1)
    } catch (error) {
      parentPort?.postMessage({ id, message: String(error) })
    }
  }, SYNC_MILLIS)
})
