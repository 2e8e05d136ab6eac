/**
 * Features by entity from the online store that every serving process shares, checked against this process's own. Where the two differ, or
 * the store does not answer, this process does, and says so.
 */

import { rowsIn } from '../../streams/features/online/entry.ts'
import type { OnlineStore } from '../../streams/features/online/port.ts'
import type { LookedUp } from '../../streams/features/online/row.ts'
import type { Lookup, Newest, Source } from '../feature-store.ts'

type Parts = Readonly<{
  process: Lookup & Pick<Newest, 'headOf'>
  online: Pick<OnlineStore, 'read'>
  /** Told of each answer. */
  onAnswer: (source: Source, detail: string) => void
  /** Milliseconds that go by. */
  nowMillis: () => number
}>

/** After one that did not answer, others are not kept waiting for so long. */
const REST_MILLIS = 1_000

export function sharedLookup({ process, online, onAnswer, nowMillis }: Parts): Lookup {
  let restUntil = Number.NEGATIVE_INFINITY
  let problem = ''

  const compared = async (
    set: Parameters<Lookup['lookup']>[0],
    names: readonly string[],
    { moment, own, position }: Readonly<{ moment: number; own: readonly LookedUp[]; position: number }>,
  ): Promise<readonly [Source['why'], detail: string]> => {
    if (nowMillis() < restUntil) return ['away', problem]
    try {
      const found = await online.read(
        set,
        own.map(({ entity }) => entity),
      )
      if (found === null || found.head.position < position)
        return ['behind', `${found?.head.position ?? 0} < ${position}`]
      const entities = own.map(({ entity }) => entity)
      const rows = rowsIn(found.entries, found.head, { entities, names, moment })
      if (found.head.position > position)
        return ['behind', `the process is at ${position}, and it at ${found.head.position}`]
      for (const [i, row] of rows.entries()) {
        if (row === null) return ['past', own[i].entity]
        if (!isSame(row, own[i])) return ['differs', `${set.name}, ${row.entity}`]
      }
      return [null, '']
    } catch (error) {
      restUntil = nowMillis() + REST_MILLIS
      problem = error instanceof Error ? error.message : String(error)
      return ['away', problem]
    }
  }

  return {
    settled: () => process.settled(),
    async lookup(set, names, of) {
      const { position } = process.headOf(set)
      const own = await process.lookup(set, names, of)
      const [why, detail] =
        of.readAt === undefined
          ? await compared(set, names, { moment: of.moment, own: own.rows, position })
          : (['past', ''] as const)
      const source: Source = { place: why === null ? 'redis' : 'process', why }
      onAnswer(source, detail)
      return { ...own, source }
    },
  }
}

function isSame(a: LookedUp, b: LookedUp): boolean {
  return (
    Object.is(a.eventTime, b.eventTime) &&
    a.values.length === b.values.length &&
    a.values.every((value, i) => Object.is(value, b.values[i])) &&
    a.unusable.every(
      ({ feature, status }, i) => b.unusable[i]?.feature === feature && b.unusable[i]?.status === status,
    )
  )
}
