/** What a processor could not take in is set aside, with its reason, as an event; everything else goes on. */
import type { Position, Recorded } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { Quarantined, Retried } from '../schemas/events/processor.ts'
import { assert } from '../schemas/kernel/assert.ts'
import { type FaultCode, Refusal } from '../schemas/kernel/fault.ts'
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

/** Failures of the machine, of the log, or of what is not there: they stop the lane, and are over when it is opened again. */
const PASSING: ReadonlySet<FaultCode> = new Set([
  ...([
    'log.conflict',
    'log.command-reused',
    'log.second-writer',
    'log.clock-ahead',
    'log.unreadable',
  ] as const),
  ...([
    'log.newer-version',
    'log.missing',
    'log.closed',
    'log.disk-full',
    'log.failed',
    'log.damaged',
  ] as const),
  ...(['log.server-away', 'log.server-refused', 'log.server-diverged', 'log.server-key'] as const),
  ...(['log.mirror', 'log.not-a-mirror'] as const),
  ...([
    'chunk.missing',
    'chunk.damaged',
    'chunk.disk-full',
    'chunk.store-away',
    'chunk.store-refused',
  ] as const),
  ...(['chunk.no-object-lock', 'chunk.weaker-retention'] as const),
  ...(['seal.diverged', 'seal.missing', 'seal.malformed'] as const),
  ...(['pipeline.other-answer', 'pipeline.older-version'] as const),
  ...(['lane.elsewhere', 'lane.taken', 'lane.lost', 'lane.alone'] as const),
  ...(['folder.full', 'folder.not-writable', 'reader.not-started'] as const),
])

/** Whether a failure is one of the processor at this event, as a chunk that holds no table is. What passes is none. */
export function isPoison(error: unknown): boolean {
  if (!(error instanceof Error)) return true
  if (error instanceof Refusal) return !PASSING.has(error.fault.code)
  const isOfSystem = 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
  return !isOfSystem && !('errcode' in error)
}

/** What was set aside by a position: for each, the processor and where it was to take the event in. */
type Before = Readonly<{ position: Position; aside: ReadonlySet<string> }>
const NOTHING: Before = { position: 0, aside: new Set() }

type Named = readonly Pick<Processor, 'name'>[]

/** What was set aside, and what each processor takes in instead of it. */
export class Quarantine {
  readonly #log: Pick<LogReader, 'readAll'>
  readonly #processors: Named
  /** All that was set aside for them. */
  readonly aside: ReadonlySet<string>
  /** The first event that was set aside and was not known to be. */
  readonly #earliest: Position

  private constructor(
    log: Pick<LogReader, 'readAll'>,
    of: Readonly<{ processors: Named; aside: ReadonlySet<string>; earliest: Position }>,
  ) {
    this.#log = log
    this.#processors = of.processors
    this.aside = of.aside
    this.#earliest = of.earliest
  }

  /**
   * What was set aside for these processors.
   * @param before what is known already: the log is read from there on
   */
  static async read(
    log: Pick<LogReader, 'readAll'>,
    processors: Named,
    before: Before = NOTHING,
  ): Promise<Quarantine> {
    const names = new Set(processors.map(({ name }) => name))
    const aside = new Set(before.aside)
    let earliest = Number.POSITIVE_INFINITY
    for await (const batch of log.readAll(before.position + 1, { types: [Quarantined.type] }))
      for (const event of batch) {
        if (!isEvent(Quarantined, event) || !names.has(event.data.processor)) continue
        if (aside.has(keyOf(event.data))) continue
        aside.add(keyOf(event.data))
        earliest = Math.min(earliest, event.data.at)
      }
    return new Quarantine(log, { processors, aside, earliest })
  }

  /** Whether something at or before a position was set aside that was not known to be when this was read. */
  isPast(position: Position): boolean {
    return this.#earliest <= position
  }

  /** Whether an event sets something aside that is not known to be. */
  isNews(event: Recorded): boolean {
    if (!isEvent(Quarantined, event)) return false
    const { processor } = event.data
    return this.#processors.some(({ name }) => name === processor) && !this.aside.has(keyOf(event.data))
  }

  /** The event that a processor takes in where the log has this one: itself, the one that is tried again, or none. */
  async taken(processor: Processor, event: Recorded): Promise<Recorded | null> {
    const isRetry = isEvent(Retried, event) && event.data.processor === processor.name
    if (!isRetry && !processor.handles.includes(event.type)) return null
    if (this.aside.has(keyOf({ processor: processor.name, at: event.position }))) return null
    return isRetry ? this.#at(event.data.cause) : event
  }

  async #at(position: Position): Promise<Recorded> {
    for await (const [event] of this.#log.readAll(position, { positionAtMost: position })) return event
    assert(false, `what is tried again stands in the log, at ${position}`)
  }
}

const keyOf = ({ processor, at }: Pick<SetAside, 'processor' | 'at'>): string => `${processor}/${at}`
