/** What a processor could not take in is set aside, with its reason, as an event; everything else goes on. */
import type { Position, Recorded } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { Quarantined, Retried } from '../schemas/events/processor.ts'
import { assert } from '../schemas/kernel/assert.ts'
import { Refusal } from '../schemas/kernel/fault.ts'
import type { EventLog, LogReader } from './log/port.ts'
import type { Processor } from './processor.ts'

/** A processor failed at an event. What it remembers since is not to be relied on. */
export class Poisoned extends Error {
  readonly processor: string
  /** The event that it was to take in, and where. */
  readonly event: Recorded
  readonly at: Position

  constructor(processor: string, taken: Readonly<{ event: Recorded; at: Position }>, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'Poisoned'
    this.processor = processor
    this.event = taken.event
    this.at = taken.at
  }
}

export const processorStream = (processor: string): string => `processor-${processor}`

/** Sets an event aside for a processor. Doing it twice writes it once. */
export async function setAside(
  log: Pick<EventLog, 'append' | 'revisionOf'>,
  { processor, cause, at, reason, times }: SetAside,
): Promise<void> {
  const stream = processorStream(processor)
  const commandId = `quarantine:${processor}:${at}`
  const events = [Quarantined.draft({ processor, cause, at, reason }, times)]
  const provenance = { commandId, actor: 'asof:quarantine', correlationId: commandId, causationId: null }
  for (;;) {
    const expected = await log.revisionOf(stream)
    if ((await log.append({ stream, expected, events, ...provenance })).ok) return
  }
}

export type SetAside = Readonly<{
  processor: string
  cause: Position
  at: Position
  reason: string
  times: Pick<Recorded, 'eventTime' | 'knownAt'>
}>

/**
 * Whether a failure is one of the processor at this event. That of the machine, of the log, or of a chunk that is not there, is
 * none: it stops the lane, and is over when the lane is opened again.
 */
export function isPoison(error: unknown): boolean {
  if (!(error instanceof Error)) return true
  if (error instanceof Refusal) return !/^(chunk|log|pipeline|seal)\./.test(error.fault.code)
  const isOfSystem = 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
  return !isOfSystem && !('errcode' in error)
}

/** What was set aside, and what each processor takes in instead of it. */
export class Quarantine {
  readonly #log: Pick<LogReader, 'readAll'>
  readonly #aside: ReadonlySet<string>

  private constructor(log: Pick<LogReader, 'readAll'>, aside: ReadonlySet<string>) {
    this.#log = log
    this.#aside = aside
  }

  static async read(log: Pick<LogReader, 'readAll'>): Promise<Quarantine> {
    const aside = new Set<string>()
    for await (const batch of log.readAll(1, { types: [Quarantined.type] }))
      for (const event of batch)
        if (isEvent(Quarantined, event)) aside.add(`${event.data.processor}/${event.data.at}`)
    return new Quarantine(log, aside)
  }

  /** The event that a processor takes in where the log has this one: itself, the one that is tried again, or none. */
  async taken(processor: Processor, event: Recorded): Promise<Recorded | null> {
    const isRetry = isEvent(Retried, event) && event.data.processor === processor.name
    if (!isRetry && !processor.handles.includes(event.type)) return null
    if (this.#aside.has(`${processor.name}/${event.position}`)) return null
    return isRetry ? this.#at(event.data.cause) : event
  }

  async #at(position: Position): Promise<Recorded> {
    for await (const [event] of this.#log.readAll(position, { positionAtMost: position })) return event
    assert(false, `what is tried again stands in the log, at ${position}`)
  }
}
