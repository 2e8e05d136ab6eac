/** A process whose live lane meets an event that it never comes back from: it hangs there, or takes the process with it. */
import { setTimeout } from 'node:timers/promises'
import type { Recorded } from '../../schemas/envelope.ts'
import { folderAt, makeFolders } from '../../serving/folder.ts'
import { openLiveWatch } from '../../serving/lanes/live-watch.ts'
import { SteadyLane } from '../../serving/lanes/steady.ts'
import { openLog } from '../../serving/open-log.ts'
import { Pipeline } from '../../streams/pipeline.ts'
import { setAside } from '../../streams/quarantine.ts'
import { counting, define } from '../support/counting.ts'
import { eventsOf, memoryCursor } from '../support/memory-platform.ts'

const [, , path = '', how = '', hangMillis = ''] = process.argv
const folder = folderAt(path)
makeFolders(folder)
const log = await openLog(folder)
if ((await log.head()).position === 0) await define(log, 3)

function fails({ position }: Recorded): boolean {
  if (position !== 2) return false
  if (how === 'hangs') for (;;);
  const until = performance.now() + 600
  while (performance.now() < until);
  if (how === 'ends') process.kill(process.pid, 'SIGKILL')
  return false
}

const watch = await openLiveWatch({ folder, log, isSupervised: true, hangMillis: Number(hangMillis) })
// The thread that watches takes as long to start as it takes.
await setTimeout(500)
const lane = new SteadyLane({
  setAside: (what) => setAside(log, what),
  begin: () =>
    new Pipeline({
      log,
      cursor: memoryCursor(),
      processors: [counting(1, fails)],
      onTask: watch?.onTask ?? (() => undefined),
    }),
})
await lane.drain()
await log.durable()
process.stdout.write(JSON.stringify((await eventsOf(log)).map(({ type, data }) => ({ type, data }))))
await watch?.close()
await log.close()
