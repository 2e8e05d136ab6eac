/** The history of a cell: every value of one feature of one entity that was known at the moment, with when it became known, and by which event. */
import { features } from '../../../projections/feature/features.ts'
import type { Position } from '../../../schemas/envelope.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import { columnOf } from '../../../schemas/rows.ts'
import { getRows } from '../../../streams/log/tables.ts'
import type { Past } from '../past.ts'

type Asked = Readonly<{ set: string; feature: string; entity: string }>
type Told = Readonly<{ eventTime: Micros; knownAt: Micros; position: Position; value: number | null }>

/** So many values are shown, and so many computations gone through for them. */
const MOST_VALUES = 520
const MOST_COMPUTED = 1_200

/** Newest first. Null for a set or a feature that was not there. */
export async function cellPage({ at, source, view }: Past, { set, feature, entity }: Asked) {
  const { sets } = await view(features)
  const spec = Object.hasOwn(sets, set) ? sets[set].spec : null
  const defined = spec?.features.find((one) => one.name === feature)
  if (spec === null || defined === undefined) return null
  const until = at.knownAt ?? Number.POSITIVE_INFINITY
  const told: Told[] = []
  const computed = sets[set].computed.slice(-MOST_COMPUTED)
  for (const { position, knownFrom, chunks } of computed.toReversed()) {
    if (told.length >= MOST_VALUES) break
    if (knownFrom > until) continue
    for (const ref of chunks) {
      const rows = await getRows(source.chunks, ref)
      const values = columnOf(rows, feature)
      const place = rows.entities.indexOf(entity)
      if (values === undefined || place === -1) continue
      for (let row = 0; row < rows.length; row++) {
        const [eventTime, knownAt, value] = [rows.eventTime[row], rows.knownAt[row], values[row]]
        if (rows.entity[row] !== place || knownAt > until) continue
        told.push({ eventTime, knownAt, position, value: Number.isNaN(value) ? null : value })
      }
    }
  }
  // What is about one moment was told anew: the newest knowledge counts, and the others stand below it.
  const history = told
    .toSorted((a, b) => b.eventTime - a.eventTime || b.knownAt - a.knownAt || b.position - a.position)
    .slice(0, MOST_VALUES)
  return {
    ...{ set, feature, entity, formula: defined.formula, unit: defined.unit },
    history: history.map((one, i) => ({ ...one, isReplaced: history[i - 1]?.eventTime === one.eventTime })),
  }
}
