/**
 * Ends the process that it is in where that takes more memory than it may, or where whoever started it is gone: in a thread of its
 * own, since what reads may be stuck, and since memory that is not V8's has no limit of its own.
 */
import { workerData } from 'node:worker_threads'

const EACH_MILLIS = 50
const { residentBytes, starter } = workerData as Readonly<{ residentBytes: number; starter: number }>

setInterval(() => {
  // Whoever started it may have been gone before this was asked for the first time.
  if (process.memoryUsage.rss() > residentBytes || process.ppid !== starter)
    process.kill(process.pid, 'SIGKILL')
}, EACH_MILLIS)
