/** One act at a time: a command is decided, appended and followed up before the next one begins. */
import type { Decider } from '../commands/decider.ts'
import { type Handled, type Handling, handle } from '../commands/handle.ts'
import type { Position } from '../schemas/envelope.ts'
import { digestOf } from '../schemas/kernel/canonical.ts'
import { type Fault, Refusal, refuse } from '../schemas/kernel/fault.ts'
import type { Result } from '../schemas/kernel/result.ts'
import type { Once } from '../streams/log/port.ts'
import { wallClock } from './clock.ts'
import type { Platform } from './platform.ts'

/** Who acts, and the id of the act: the same id again does nothing. */
export type Act = Readonly<{
  actor: string
  commandId: string
  /** Answered when it is durable, unless it says otherwise: whoever asks for several waits once, with `log.durable()`. */
  once?: Once
  /** Called in its turn, before anything is decided: what it throws ends the act, and nothing is recorded. */
  beginning?: () => void
  /** Told where it stands in the log as soon as that is durable; what follows from it may take longer. */
  recorded?: (handled: Handled) => void
}>

type Performance<C> = Pick<Handling<C>, 'stream'> &
  Act &
  Readonly<{
    /** Made in its turn, from what is known at the head, so that it rests on all that the acts before it led to. */
    command: (head: Position) => C
    /** Whether what was asked for is so: a command id that somebody spent before answers for something else. */
    done?: () => boolean
  }>

/**
 * Performs a command by its decider, in turn. The decider comes first: from it the type of the command is known. The next act begins once all that
 * follows from this one is written, and does not wait for the disk; this one is answered once all of it is durable. Those that wait for their turn
 * meanwhile share one wait for the disk, and one signature of the seal.
 */
export const by =
  <C, S>(decider: Decider<C, S>) =>
  async (
    platform: Platform,
    { stream, command, commandId, actor, once = 'durable', done = () => true, ...told }: Performance<C>,
  ): Promise<Handled> => {
    const durable = () => platform.inTurn.lull().then(() => platform.log.durable())
    let recorded: Promise<void> = Promise.resolve()
    const acting = platform.inTurn(async () => {
      told.beginning?.()
      const from = wallClock.nowMicros()
      // What tracking clients said meanwhile took no turn: it counts as much. What stops the lane is told below.
      const head = await platform.log.head()
      if (!platform.lanes.isAt(head)) await platform.lanes.settle().catch(() => undefined)
      const context = { now: platform.moment.nowMicros(), actor }
      const { position } = await platform.log.head()
      const handling = { stream, command: command(position), commandId, context }
      const handled = unwrap(await handle(platform, decider, handling))
      if (told.recorded !== undefined) {
        recorded = durable().then(() => told.recorded?.(handled))
        // A disk that fails is told below.
        recorded.catch(() => undefined)
      }
      const followed = await platform.lanes.settle()
      platform.meter.acted({ commandId, position: handled.position, from, to: wallClock.nowMicros() })
      if (!done()) throw refuse('command.without-effect', { commandId, position: handled.position })
      return { handled, followed }
    })
    // Whoever is told that it failed has heard before that it stands in the log.
    await acting.catch(() => recorded.catch(() => undefined))
    const { handled, followed } = await acting
    await recorded
    if (once === 'durable' && platform.log.durableTo < followed) await durable()
    return handled
  }

function unwrap<T>(result: Result<T, Fault>): T {
  if (!result.ok) throw new Refusal(result.error)
  return result.value
}

/** A command id for an act that is the same act whenever its content is the same. */
export const actId = (what: string, content: unknown): string => `${what}:${digestOf(content).slice(0, 24)}`
