/** A lane in a thread of its own, as the platform sees it. The thread is started when there is something for it to do. */
import { Worker } from 'node:worker_threads'
import type { Position } from '../../schemas/envelope.ts'
import { Retried } from '../../schemas/events/processor.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import type { Cursor } from '../../streams/cursor.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { setAside } from '../../streams/quarantine.ts'
import type { Due } from '../../streams/snapshot.ts'
import { YOUNG_MEGABYTES } from '../thread-memory.ts'
import { isAnsweredIn } from './answered.ts'
import type { Belief } from './belief.ts'
import { answerOf, callsOver, type LaneCalls, type LaneData, type PlatformCalls, unwrapped } from './calls.ts'
import type { Lane } from './lane.ts'
import { laneOf, SLOW, type SlowLane } from './names.ts'
import { snapshotKey } from './snapshots.ts'
import { inARow, MOST_SET_ASIDE } from './steady.ts'
import { spanOf } from './stuck.ts'
import { versionsOf } from './versions.ts'
import { watch } from './watch.ts'
import { Whereabouts } from './whereabouts.ts'

const THREAD = new URL('./thread.ts', import.meta.url)
const HEAP_MEGABYTES = 4096

/** How long a thread may be at one event: a gate report over 3,000 names is far from it. */
export const HANG_MILLIS = 60 * 60_000

type Parts = Readonly<{
  path: string
  lane: SlowLane
  log: EventLog
  cursor: Cursor
  belief: Belief
  due?: Due | undefined
  hangMillis?: number | undefined
}>

type Calls = ReturnType<typeof callsOver<LaneCalls, PlatformCalls>>
type Started = Readonly<{
  calls: Calls
  whereabouts: Whereabouts
  end: () => Promise<void>
  /** Rejects where the thread ended by itself, or was ended because it hung. */
  lost: Promise<never>
}>

export function laneInThread(parts: Parts): Lane {
  const { lane, log, cursor } = parts
  const countAside = inARow()
  let isClosed = false
  let mending: Promise<void> = Promise.resolve()
  const types = [
    Retried.type,
    ...SLOW[lane],
    ...[...REGISTRY.keys()].filter((type) => laneOf({ type }) === lane),
  ]
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
    const thread = started
    asked++
    try {
      return await Promise.race([ask(thread.calls), thread.lost])
    } catch (error) {
      if (isClosed || !isLost(error)) throw error
      // Whoever comes first mends; the others find a new thread.
      mending = mending.then(async () => {
        if (started === thread) await goOnWithout(thread, error)
      })
      await mending
      return await call(ask)
    } finally {
      asked--
    }
  }

  /** Sets aside what a thread was at when it ended. @throws what it ended by, where it was at nothing */
  const goOnWithout = async ({ whereabouts, end }: Started, lost: Refusal): Promise<void> => {
    // It may have come past the event in the moment in which it was ended.
    await end()
    const { task } = whereabouts
    // What was answered before cannot be set aside: its answer would follow from nothing.
    if (task === null || countAside() > MOST_SET_ASIDE || (await isAnsweredIn(log, task))) throw lost
    const reason = String(lost.fault.detail.problem)
    for await (const [times] of log.readAll(task.cause, { positionAtMost: task.cause }))
      await setAside(log, { ...task, reason, times })
    started = null
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
      isClosed = true
      // What is at work is not waited for: it is done when the platform is opened again.
      if (started !== null && asked === 0) await call((calls) => calls.close()).catch(() => undefined)
      await started?.end()
    },
  }
}

function start(
  { path, lane, log, cursor, belief, due, hangMillis = HANG_MILLIS }: Parts,
  onReached: (position: Position) => void,
): Started {
  const whereabouts = new Whereabouts()
  const workerData: LaneData = { path, lane, due, whereabouts: whereabouts.memory }
  const worker = new Worker(THREAD, {
    workerData,
    name: `asof ${lane}`,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES, maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  })
  const lost = new Promise<never>((_, reject) => {
    const lose = (problem: string) => {
      stopWatch()
      reject(refuse('lane.lost', { lane, problem }))
    }
    const stopWatch = watch(whereabouts, hangMillis, () => {
      lose(`it was at one event for more than ${spanOf(hangMillis)}`)
      worker.terminate().catch(() => undefined)
    })
    worker.once('error', (error) => lose(error.message))
    worker.once('exit', () => lose('its thread ended'))
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
    whereabouts,
    lost,
    async end() {
      await worker.terminate()
    },
  }
}

const isLost = (error: unknown): error is Refusal =>
  error instanceof Refusal && error.fault.code === 'lane.lost'
