/** The online store against the log alone: written anew from it, or compared with it. */

import { PointInTime } from '../../projections/feature/point-in-time.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { digestFrom, packed } from '../../streams/features/online/entry.ts'
import type { Entries, OnlineStore, SetHead, SetKey } from '../../streams/features/online/port.ts'
import { getRows } from '../../streams/log/tables.ts'
import type { Archive } from '../archive.ts'

type Told = Readonly<{ head: SetHead; entries: Entries }>
/** What is older goes when the rows have become more by so many. */
const ROWS_AT_ONCE = 1 << 16

/**
 * The newest vectors of every set, folded from the log alone.
 * @param moment what only earlier moments ask for is left out
 * @param upTo for each set, `name@version`, the position to fold to; to the end of what is confirmed unless it is named
 */
export async function newestOf(
  archive: Pick<Archive, 'log' | 'chunks' | 'confirmed'>,
  moment: Micros,
  upTo: ReadonlyMap<string, Position> = new Map(),
): Promise<readonly Told[]> {
  const { log, chunks } = archive
  const sets = new Map<string, { head: SetHead; index: PointInTime; due: number }>()
  const filter = { types: [SetDefined.type, ValuesComputed.type], positionAtMost: await archive.confirmed() }
  for await (const batch of log.readAll(1, filter))
    for (const event of batch) {
      if (isEvent(SetDefined, event)) {
        const { set, version, hash, stalenessMicros } = event.data
        const features = event.data.features.map(({ name }) => name)
        const head = { set, version, hash, features, stalenessMicros, position: 0, event: '' }
        sets.set(`${set}@${version}`, {
          head,
          index: new PointInTime({ features, stalenessMicros }),
          due: ROWS_AT_ONCE,
        })
      }
      if (!isEvent(ValuesComputed, event)) continue
      const key = `${event.data.set}@${event.data.version}`
      const own = sets.get(key)
      if (own === undefined || event.position > (upTo.get(key) ?? Number.POSITIVE_INFINITY)) continue
      for (const ref of event.chunks) own.index.add(await getRows(chunks, ref), event.position)
      own.head = { ...own.head, position: event.position, event: event.id }
      if (own.index.length < own.due) continue
      own.index.keepFrom(moment)
      own.due = own.index.length + ROWS_AT_ONCE
    }
  return [...sets.values()].map(({ head, index }) => {
    const from = Math.max(moment, index.fullFrom)
    const entries = index.entities().map((one): [string, Uint8Array] => [one, packed(index.told(one, from))])
    return { head, entries: new Map(entries) }
  })
}

export type Rebuilt = Readonly<{ set: string; position: Position; entities: number; digest: string }>

/** Writes every set anew, whatever is there. What a running platform publishes meanwhile is written anew by it. */
export async function rebuildOnline(
  archive: Pick<Archive, 'log' | 'chunks' | 'confirmed'>,
  online: OnlineStore,
  moment: Micros,
): Promise<readonly Rebuilt[]> {
  const rebuilt: Rebuilt[] = []
  for (const { head, entries } of await newestOf(archive, moment)) {
    await online.replace(head, entries, 'any')
    rebuilt.push({
      ...{ set: `${head.set}@${head.version}`, position: head.position, entities: entries.size },
      digest: digestFrom(entries, head, moment),
    })
  }
  return rebuilt
}

export type Compared = Readonly<{
  set: string
  /** Up to where the store has it, and the log; null where the store does not have it. */
  position: Position | null
  newest: Position
  entities: number
  /** Of the store, and of the log folded to the same position; equal where it has what it says. */
  digest: string | null
  expected: string
  /** The first entities whose vectors differ. */
  differing: readonly string[]
}>

const NAMED = 5

/** Compares each set with the log at the very position that the store says it is at. */
export async function compareOnline(
  archive: Pick<Archive, 'log' | 'chunks' | 'confirmed'>,
  online: OnlineStore,
  moment: Micros,
): Promise<readonly Compared[]> {
  const newest = await newestOf(archive, moment)
  const there = new Map<string, Told>()
  const keyOf = ({ set, version }: SetHead) => `${set}@${version}`
  for (const { head } of newest) {
    const set: SetKey = { name: head.set, version: head.version }
    const found = await online.all(set)
    if (found !== null) there.set(keyOf(head), found)
  }
  const upTo = new Map([...there].map(([key, { head }]) => [key, head.position]))
  const expected = await newestOf(archive, moment, upTo)
  return expected.map(({ head, entries }, i) => {
    const found = there.get(keyOf(head))
    const names = [...new Set([...entries.keys(), ...(found?.entries.keys() ?? [])])].sort()
    const one = (of: Entries | undefined, name: string) => {
      const bytes = of?.get(name)
      return bytes === undefined ? '' : digestFrom(new Map([[name, bytes]]), head, moment)
    }
    return {
      set: keyOf(head),
      position: found?.head.position ?? null,
      newest: newest[i].head.position,
      entities: found?.entries.size ?? 0,
      digest: found === undefined ? null : digestFrom(found.entries, head, moment),
      expected: digestFrom(entries, head, moment),
      differing: names.filter((name) => one(found?.entries, name) !== one(entries, name)).slice(0, NAMED),
    }
  })
}
