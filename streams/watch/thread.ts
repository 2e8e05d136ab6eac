/**
 * Ends the process that it is in where that takes more memory than it may, makes no progress, or where whoever started it is gone: in a
 * thread of its own, since what reads may be stuck, and since memory that is not V8's has no limit of its own.
 */
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { LOOKS, Silence, usageOf } from './silence.ts'
import type { WatchData } from './watched.ts'

const EACH_MILLIS = 50
const { residentBytes, starter, progress, says } = workerData as WatchData

function end(says: string): void {
  try {
    // The thread that could say it otherwise may be the one that hangs.
    writeSync(2, says)
  } catch {
    // Nobody listens any more.
  }
  process.kill(process.pid, 'SIGKILL')
}

setInterval(() => {
  if (process.memoryUsage.rss() > residentBytes) end(says.tooLarge)
  // Whoever started it may have been gone before this was asked for the first time.
  if (starter !== null && process.ppid !== starter) end('')
}, EACH_MILLIS)

if (progress !== null) {
  const made = new Int32Array(progress.counted)
  const silence = new Silence(progress.silentMillis, () => usageOf(process.pid))
  let before = 0
  setInterval(() => {
    const now = Atomics.load(made, 0)
    if (now !== before) silence.heard()
    before = now
    if (silence.look() !== null) end(says.tooSilent)
  }, progress.silentMillis / LOOKS)
}
