/** The thread that looks at what the live lane is at: see `live-watch.ts`. */
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import type { LiveWatchData } from './live-watch.ts'
import { forgetStuck, type Stuck, spanOf, writeStuck } from './stuck.ts'
import { type Task, Whereabouts } from './whereabouts.ts'

/** Hardly any event takes longer than two looks, so that hardly any is written down. */
const LOOK_MILLIS = 200

const { whereabouts, file, hangMillis, before } = workerData as LiveWatchData
const place = new Whereabouts(whereabouts)
const eachMillis = Math.min(LOOK_MILLIS, hangMillis / 10)
let [count, looks, isWritten] = [place.count, 0, before !== null]

const isSame = (one: Task, other: Task): boolean =>
  one.processor === other.processor && one.cause === other.cause && one.at === other.at

const stuckAt = ({ processor, cause, at }: Task, hung: number | null): Stuck => {
  const ended = before !== null && isSame(before, { processor, cause, at }) ? before.ended + 1 : 1
  return { processor, cause, at, ended, hungMillis: hung }
}

/** What earlier processes ended at is forgotten once this one has come past it, and not before. */
const isPast = (task: Task | null): boolean =>
  before === null || (place.reached >= before.at && !(task !== null && isSame(task, before)))

function write(what: Stuck): void {
  try {
    writeStuck(file, what)
  } catch {
    // A full disk costs the next start the same again, and this one nothing.
  }
}

// Looks are counted, not the clock: a machine that slept was at nothing meanwhile.
setInterval(() => {
  const { task } = place
  if (task === null || place.count !== count) {
    count = place.count
    looks = 0
    if (isWritten && isPast(task)) {
      forgetStuck(file)
      isWritten = false
    }
  } else if (++looks === 2) {
    write(stuckAt(task, null))
    isWritten = true
  } else if (looks * eachMillis > hangMillis) {
    write(stuckAt(task, hangMillis))
    const what = `The live lane has been at event ${task.cause} (${task.processor}) for more than ${spanOf(hangMillis)}`
    // The thread that could say it otherwise is the one that hangs.
    writeSync(2, `Warning: ${what}. The process is ended; the next one sets the event aside.\n`)
    process.kill(process.pid, 'SIGKILL')
  }
}, eachMillis)
