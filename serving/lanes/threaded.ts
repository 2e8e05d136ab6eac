/** A lane in a thread of its own, as the platform sees it. The thread is started when there is something for it to do. */
import { Worker } from 'node:worker_threads'
import type { Position } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import type { Cursor } from '../../streams/cursor.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { setAside } from '../../streams/quarantine.ts'
import type { Due } from '../../streams/snapshot.ts'
import type { Belief } from './belief.ts'
import { answerOf, callsOver, type LaneCalls, type LaneData, type PlatformCalls, unwrapped } from './calls.ts'
import type { Lane } from './lane.ts'
import { laneOf, SLOW, type SlowLane } from './names.ts'
import { snapshotKey } from './snapshots.ts'
import { versionsOf } from './versions.ts'

const THREAD = new URL('./thread.ts', import.meta.url)
const HEAP_MEGABYTES = 4096

type Parts = Readonly<{
  path: string
  lane: SlowLane
  log: EventLog
  cursor: Cursor
  belief: Belief
  due?: Due | undefined
}>

type Calls = ReturnType<typeof callsOver<LaneCalls, PlatformCalls>>
type Started = Readonly<{ calls: Calls; end: () => Promise<void>; lost: Promise<never> }>

export function laneInThread(parts: Parts): Lane {
  const { lane, log, cursor } = parts
  const types = [...SLOW[lane], ...[...REGISTRY.keys()].filter((type) => laneOf({ type }) === lane)]
  let position: Position = 0
  let from: Promise<Position> | null = null
  let started: Started | null = null
  /** Calls that have not been answered. */
  let asked = 0

  /** Whether there is anything beyond what was seen that the lane answers, or has answered. */
  const hasWork = async (): Promise<boolean> => {
    from ??= Promise.resolve(cursor.load())
    const after = Math.max(await from, position)
    const { position: head } = await log.head()
    for await (const _ of log.readAll(after + 1, { types, positionAtMost: head })) return true
    position = Math.max(position, head)
    return false
  }

  const call = async <T>(ask: (calls: Calls) => Promise<T>): Promise<T> => {
    started ??= start(parts, (reached) => {
      position = Math.max(position, reached)
    })
    asked++
    try {
      return await Promise.race([ask(started.calls), started.lost])
    } finally {
      asked--
    }
  }

  return {
    get position() {
      return position
    },
    async drain() {
      // Nothing of most days concerns it: its thread is left alone then, and catches up with the next event that does.
      if (!(await hasWork())) return position
      return call((calls) => unwrapped(calls.drain()))
    },
    async passed(wanted) {
      if (position >= wanted) return
      if (!(await hasWork()) && position >= wanted) return
      await call((calls) => unwrapped(calls.passed(wanted)))
    },
    expect(events) {
      // A thread is not started for what may not come.
      started?.calls.expect.asEvent(events)
    },
    async close() {
      // What is at work is not waited for: it is done when the platform is opened again.
      if (started !== null && asked === 0) await call((calls) => calls.close()).catch(() => undefined)
      await started?.end()
    },
  }
}

function start(
  { path, lane, log, cursor, belief, due }: Parts,
  onReached: (position: Position) => void,
): Started {
  const workerData: LaneData = { path, lane, due }
  const worker = new Worker(THREAD, {
    workerData,
    name: `asof ${lane}`,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  })
  const lost = new Promise<never>((_, reject) => {
    worker.once('error', (error) => reject(refuse('lane.lost', { lane, problem: error.message })))
    worker.once('exit', () => reject(refuse('lane.lost', { lane, problem: 'its thread ended' })))
  })
  lost.catch(() => undefined)
  const calls = callsOver<LaneCalls, PlatformCalls>(worker, {
    append: (batch) => answerOf(belief.append(log, batch)),
    loadCursor: () => answerOf(Promise.resolve(cursor.load())),
    saveCursor: (position) => answerOf(Promise.resolve(cursor.save(position))),
    believes: (answer) => answerOf(Promise.resolve(belief.holds(answer))),
    setAside: (what) => answerOf(setAside(log, what)),
    async snapshotKey() {
      const key = snapshotKey(log.seal, lane)
      return key && { identity: key.identity, verifierKey: key.verifierKey }
    },
    raiseVersion: (raise) => answerOf(versionsOf(log)?.raise(raise) ?? Promise.resolve()),
    async signSnapshot(position, root) {
      return snapshotKey(log.seal, lane)?.sign(position, root) ?? ''
    },
    reached: onReached,
  })
  return {
    calls,
    lost,
    async end() {
      await worker.terminate()
    },
  }
}
