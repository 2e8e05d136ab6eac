/**
 * Keeps an online store at the newest values of a platform: after each arrival the entities that it changed, and a whole set where the
 * store does not have what the change stands on.
 */
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import type { Clock } from '../../schemas/kernel/time.ts'
import type { OnlineStore, SetHead, SetKey } from '../../streams/features/online/port.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { getRows } from '../../streams/log/tables.ts'
import type { Newest } from '../feature-store.ts'

export type PublisherParts = Readonly<{
  log: Pick<EventLog, 'readAll' | 'subscribe' | 'durable' | 'head'>
  chunks: ChunkStore
  /** The live lane's. */
  store: Newest
  online: OnlineStore
  moment: Clock
  /** Resolves when the live lane has come to the end of the log. */
  settled: () => Promise<unknown>
}>

export type Publisher = Readonly<{
  /** Brings every set up to date. Whoever asks while it is under way waits for the one after. */
  publish: () => Promise<void>
  /** Follows the log until it is closed. */
  follow: (onProblem: (error: unknown) => void) => Promise<void>
  /** The store may have lost what it had: all is asked for again. */
  forget: () => void
  /** Up to which position each set was published, `name@version`. */
  published: ReadonlyMap<string, Position>
}>

export function publisherOf(parts: PublisherParts): Publisher {
  const { log, chunks, store, online, moment, settled } = parts
  const published = new Map<string, Position>()
  let turn: Promise<unknown> = Promise.resolve()

  /** What the events of a set between two positions, the first exclusive, changed, and the id of the last one. */
  const changed = async (set: SetKey, after: Position, upTo: Position) => {
    const entities = new Set<string>()
    for await (const batch of log.readAll(after + 1, { types: [ValuesComputed.type], positionAtMost: upTo }))
      for (const event of batch) {
        if (
          !isEvent(ValuesComputed, event) ||
          event.data.set !== set.name ||
          event.data.version !== set.version
        )
          continue
        for (const ref of event.chunks)
          for (const entity of (await getRows(chunks, ref)).entities) entities.add(entity)
      }
    return entities
  }
  const idAt = async (position: Position): Promise<string> => {
    for await (const [event] of log.readAll(Math.max(position, 1), { positionAtMost: position }))
      return event.id
    return ''
  }

  const bring = async (set: SetKey): Promise<void> => {
    const key = `${set.name}@${set.version}`
    for (;;) {
      const { position } = store.headOf(set)
      const base = published.get(key)
      if (base === position) return
      const [entities, event] = [
        base === undefined ? null : await changed(set, base, position),
        await idAt(position),
      ]
      // What is read from here on is of one moment; more may have come while the log was read.
      const head: SetHead = { ...store.headOf(set), event }
      if (head.position !== position) continue
      const entries = store.entriesOf(set, moment.nowMicros(), entities ?? undefined)
      // Nothing is served that a power cut could take.
      await log.durable()
      const written = base === undefined ? 'gap' : await online.update(head, base, entries)
      if (written === 'gap') await whole(set, event, position)
      published.set(key, position)
    }
  }

  const whole = async (set: SetKey, event: string, position: Position): Promise<void> => {
    const there = await online.read(set, [])
    // Of a log that was restored from an older copy, or went on otherwise, nothing of what was newer is true.
    const isOther = there !== null && (await idAt(there.head.position)) !== there.head.event
    const head: SetHead = { ...store.headOf(set), event }
    if (head.position !== position) return
    await online.replace(head, store.entriesOf(set, moment.nowMicros()), isOther ? 'any' : 'older')
  }

  const publish = (): Promise<void> => {
    const mine = turn.then(async () => {
      try {
        for (const set of store.sets()) await bring(set)
      } catch (error) {
        // What it has by now is not known: it is asked for when it is there again.
        published.clear()
        throw error
      }
    })
    turn = mine.catch(() => undefined)
    return mine
  }

  return {
    publish,
    forget: () => published.clear(),
    published,
    async follow(onProblem) {
      const { position } = await log.head()
      await publish().catch(onProblem)
      for await (const _ of log.subscribe(position + 1, { types: [SetDefined.type, ValuesComputed.type] })) {
        await settled().catch(() => undefined)
        await publish().catch(onProblem)
      }
    },
  }
}
