/**
 * Ends the process that it is in where that takes more memory than it may, or where whoever started it is gone: in a thread of its
 * own, since what reads may be stuck, and since memory that is not V8's has no limit of its own.
 */
import { workerData } from 'node:worker_threads'

const EACH_MILLIS = 50
const starter = process.ppid

setInterval(() => {
  if (process.memoryUsage.rss() > Number(workerData) || process.ppid !== starter)
    process.kill(process.pid, 'SIGKILL')
}, EACH_MILLIS)
