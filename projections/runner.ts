/** Runs projections along the log: states, positions and digests move together, and any past moment can be reached. */
import type { Position, Recorded } from '../schemas/envelope.ts'
import { type Digest, sha256 } from '../schemas/kernel/canonical.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { isForeign } from '../schemas/reaction.ts'
import type { LogReader } from '../streams/log/port.ts'
import type { Projection } from './projection.ts'
import type { ProjectionStore, Saved } from './store.ts'

/**
 * A moment of the past, on two axes. `knownAt` hides what became known later; `position` hides what the log did not yet
 * have. Either or both; neither means now.
 */
export type Moment = Readonly<{ knownAt?: Micros; position?: Position }>

export type ViewState<S> = Readonly<{ state: S; position: Position; digest: Digest }>

const SAVE_EVERY_EVENTS = 5_000

type Running = { projection: Projection; state: unknown; position: Position }

export class ProjectionRunner {
  readonly #log: LogReader
  readonly #store: ProjectionStore
  readonly #running: Running[]
  readonly #snapshotEveryEvents: number
  #sinceSnapshot = 0

  constructor(parts: {
    log: LogReader
    store: ProjectionStore
    projections: readonly Projection[]
    snapshotEveryEvents?: number
  }) {
    this.#log = parts.log
    this.#store = parts.store
    this.#snapshotEveryEvents = parts.snapshotEveryEvents ?? SAVE_EVERY_EVENTS
    this.#running = parts.projections.map((projection) => {
      const saved = parts.store.latest(projection)
      return { projection, ...resume(projection, saved) }
    })
  }

  /** Folds everything that the log has beyond the slowest projection, and stores the outcome. */
  async catchUp(onProgress: (position: Position) => void = () => {}): Promise<Position> {
    const from = Math.min(...this.#running.map((running) => running.position)) + 1
    let last = from - 1
    for await (const batch of this.#log.readAll(from)) {
      for (const event of batch) {
        this.#apply(event)
        last = event.position
      }
      if (this.#sinceSnapshot >= this.#snapshotEveryEvents) {
        this.#save(true)
        onProgress(last)
      }
    }
    if (last >= from) this.#save(false)
    return last
  }

  #apply(event: Recorded): void {
    for (const running of this.#running) {
      if (event.position <= running.position) continue
      if (running.projection.handles.includes(event.type) && !isForeign(event)) {
        running.state = running.projection.apply(running.state, event)
      }
      running.position = event.position
    }
    this.#sinceSnapshot++
  }

  #save(snapshot: boolean): void {
    this.#store.save(
      this.#running.map(({ projection, state, position }) => {
        const text = projection.encode(state)
        const { name, version } = projection
        return { name, version, position, digest: sha256(text), state: text, snapshot }
      }),
    )
    if (snapshot) this.#sinceSnapshot = 0
  }

  /** Throws every stored state away and folds the log from its first event. */
  async rebuild(onProgress: (position: Position) => void = () => {}): Promise<Position> {
    this.#store.clear()
    for (const running of this.#running) Object.assign(running, resume(running.projection, undefined))
    this.#sinceSnapshot = 0
    return this.catchUp(onProgress)
  }

  /** Name, position and digest of each projection as it stands. */
  digests(): readonly Readonly<{ name: string; position: Position; digest: Digest }>[] {
    return this.#running.map(({ projection, state, position }) => ({
      name: projection.name,
      position,
      digest: sha256(projection.encode(state)),
    }))
  }

  /** The state as it stands. It belongs to the runner: read it, do not keep or change it. */
  now<S>(projection: Projection<S>): S {
    const running = this.#running.find((one) => one.projection.name === projection.name)
    if (running === undefined) throw refuse('view.unknown', { view: projection.name, views: this.names() })
    return running.state as S
  }

  names(): string {
    return this.#running.map((running) => running.projection.name).join(', ')
  }

  /** A view as it was at a moment; the state is the caller's own. */
  at<S>(projection: Projection<S>, moment: Moment): Promise<ViewState<S>> {
    return foldTo(this.#log, this.#store, projection, moment)
  }
}

function resume<S>(projection: Projection<S>, saved: Saved | undefined): { state: S; position: Position } {
  if (saved === undefined) return { state: projection.initial(), position: 0 }
  return { state: projection.decode(saved.state), position: saved.position }
}

/** Folds a projection to a moment, from the nearest snapshot before the first event that the moment hides. */
export async function foldTo<S>(
  log: LogReader,
  store: ProjectionStore,
  projection: Projection<S>,
  moment: Moment,
): Promise<ViewState<S>> {
  const head = (await log.head()).position
  const end = Math.min(moment.position ?? head, head)
  const allKnown = moment.knownAt === undefined ? end : await log.positionAt({ knownAt: moment.knownAt })
  const saved = store.before(projection, Math.min(end, allKnown))
  const { position, ...resumed } = resume(projection, saved)
  let { state } = resumed
  const wanted = { types: projection.handles, positionAtMost: end }
  const filter = moment.knownAt === undefined ? wanted : { ...wanted, knownAtMost: moment.knownAt }
  for await (const batch of log.readAll(position + 1, filter)) {
    for (const event of batch)
      if (event.position <= end && !isForeign(event)) state = projection.apply(state, event)
  }
  return { state, position: end, digest: sha256(projection.encode(state)) }
}
