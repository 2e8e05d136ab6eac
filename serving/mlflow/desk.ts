/**
 * The desk where tracking clients are served. Nothing follows in a lane from what they say of a run, so that their acts need not take
 * turns with others: those on one stream follow each other, all share the log's fsync, and each is answered once it is durable.
 */
import type { Decider } from '../../commands/decider.ts'
import { type Handled, handle, Memory } from '../../commands/handle.ts'
import { takings } from '../../projections/access/takings.ts'
import type { Followed } from '../../projections/tracking/followed.ts'
import { registrations } from '../../projections/tracking/registrations.ts'
import { trackedRuns } from '../../projections/tracking/runs.ts'
import type { StreamName } from '../../schemas/envelope.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { Subject } from '../../schemas/role.ts'
import { wallClock } from '../clock.ts'
import type { Platform } from '../platform.ts'
import { warn } from '../warn.ts'

type Acting<C> = Readonly<{ stream: StreamName; command: C; commandId: string; subject: Subject }>

export type Desk = ReturnType<typeof openDesk>

type Parts = Pick<Platform, 'log' | 'moment' | 'inTurn' | 'lanes' | 'meter'>

/** Streams that are remembered: more than are worked on at a time. */
const MOST_STREAMS = 2_000
/** How long the lanes wait before they pass over what was said here. */
const LANES_MILLIS = 500

export function openDesk(platform: Parts) {
  const { log, moment, meter } = platform
  const memory = new Memory()
  const last = new Map<StreamName, Promise<unknown>>()
  const runs = followed(log, trackedRuns)
  const models = followed(log, registrations)
  const taken = followed(log, takings)
  const cameUpAt = log.head().then(({ position }) => position)
  let passing: NodeJS.Timeout | undefined

  /** One after the other on each stream; the stream that was used last is forgotten last. */
  function inOrder<T>(stream: StreamName, work: () => Promise<T>): Promise<T> {
    const next = (last.get(stream) ?? Promise.resolve()).then(work)
    last.delete(stream)
    last.set(
      stream,
      next.catch(() => undefined),
    )
    for (const oldest of last.keys()) {
      if (last.size <= MOST_STREAMS) break
      forget(oldest)
    }
    return next
  }

  function forget(stream: StreamName): void {
    last.delete(stream)
    memory.forget(stream)
  }

  /** The lanes come past soon, so that what is confirmed, published and measured does not lag behind. */
  function passSoon(): void {
    passing ??= setTimeout(() => {
      passing = undefined
      platform
        .inTurn(() => platform.lanes.live())
        .catch((error) => warn(`The live lane does not follow: ${String(error)}`))
    }, LANES_MILLIS)
    passing.unref()
  }

  return {
    /** @throws Refusal what the decider refuses with */
    async act<C, S>(
      decider: Decider<C, S>,
      { stream, command, commandId, subject }: Acting<C>,
    ): Promise<Handled> {
      const from = wallClock.nowMicros()
      const handled = await inOrder(stream, async () => {
        const context = { now: moment.nowMicros(), actor: subject.name }
        const result = await handle({ log, memory }, decider, { stream, command, commandId, context })
        if (!result.ok) throw new Refusal(result.error)
        return result.value
      })
      await log.durable()
      meter.acted({ commandId, position: handled.position, from, to: wallClock.nowMicros() })
      passSoon()
      return handled
    },
    /** What a decider's stream comes to, with all that was said of it here. */
    stateOf: async <C, S>(decider: Decider<C, S>, stream: StreamName): Promise<S> =>
      (await memory.of(log, decider, stream)).state,
    /** What is to be read and then written, one after the other under each name. */
    inOrder,
    forget,
    /** The log's head when it came up. */
    cameUpAt: () => cameUpAt,
    /** Experiments, runs and logged models, with all that was acknowledged. */
    runs,
    /** Registered models, likewise. */
    models,
    /** What each person took of what is guarded, likewise. */
    taken,
    close(): void {
      clearTimeout(passing)
    },
  }
}

/** A view that follows the log by itself, as far as it goes when it is asked. */
function followed<S>(log: Parts['log'], projection: Followed<S>): () => Promise<S> {
  let state = projection.initial()
  let position = 0
  let turn: Promise<unknown> = Promise.resolve()

  const follow = async (): Promise<S> => {
    // What is not durable yet was not answered either, and a power cut may take it.
    const to = log.durableTo
    if (to > position) {
      const wanted = { types: projection.handles, positionAtMost: to }
      for await (const batch of log.readAll(position + 1, wanted))
        for (const event of batch) {
          state = projection.apply(state, event)
          position = event.position
        }
      position = to
    }
    return state
  }

  return () => {
    const next = turn.then(follow)
    turn = next.catch(() => undefined)
    return next
  }
}
