/** Runs projections along the log: states, positions and digests move together, and any past moment can be reached. */
import type { Position, Recorded } from '../schemas/envelope.ts'
import { type Digest, digestOf } from '../schemas/kernel/canonical.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { isForeign, isUnconfirmed } from '../schemas/reaction.ts'
import type { LogReader } from '../streams/log/port.ts'
import { Layout, stateOf } from './pieces.ts'
import type { Projection } from './projection.ts'
import type { Key, ProjectionStore, Saved } from './saved.ts'
import { Tracked } from './tracked.ts'

/**
 * A moment of the past, on two axes. `knownAt` hides what became known later; `position` hides what the log did not yet
 * have. Either or both; neither means now. `confirmed` hides the answers of processors beyond the position up to which the
 * writer has compared them.
 */
export type Moment = Readonly<{ knownAt?: Micros; position?: Position; confirmed?: Position }>

type ViewState<S> = Readonly<{ state: S; position: Position; digest: Digest }>

const SAVE_EVERY_EVENTS = 5_000

/** `isStored`: what the store has of it is what it was when its changes were written last. */
type Running = { projection: Projection; tracked: Tracked; position: Position; isStored: boolean }

type RunnerParts = Readonly<{
  log: LogReader
  store: ProjectionStore
  projections: readonly Projection[]
  snapshotEveryEvents?: number
  /** How far processors' answers are known to be theirs: nothing beyond it is folded. All of it unless given. */
  confirmed?: () => Position
  /** Waited for after each page of the log, so that others get their turn. */
  pause?: () => Promise<void>
}>

export class ProjectionRunner {
  readonly #log: LogReader
  readonly #store: ProjectionStore
  readonly #running: Running[]
  readonly #snapshotEveryEvents: number
  readonly #confirmed: () => Position
  readonly #pause: () => Promise<void>
  #sinceSnapshot = 0
  #isResumed = false
  /** The latest fold: the next one waits for it. */
  #folding: Promise<unknown> = Promise.resolve()

  constructor(parts: RunnerParts) {
    this.#log = parts.log
    this.#store = parts.store
    this.#snapshotEveryEvents = parts.snapshotEveryEvents ?? SAVE_EVERY_EVENTS
    this.#confirmed = parts.confirmed ?? (() => Number.POSITIVE_INFINITY)
    this.#pause = parts.pause ?? (async () => undefined)
    this.#running = parts.projections.map((projection) => runningFrom(projection, undefined))
  }

  /** Folds everything that the log has beyond the slowest projection, and stores the outcome. */
  catchUp(onProgress: (position: Position) => void = () => {}): Promise<Position> {
    return this.#inTurn(async () => {
      if (this.#isResumed) return this.#fold(onProgress)
      await this.#resume()
      // What was stored may be of no shape that goes on, whatever its digest says: what the log says does.
      return this.#fold(onProgress).catch((error) => {
        if (!(error instanceof Unfit)) throw error
        return this.#foldAnew(onProgress)
      })
    })
  }

  #inTurn(fold: () => Promise<Position>): Promise<Position> {
    const folded = this.#folding.then(fold)
    this.#folding = folded.catch(() => undefined)
    return folded
  }

  async #fold(onProgress: (position: Position) => void): Promise<Position> {
    const from = Math.min(...this.#running.map((running) => running.position)) + 1
    let last = from - 1
    for await (const batch of this.#log.readAll(from, { positionAtMost: this.#confirmed() })) {
      for (const event of batch) {
        this.#apply(event)
        last = event.position
      }
      if (this.#sinceSnapshot >= this.#snapshotEveryEvents) {
        await this.#save(true)
        onProgress(last)
      }
      await this.#pause()
    }
    if (last >= from) await this.#save(false)
    return last
  }

  #apply(event: Recorded): void {
    for (const running of this.#running) {
      if (event.position <= running.position) continue
      if (running.projection.handles.includes(event.type) && !isForeign(event)) {
        running.tracked.update((state) => applied(running.projection, state, event))
      }
      running.position = event.position
    }
    this.#sinceSnapshot++
  }

  /** From what was stored, as far as the log still has the event that it was stored at. */
  async #resume(): Promise<void> {
    this.#isResumed = true
    for (const running of this.#running) {
      const saved = await sound(this.#log, this.#store.latest(running.projection))
      Object.assign(running, runningFrom(running.projection, saved))
    }
  }

  async #save(snapshot: boolean): Promise<void> {
    const leaves = new Map<Position, string>()
    for (const { position } of this.#running)
      if (!leaves.has(position)) leaves.set(position, await leafAt(this.#log, position))
    this.#store.save(
      this.#running.map(({ projection, tracked, position, isStored }) => ({
        name: projection.name,
        version: projection.version,
        position,
        leaf: leaves.get(position) ?? '',
        snapshot,
        whole: !isStored,
        changes: (whole) => (whole ? tracked.whole() : tracked.changes()),
      })),
    )
    for (const running of this.#running) {
      running.tracked.settle()
      running.isStored = true
    }
    if (snapshot) this.#sinceSnapshot = 0
  }

  /** Throws every stored state away and folds the log from its first event. */
  rebuild(onProgress: (position: Position) => void = () => {}): Promise<Position> {
    return this.#inTurn(() => this.#foldAnew(onProgress))
  }

  #foldAnew(onProgress: (position: Position) => void): Promise<Position> {
    this.#store.clear()
    for (const running of this.#running) Object.assign(running, runningFrom(running.projection, undefined))
    this.#sinceSnapshot = 0
    this.#isResumed = true
    return this.#fold(onProgress)
  }

  /** Name, position and digest of each projection as it stands. */
  digests(): readonly Readonly<{ name: string; position: Position; digest: Digest }>[] {
    return this.#running.map(({ projection, tracked, position }) => ({
      name: projection.name,
      position,
      digest: digestOf(tracked.state),
    }))
  }

  /** The state as it stands. It belongs to the runner: read it, do not keep or change it. */
  now<S>(projection: Projection<S>): S {
    const running = this.#running.find((one) => one.projection.name === projection.name)
    if (running === undefined) throw refuse('view.unknown', { view: projection.name, views: this.names() })
    return running.tracked.state as S
  }

  names(): string {
    return this.#running.map((running) => running.projection.name).join(', ')
  }

  /** A view as it was at a moment; the state is the caller's own. */
  at<S>(projection: Projection<S>, moment: Moment): Promise<ViewState<S>> {
    return foldTo(this.#log, this.#store, projection, moment)
  }
}

