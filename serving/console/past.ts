/** The platform as it was at one moment, for the pages of the console: views are folded once for a moment, and kept for the next page. */
import type { Projection } from '../../projections/projection.ts'
import { foldTo, type Moment } from '../../projections/runner.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { LogReader } from '../../streams/log/port.ts'
import type { Archive } from '../archive.ts'
import { wallClock } from '../clock.ts'
import { momentOf } from '../moment.ts'
import type { Platform } from '../platform.ts'

/** What pages are made from. */
export type Source = Pick<Archive, 'log' | 'chunks' | 'states' | 'confirmed'> &
  Readonly<{
    /** How far each lane is now: the log does not say how far one was. */
    lanes: Pick<Platform['lanes'], 'status'>
  }>

/** The moment of a page, as every page says it. */
export type At = Readonly<{
  /** What was known by then; null where only the log's end or a position cuts. */
  knownAt: Micros | null
  /** The last event that was there and known, and how far the log goes. */
  position: Position
  head: Position
}>

export type Past = Readonly<{
  at: At
  moment: Moment
  source: Source
  /** A view as it was. It is shared: read it, and do not change it. */
  view: <S>(projection: Projection<S>) => Promise<S>
}>

export type Asked = Readonly<{ at: string; recorded?: string | undefined }>

/** Views of a handful of moments: a page and the ones beside it ask for the same. */
const MOST_KEPT = 16

/** Opens the past over a platform. @returns what reads it at a moment @throws Refusal `moment.*`, in a reading */
export function openPast(source: Source): (asked: Asked) => Promise<Past> {
  const kept = new Map<string, Promise<unknown>>()

  const keep = <S>(key: string, fold: () => Promise<S>): Promise<S> => {
    const found = (kept.get(key) as Promise<S> | undefined) ?? fold()
    // The one that was asked for last is let go last.
    kept.delete(key)
    kept.set(key, found)
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    found.catch(() => kept.delete(key))
    return found
  }

  return async ({ at, recorded }) => {
    const confirmed = await source.confirmed()
    const head = (await source.log.head()).position
    const cut = await momentOf(source.log, at, recorded)
    // What is appended from here on belongs to no part of the answer.
    const position = Math.min(cut.position ?? head, head)
    const moment: Moment = { ...cut, position, confirmed }
    const known = cut.knownAt ?? null
    const last = await keep(`last ${known} ${position}`, () => lastKnown(source.log, moment, position))
    return {
      at: { knownAt: known, position: last, head },
      moment,
      source,
      view: (projection) =>
        keep(`${projection.name} ${known} ${position} ${Math.min(confirmed, position)}`, async () => {
          const { state } = await foldTo(source.log, source.states, projection, moment)
          return state
        }),
    }
  }
}

/** What time it was: some things end without an event, as a snooze does. */
export async function timeOf({ at, source }: Pick<Past, 'at' | 'source'>): Promise<Micros> {
  if (at.knownAt !== null) return at.knownAt
  if (at.position === at.head || at.position < 1) return wallClock.nowMicros()
  for await (const batch of source.log.readAll(at.position, { positionAtMost: at.position }))
    for (const event of batch) return event.knownAt
  return wallClock.nowMicros()
}

/** The last event that was known at a moment: those before it that became known later are left out by whoever lists them. */
async function lastKnown(log: LogReader, { knownAt }: Moment, position: Position): Promise<Position> {
  if (knownAt === undefined) return position
  let last = Math.min(await log.positionAt({ knownAt }), position)
  for await (const batch of log.readAll(last + 1, { knownAtMost: knownAt, positionAtMost: position }))
    last = batch.at(-1)?.position ?? last
  return last
}
