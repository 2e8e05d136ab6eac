/** The thread of one lane: it reads the log by itself, and has the platform append what follows. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../schemas/kernel/assert.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { raisesIn } from '../../streams/versions.ts'
import { openChunks } from '../chunk-store.ts'
import { folderAt } from '../folder.ts'
import { loadLane } from '../wire/load.ts'
import { answerOf, callsOver, type LaneCalls, type LaneData, type PlatformCalls, unwrapped } from './calls.ts'
import { slowLane } from './here.ts'
import { scoringProcess } from './scoring.ts'
import { snapshotFiles } from './snapshots.ts'
import { stepBack } from './step-back.ts'
import { trainingPool } from './training-pool.ts'
import { Whereabouts } from './whereabouts.ts'

assert(parentPort !== null, 'a lane runs in a thread')
const port = parentPort
await stepBack()
const { path, lane, due, whereabouts } = workerData as LaneData
// Loaded before the first call can arrive.
const wire = await loadLane(lane)
const place = new Whereabouts(whereabouts)
const folder = folderAt(path)
const reader = openEmbeddedReader({ folder: folder.log, registry: REGISTRY })
const chunks = openChunks(folder)

const platform = callsOver<PlatformCalls, LaneCalls>(port, {
  async drain() {
    const drained = await answerOf(own.drain())
    platform.reached.asEvent(own.position)
    return drained
  },
  passed: (position) => answerOf(own.passed(position)),
  expect: (events) => own.expect(events),
  async close() {
    await own.close()
    await trainer.close()
    scorer.close()
    await reader.close()
  },
})

// Threads are started when there is something to train.
const trainer = trainingPool(folder.root)
const scorer = scoringProcess()

const own = slowLane(wire, {
  log: {
    readAll: (from, filter) => reader.readAll(from, filter),
    head: () => reader.head(),
    async append(batch) {
      await chunks.sync()
      return unwrapped(platform.append(batch))
    },
  },
  chunks,
  trainer,
  scorer,
  onTask: (task) => (task === null ? place.end() : place.begin(task)),
  setAside: (what) => unwrapped(platform.setAside(what)),
  snapshots: snapshotFiles({
    folder,
    lane,
    log: reader,
    due,
    async key() {
      const key = await platform.snapshotKey()
      return key && { ...key, sign: platform.signSnapshot }
    },
  }),
  versions: {
    raises: async () => raisesIn(reader, (await platform.snapshotKey())?.verifierKey ?? null),
    raise: (raise) => unwrapped(platform.raiseVersion(raise)),
  },
  cursor: {
    load: () => unwrapped(platform.loadCursor()),
    save: (position) => unwrapped(platform.saveCursor(position)),
  },
  believes: ({ type, commandId, position }) => unwrapped(platform.believes({ type, commandId, position })),
})