/** A state that does not go on with an event. */
class Unfit extends Error {}

function applied({ name, apply }: Projection, state: unknown, event: Recorded): unknown {
  try {
    return apply(state, event)
  } catch (error) {
    throw new Unfit(`${name} at event ${event.position}: ${String(error)}`, { cause: error })
  }
}

function runningFrom(projection: Projection, saved: Saved | undefined): Running {
  const { state, position } = resume(projection, saved)
  const tracked = new Tracked(new Layout(projection.parts), state)
  return { projection, tracked, position, isStored: position > 0 }
}

/** What cannot be read, or is no state of this view, is folded again. */
function resume<S>(projection: Projection<S>, saved: Saved | undefined): { state: S; position: Position } {
  const nothing = { state: projection.initial(), position: 0 }
  if (saved === undefined) return nothing
  try {
    const state = stateOf(saved.pieces)
    return isLike(nothing.state, state) ? { state: state as S, position: saved.position } : nothing
  } catch {
    return nothing
  }
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value

/** Whether a state has the parts of one that knows nothing yet, each of the same kind; null may become anything. */
function isLike(nothing: unknown, state: unknown): boolean {
  if (kindOf(nothing) === 'null') return state !== undefined
  if (kindOf(nothing) !== kindOf(state)) return false
  if (kindOf(nothing) !== 'object') return true
  return Object.entries(nothing as object).every(
    ([key, one]) =>
      Object.hasOwn(state as object, key) && isLike(one, (state as Record<string, unknown>)[key]),
  )
}

/** A stored state stands where the log has the same event at its position. */
async function sound(log: LogReader, saved: Saved | undefined): Promise<Saved | undefined> {
  if (saved === undefined || saved.position === 0) return saved
  return (await leafAt(log, saved.position)) === saved.leaf ? saved : undefined
}

/** The leaf hash of an event; empty where there is none. */
async function leafAt(log: LogReader, position: Position): Promise<string> {
  if (position === 0) return ''
  for await (const [leaf] of log.leaves(position, position)) return Buffer.from(leaf ?? []).toString('hex')
  return ''
}

/** The latest state, where it is of no later than the position; a snapshot otherwise. */
function nearest(store: ProjectionStore, projection: Key, position: Position): Saved | undefined {
  const latest = store.latest(projection)
  return latest !== undefined && latest.position <= position ? latest : store.before(projection, position)
}

/**
 * Folds a projection to a moment, from the nearest sound snapshot before the first event that the moment hides.
 * @param store `NO_STORE` for what is to be a proof
 */
export async function foldTo<S>(
  log: LogReader,
  store: ProjectionStore,
  projection: Projection<S>,
  moment: Moment,
): Promise<ViewState<S>> {
  const { confirmed = Number.POSITIVE_INFINITY, knownAt } = moment
  const head = (await log.head()).position
  const end = Math.min(moment.position ?? head, head)
  const allKnown = knownAt === undefined ? end : await log.positionAt({ knownAt })
  const saved = nearest(store, projection, Math.min(end, allKnown, confirmed))
  const wanted = { types: projection.handles, positionAtMost: end }
  const filter = knownAt === undefined ? wanted : { ...wanted, knownAtMost: knownAt }
  const foldFrom = async ({ position, state }: ReturnType<typeof resume<S>>): Promise<S> => {
    for await (const batch of log.readAll(position + 1, filter)) {
      for (const event of batch) {
        const isHidden = event.position > end || isForeign(event) || isUnconfirmed(event, confirmed)
        if (!isHidden) state = applied(projection as Projection, state, event) as S
      }
    }
    return state
  }
  const resumed = resume(projection, await sound(log, saved))
  // What was stored may be of no shape that goes on: what the log says does.
  const state = await foldFrom(resumed).catch((error) => {
    if (resumed.position === 0 || !(error instanceof Unfit)) throw error
    return foldFrom(resume(projection, undefined))
  })
  return {
    state,
    position: end,
    // It takes as long as a large state, and few ask for it.
    get digest() {
      return digestOf(state)
    },
  }
}
