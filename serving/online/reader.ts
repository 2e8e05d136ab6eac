/** Features by entity for a process that has no log: from the online store alone, with how old they are. */
import type { Position } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'
import { rowsIn } from '../../streams/features/online/entry.ts'
import type { OnlineStore, SetKey } from '../../streams/features/online/port.ts'
import type { LookedUp } from '../../streams/features/online/row.ts'

export type OnlineAnswer = Readonly<{
  features: readonly string[]
  rows: readonly (LookedUp & Readonly<{ ageMicros: number }>)[]
  /** Log position of the newest values of the set that had been taken in. */
  readAt: Position
}>

/**
 * @param moment now, or a moment since the newest values became known
 * @param names all of the set's features unless they are named
 * @throws Refusal `online.away`, `online.unknown-set`, `online.not-kept`, `online.unknown-feature`
 */
export async function readOnline(
  online: Pick<OnlineStore, 'read'>,
  set: SetKey,
  {
    entities,
    moment,
    names,
  }: Readonly<{ entities: readonly string[]; moment: Micros; names?: readonly string[] }>,
): Promise<OnlineAnswer> {
  const label = `${set.name}@${set.version}`
  const found = await online.read(set, entities)
  if (found === null) throw refuse('online.unknown-set', { set: label })
  const { head, entries } = found
  const strange = names?.find((name) => !head.features.includes(name))
  if (strange !== undefined)
    throw refuse('online.unknown-feature', { feature: strange, set: label, known: head.features.join(', ') })
  const rows = rowsIn(entries, head, { entities, names: names ?? head.features, moment }).map((row, i) => {
    const entity = entities[i]
    if (row === null) throw refuse('online.not-kept', { entity, set: label, moment: formatMoment(moment) })
    return { ...row, ageMicros: moment - row.eventTime }
  })
  return { features: names ?? head.features, rows, readAt: head.position }
}
