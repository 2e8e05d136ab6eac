/** What one lane believes of another: an answer counts once its own lane appended it, or found it in the log and came past it. */
import type { AppendBatch, CommandId, Recorded } from '../../schemas/envelope.ts'
import type { EventLog } from '../../streams/log/port.ts'
import type { Lane } from './lane.ts'
import { type LaneName, laneOf } from './names.ts'

export type Answer = Pick<Recorded, 'type' | 'commandId' | 'position'>

export class Belief {
  readonly #appended = new Set<CommandId>()
  readonly #lanes: (lane: LaneName) => Pick<Lane, 'drain' | 'passed'>

  constructor(lanes: (lane: LaneName) => Pick<Lane, 'drain' | 'passed'>) {
    this.#lanes = lanes
  }

  /** Appends for a lane, whose answers are believed without waiting for it then, and are made durable with what follows. */
  async append(log: EventLog, batch: AppendBatch): ReturnType<EventLog['append']> {
    const appended = await log.append(batch, 'written')
    if (appended.ok && !appended.value.repeated) this.#appended.add(batch.commandId)
    return appended
  }

  /** Whether an answer is what follows: false where its lane has failed before it came past. */
  holds(answer: Answer): boolean | Promise<boolean> {
    const name = laneOf(answer)
    if (name === null || this.#appended.has(answer.commandId)) return true
    const lane = this.#lanes(name)
    lane.drain().catch(() => undefined)
    return lane.passed(answer.position).then(
      () => true,
      () => false,
    )
  }
}
