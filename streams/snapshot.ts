/** Snapshots: what the processors of a lane know at a position, so that the lane goes on from there and not from the first event. */
import type { Position, Recorded, Revision, StreamName } from '../schemas/envelope.ts'
import { Retried } from '../schemas/events/processor.ts'
import type { Memory } from '../schemas/kernel/memory.ts'
import type { LogReader } from './log/port.ts'
import type { Processor } from './processor.ts'
import { Quarantine } from './quarantine.ts'

/** All up to the position is taken in, and all that follows from it stands in the log. */
export type Snapshot = Readonly<{
  position: Position
  processors: readonly Readonly<{ name: string; version: number; memory: Memory }>[]
  /** The last revision of each stream that was seen or written to. */
  revisions: ReadonlyMap<StreamName, Revision>
  /** What was set aside by then: see `Quarantine`. */
  aside: ReadonlySet<string>
}>

export type Known = Omit<Snapshot, 'position'>

/** An event that no processor takes in is read again in no time: so many of them count as one. */
const PASSED_OVER = 50

/** When a snapshot is taken: by how many events were taken in since the last one. */
export type Due = Readonly<{
  events: number
  /** At a clean stop: fewer are read again sooner than all is written. */
  eventsAtStop: number
}>

export const DUE: Due = { events: 5000, eventsAtStop: 100 }

/** Where a lane's snapshots are kept. What it gives is believed: whoever keeps it sees to it that nobody else can change it. */
export interface SnapshotStore {
  readonly due: Due
  /** Those that are whole, at or before a position, the newest first. */
  whole(atMost: Position): AsyncIterable<Snapshot>
  /**
   * Keeps one; a failure of any kind costs the snapshot and nothing else.
   * @param make gives what the processors know now; what it gives is not read after this returns
   */
  keep(position: Position, make: () => Known): void
  /** One that is no use is not given again. */
  passOver(position: Position, why: string): void
  /** Resolves when what is to be kept is kept. */
  kept(): Promise<void>
}

/** A lane's processors took over a part of a snapshot, and failed at the rest: what they know is not to be relied on. */
export class HalfRestored extends Error {}

export type Start = Readonly<{
  position: Position
  revisions: ReadonlyMap<StreamName, Revision>
  quarantine: Quarantine
}>

type Parts = Readonly<{
  log: Pick<LogReader, 'readAll'>
  processors: readonly Processor[]
  snapshots: SnapshotStore | null
}>

/**
 * Brings processors that know nothing to where the newest snapshot was taken that is of the same versions, and before which
 * nothing was set aside since.
 * @param atMost how far the answers in the log are known to be what follows
 * @throws HalfRestored
 */
export async function startFrom({ log, processors, snapshots }: Parts, atMost: Position): Promise<Start> {
  for await (const snapshot of snapshots?.whole(atMost) ?? []) {
    const { position, revisions } = snapshot
    const problem = misfit(snapshot, processors)
    const quarantine = problem === null ? await Quarantine.read(log, processors, snapshot) : null
    if (quarantine?.isPast(position)) continue
    if (quarantine === null) {
      snapshots?.passOver(position, problem ?? '')
      continue
    }
    try {
      for (const [i, { memory }] of snapshot.processors.entries()) processors[i].restore?.(memory)
    } catch (error) {
      snapshots?.passOver(position, String(error))
      throw new HalfRestored(`the snapshot at ${position}`, { cause: error })
    }
    return { position, revisions, quarantine }
  }
  return { position: 0, revisions: new Map(), quarantine: await Quarantine.read(log, processors) }
}

/** Why a snapshot is not of these processors; null where it is. */
function misfit(snapshot: Snapshot, processors: readonly Processor[]): string | null {
  const [has, wants] = [namesOf(snapshot.processors), namesOf(processors)]
  if (has.join() === wants.join()) return null
  const without = (some: readonly string[], others: readonly string[]): string =>
    some.filter((one) => !others.includes(one)).join(', ') || 'nothing else'
  return `it knows of ${without(has, wants)} where the lane has ${without(wants, has)} (processors and their versions)`
}

const namesOf = (of: readonly Pick<Processor, 'name' | 'version'>[]): readonly string[] =>
  of.map(({ name, version }) => `${name} ${version}`)

/** Takes the snapshots of a lane, as far as its processors can tell what they know. */
export class SnapshotTaker {
  readonly #processors: readonly Processor[]
  readonly #store: SnapshotStore | null
  #hasCeased = false
  /** Where the latest one was taken. */
  at: Position = 0
  /** How many events any of the processors took in since. */
  #met = 0
  readonly #handled: ReadonlySet<string>

  constructor(processors: readonly Processor[], store: SnapshotStore | null) {
    this.#processors = processors
    this.#store = processors.every(isSaved) ? store : null
    this.#handled = new Set([Retried.type, ...processors.flatMap(({ handles }) => handles)])
  }

  /** Whether any of the processors takes an event in: all others are passed over, and lead to a snapshot late. */
  meets({ type }: Pick<Recorded, 'type'>): boolean {
    const isMet = this.#handled.has(type)
    if (isMet) this.#met++
    return isMet
  }

  isDue(position: Position, isStop: boolean): boolean {
    if (this.#store === null || this.#hasCeased) return false
    const { events, eventsAtStop } = this.#store.due
    const wanted = isStop ? eventsAtStop : events
    return this.#met >= wanted || position - this.at >= wanted * PASSED_OVER
  }

  take({ position, ...known }: Omit<Snapshot, 'processors'>): void {
    const saved = (one: Savable) => ({ name: one.name, version: one.version, memory: one.save() })
    this.#store?.keep(position, () => {
      return { ...known, processors: this.#processors.filter(isSaved).map(saved) }
    })
    this.at = position
    this.#met = 0
  }

  /** The processors know what they would not know if they began anew: no snapshot is taken from here on. */
  cease(): void {
    this.#hasCeased = true
  }
}

type Savable = Processor & Required<Pick<Processor, 'version' | 'save' | 'restore'>>

const isSaved = (one: Processor): one is Savable =>
  one.version !== undefined && one.save !== undefined && one.restore !== undefined
