/** Commands under way in one server: each is done once, whoever sends it again, and long work can be asked about and cancelled. */
import { randomUUID } from 'node:crypto'
import type { Position } from '../../schemas/envelope.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { type Fault, refuse } from '../../schemas/kernel/fault.ts'
import type { Subject } from '../../schemas/role.ts'
import { faultToTell } from '../named.ts'
import type { Platform } from '../platform.ts'
import { warn } from '../warn.ts'
import type { AnyCommand, Done } from './definition.ts'
import { perform } from './perform.ts'

/** How many ids are remembered beyond what the log itself tells, and how much long work that has ended. */
const MOST_REMEMBERED = 10_000
const MOST_TOLD = 1_000

/** `waiting`: not begun. `requested`: it stands in the log, and what follows from it is under way. */
export type WorkState = 'waiting' | 'requested' | 'finished' | 'failed' | 'cancelled'

export type WorkTold = Readonly<{
  work: string
  command: string
  /** Of its events; null before it was found to be well formed. */
  commandId: string | null
  actor: string
  state: WorkState
  /** Where it stands in the log; null before it does. */
  position: Position | null
  /** How far it is, in whatever it is made of: the trials of a sweep. */
  done: number
  of: number
  /** What it came to, where it is finished. */
  result: Done<unknown> | null
  /** Why it failed. */
  error: Fault | null
}>

type Sent = Readonly<{ input: unknown; subject: Subject; id?: string | undefined }>

export class Work {
  readonly result: Promise<Done<unknown>>
  /** When it stands in the log; whether anything was written. */
  readonly begun: Promise<boolean>
  #told: WorkTold
  #cancelledBy: string | null = null
  #hasBegun = false
  #allBegun = false

  constructor(platform: Platform, command: AnyCommand, { input, subject, id }: Sent) {
    const { name: actor, roles } = subject
    const { promise: begun, resolve } = Promise.withResolvers<boolean>()
    this.begun = begun
    this.#told = {
      // None that a caller makes up: two may give the same, and one may give the position of other work.
      work: randomUUID(),
      command: command.name,
      commandId: null,
      actor,
      state: 'waiting',
      ...{ position: null, done: 0, of: 1, result: null, error: null },
    }
    const asked = {
      actor,
      roles,
      id,
      named: (commandId: string) => this.#tell({ commandId }),
      beginning: () => this.#assertWanted(),
      recorded: ({ position, changed }: Readonly<{ position: Position; changed: boolean }>) => {
        if (this.#told.position === null) this.#tell({ position, state: 'requested' })
        resolve(changed)
      },
      progress: (done: number, of: number) => this.#tell({ done, of }),
      allBegun: () => {
        this.#allBegun = true
      },
    }
    this.result = perform(platform, command, { input, asked })
    this.result.then(
      (result) => {
        const { position } = result
        this.#tell({ state: 'finished', result, position, done: this.#told.of })
      },
      (error: unknown) => {
        const told = faultToTell(error)
        if (told.code === 'internal') warn(`A defect in ${command.name}: ${stackOf(error)}`)
        this.#tell({ state: told.code === 'work.cancelled' ? 'cancelled' : 'failed', error: told })
      },
    )
  }

  get told(): WorkTold {
    return this.#told
  }

  get canCancel(): boolean {
    // What has its turn may not stand in the log yet: it will.
    return !this.hasEnded && (!this.#hasBegun || (this.#told.of > 1 && !this.#allBegun))
  }

  get hasEnded(): boolean {
    return this.#told.state !== 'waiting' && this.#told.state !== 'requested'
  }

  /**
   * Ends what has not begun: all of it, or the trials of a sweep that are still to come. What has its turn is on its way into the log, and is
   * waited for, so that nobody is told that it is cancelled when it is not.
   * @throws Refusal `work.begun`, `work.over`
   */
  async cancel(by: string): Promise<void> {
    if (this.#hasBegun && this.#told.position === null)
      await Promise.race([this.begun, this.result.catch(() => undefined)])
    const { work, position, state } = this.#told
    if (position === null && this.hasEnded)
      throw refuse('work.over', { work, state: state === 'failed' ? 'refused' : state })
    if (!this.canCancel) throw refuse('work.begun', { work, position: position ?? 0 })
    this.#cancelledBy ??= by
  }

  #assertWanted(): void {
    this.#hasBegun ||= this.#cancelledBy === null
    if (this.#cancelledBy === null) return
    throw refuse('work.cancelled', { work: this.#told.work, by: this.#cancelledBy })
  }

  #tell(more: Partial<WorkTold>): void {
    this.#told = { ...this.#told, ...more }
  }
}

export class Works {
  readonly #platform: Platform
  /** By subject, command and id, the oldest first. */
  readonly #byId = new Map<string, Readonly<{ digest: string; work: Work }>>()
  /** Long work, the oldest first. */
  readonly #long = new Map<string, Work>()

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /**
   * Begins a command; one that the subject gave under the same id before is the same work.
   * @throws Refusal `command.id-reused` for such an id with another input
   */
  start(command: AnyCommand, sent: Sent): Readonly<{ work: Work; repeated: boolean }> {
    const { id, input, subject } = sent
    if (id === undefined) return { work: this.#started(command, sent), repeated: false }
    const key = JSON.stringify([subject.name, command.name, id])
    const digest = digestOf(input ?? null)
    const first = this.#byId.get(key)
    if (first !== undefined) {
      if (first.digest !== digest) throw refuse('command.id-reused', { id, command: command.name })
      return { work: first.work, repeated: true }
    }
    const work = this.#started(command, sent)
    this.#byId.set(key, { digest, work })
    forgetOldest(this.#byId, MOST_REMEMBERED)
    // What was refused is not done, and may be tried again.
    work.result.catch(() => this.#byId.delete(key))
    return { work, repeated: false }
  }

  #started(command: AnyCommand, sent: Sent): Work {
    const work = new Work(this.#platform, command, sent)
    if (command.isLong) {
      this.#long.set(work.told.work, work)
      forgetOldest(this.#long, MOST_TOLD, ({ hasEnded }) => hasEnded)
    }
    return work
  }

  /** Takes work that was refused at once out of the list: whoever asked was told, and nothing of it began. */
  forget({ told: { work } }: Work): void {
    this.#long.delete(work)
  }

  /** By its name or its position; undefined for what this server has not begun. */
  find(name: string): Work | undefined {
    return this.#long.get(name) ?? this.all().find(({ told }) => String(told.position) === name)
  }

  /** Ends whatever can be ended, because the server ends. */
  cancelAll(): void {
    for (const work of this.all()) if (work.canCancel) void work.cancel('asof').catch(() => undefined)
  }

  all(): readonly Work[] {
    return [...this.#long.values()]
  }
}

/** Takes the oldest out of a map that holds too many, of those that may go. */
function forgetOldest<V>(map: Map<string, V>, most: number, mayGo: (value: V) => boolean = () => true): void {
  if (map.size <= most) return
  for (const [key, value] of map) {
    if (!mayGo(value)) continue
    map.delete(key)
    return
  }
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
