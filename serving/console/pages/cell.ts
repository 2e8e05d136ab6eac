/** The history of a cell: every value of one feature of one entity that was known at the moment, with when it became known, and by which event. */
import { features } from '../../../projections/feature/features.ts'
import type { ChunkRef, Position } from '../../../schemas/envelope.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import { columnOf } from '../../../schemas/rows.ts'
import type { ChunkStore } from '../../../streams/log/chunks.ts'
import { getRows } from '../../../streams/log/tables.ts'
import type { Past } from '../past.ts'

type Asked = Readonly<{ set: string; feature: string; entity: string; before: Micros }>
type Told = Readonly<{ eventTime: Micros; knownAt: Micros; position: Position; value: number | null }>
type File = Readonly<{ position: Position; ref: ChunkRef }>

/** A page of a history has so many values, and all that are about the moment of the last. */
const PAGE_VALUES = 130
/** So many files are read at a time. */
const AT_A_TIME = 16

/** Newest first, of what is about a moment before `before`. Null for a set or a feature that was not there. */
export async function cellPage(past: Past, { set, feature, entity, before }: Asked) {
  const { sets } = await past.view(features)
  const spec = Object.hasOwn(sets, set) ? sets[set].spec : null
  const defined = spec?.features.find((one) => one.name === feature)
  if (spec === null || defined === undefined) return null
  const until = past.at.knownAt ?? Number.POSITIVE_INFINITY
  const files = sets[set].computed
    .filter(({ knownFrom }) => knownFrom <= until)
    .flatMap(({ position, chunks }) => chunks.map((ref): File => ({ position, ref })))
    .filter(({ ref }) => ref.eventTimeFrom < before)
    .toSorted((a, b) => b.ref.eventTimeTo - a.ref.eventTimeTo)
  const told: Told[] = []
  // Beyond the end of the next file nothing newer is to come.
  const isWhole = (next: number) =>
    told.filter(({ eventTime }) => eventTime > (files[next]?.ref.eventTimeTo ?? 0)).length > PAGE_VALUES
  for (let next = 0; next < files.length && !isWhole(next); next += AT_A_TIME) {
    const some = files.slice(next, next + AT_A_TIME)
    const found = await Promise.all(some.map((file) => toldIn(past.source.chunks, file, { feature, entity })))
    told.push(...found.flat().filter(({ eventTime, knownAt }) => eventTime < before && knownAt <= until))
  }
  // What is about one moment was told anew: the newest knowledge counts, and the others stand below it.
  told.sort((a, b) => b.eventTime - a.eventTime || b.knownAt - a.knownAt || b.position - a.position)
  const last = told[PAGE_VALUES - 1]?.eventTime ?? Number.NEGATIVE_INFINITY
  const history = told.filter(({ eventTime }) => eventTime >= last)
  return {
    ...{ set, feature, entity, formula: defined.formula, unit: defined.unit },
    history: history.map((one, i) => ({ ...one, isReplaced: history[i - 1]?.eventTime === one.eventTime })),
    /** What the next page is asked with; null where this is the last one. */
    older: told.length > history.length ? last : null,
  }
}

async function toldIn(
  chunks: ChunkStore,
  { position, ref }: File,
  { feature, entity }: Pick<Asked, 'feature' | 'entity'>,
): Promise<readonly Told[]> {
  const rows = await getRows(chunks, ref)
  const values = columnOf(rows, feature)
  const place = rows.entities.indexOf(entity)
  if (values === undefined || place === -1) return []
  const told: Told[] = []
  for (let row = 0; row < rows.length; row++) {
    if (rows.entity[row] !== place) continue
    const value = values[row]
    told.push({
      eventTime: rows.eventTime[row],
      knownAt: rows.knownAt[row],
      position,
      value: Number.isNaN(value) ? null : value,
    })
  }
  return told
}
