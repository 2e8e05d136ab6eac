/**
 * What a folder has of a log on KurrentDB: the same tables as an embedded log's, filled from the server and never ahead of it. Reads, seal and
 * verification are those of any folder.
 */
import type { Position } from '../../../schemas/envelope.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { Bell } from '../arrivals.ts'
import { tailAfter } from '../group.ts'
import type { LiveSeal } from '../seal/live.ts'
import type { LogStore, StoredBatch } from '../stored.ts'
import { idOf, readEvent } from './event.ts'
import { Incoming } from './incoming.ts'
import type { LogServer, ServerEvent } from './server.ts'

const EVENTS_PER_PAGE = 2048
/** The server has it: the folder's own copy may be a moment behind when power fails. */
const SYNC_MILLIS = 100

type MirrorParts = Readonly<{ folder: string; store: LogStore; server: LogServer }>

export class Mirror {
  readonly #parts: MirrorParts
  readonly #incoming: Incoming
  #whole: StoredBatch[] = []
  #seal: LiveSeal | null = null
  #bell: Bell | null = null
  #soon: NodeJS.Timeout | undefined

  constructor(parts: MirrorParts) {
    this.#parts = parts
    this.#incoming = new Incoming(parts.store)
  }

  get position(): Position {
    return this.#parts.store.tail().position
  }

  /** From now on what comes in is sealed, and whoever follows the log is told. */
  tell(seal: LiveSeal | null, bell: Bell): void {
    this.#seal = seal
    this.#bell = bell
  }

  /**
   * Compares the end of the copy with what the server has there.
   * @throws Refusal `log.server-diverged` where the server lost it, or never had it; `log.server-away`
   */
  async compare(): Promise<void> {
    const { folder, store, server } = this.#parts
    const { position } = store.tail()
    if (position === 0) return
    const [there] = await server.page(position - 1, 1)
    const [leaf] = store.leaves(position, position)
    const diverged = (problem: string) =>
      refuse('log.server-diverged', { stream: server.stream, folder, problem })
    if (there === undefined || there.revision !== position - 1) {
      const last = await server.last()
      throw diverged(
        `the server has ${last === null ? 0 : last.revision + 1} events, the folder ${position}, and all of them were acknowledged`,
      )
    }
    const { index, first = null } = readEvent(there)
    const [opening] = first === null ? await server.page(position - 1 - index, 1) : [there]
    const writer = opening && readEvent(opening).first?.writer
    if (leaf === undefined || writer === undefined || idOf(leaf, writer) !== there.id)
      throw diverged(`their events ${position} are two`)
  }

  /** Takes in all that the server has by now. @throws Refusal `log.server-away`, `log.damaged` */
  async catchUp(): Promise<void> {
    for (;;) {
      const page = await this.#parts.server.page(this.#incoming.next - 1, EVENTS_PER_PAGE)
      for (const event of page) this.offer(event)
      this.flush()
      if (page.length < EVENTS_PER_PAGE) return
    }
  }

  /** Takes an event of the server, in order; it is written with the next `flush`. @throws Refusal `log.damaged` */
  offer(event: ServerEvent): void {
    const batch = this.#incoming.add(event)
    if (batch !== null) this.#whole.push(batch)
  }

  /** Writes what is whole. */
  flush(): void {
    const batches = this.#whole
    this.#whole = []
    if (batches.length > 0) this.#write(batches)
  }

  /** Batches that the server has just acknowledged: those that have not come back from there are written now. */
  take(batches: readonly StoredBatch[]): void {
    this.flush()
    const { position } = this
    const rest = batches.filter((batch) => tailAfter(batch).position > position)
    if (rest.length === 0) return
    this.#write(rest)
    this.#incoming.goOn()
  }

  async close(): Promise<void> {
    clearTimeout(this.#soon)
    await this.#parts.store.sync()
  }

  #write(batches: readonly StoredBatch[]): void {
    this.#parts.store.write(batches)
    this.#seal?.extend(batches.flatMap(({ events }) => events.map(({ leaf }) => leaf)))
    this.#bell?.ring()
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      // What the disk refuses here, the next write meets too.
      this.#parts.store.sync().catch(() => undefined)
    }, SYNC_MILLIS).unref()
  }
}
