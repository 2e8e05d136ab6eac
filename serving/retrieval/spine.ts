/** Which rows are asked for: an entity and a moment each, in the order of the moments. */
import { createHash } from 'node:crypto'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

/** Rows `from` to `to` of a spine: `entity` is a place among its entities. */
export type SpinePart = Readonly<{
  entity: Uint32Array
  moment: Float64Array
  /** The cells of each column that is handed through. */
  kept: readonly (readonly (string | null)[])[]
}>

export interface Spine {
  /** In code-unit order, each once. */
  readonly entities: readonly string[]
  readonly rows: number
  /** Columns that are handed through as they are. */
  readonly kept: readonly string[]
  momentAt(row: number): Micros
  /** @param from inclusive @param to exclusive */
  part(from: number, to: number): SpinePart
}

/** Every entity at every moment. Nothing of it is in memory but these. */
export function gridOf(entities: readonly string[], moments: Float64Array): Spine {
  const names = [...new Set(entities)].sort()
  const width = names.length
  return {
    entities: names,
    rows: width * moments.length,
    kept: [],
    momentAt: (row) => moments[Math.floor(row / width)],
    part(from, to) {
      const entity = new Uint32Array(to - from)
      const moment = new Float64Array(to - from)
      for (let row = from; row < to; row++) {
        entity[row - from] = row % width
        moment[row - from] = moments[Math.floor(row / width)]
      }
      return { entity, moment, kept: [] }
    },
  }
}

/** Rows that somebody gives, as they lie in memory. @param rows.moment ascending */
export function spineOf(
  rows: Readonly<{
    entities: readonly string[]
    entity: Uint32Array
    moment: Float64Array
    kept: readonly Readonly<{ name: string; cells: readonly (string | null)[] }>[]
  }>,
): Spine {
  const { entities, entity, moment, kept } = rows
  return {
    entities,
    rows: entity.length,
    kept: kept.map(({ name }) => name),
    momentAt: (row) => moment[row],
    part: (from, to) => ({
      entity: entity.slice(from, to),
      moment: moment.slice(from, to),
      kept: kept.map(({ cells }) => cells.slice(from, to)),
    }),
  }
}

/** Some rows of a spine, by themselves. @param from inclusive @param to exclusive */
export const rowsOf = (spine: Spine, from: number, to: number): Spine => ({
  ...spine,
  rows: to - from,
  momentAt: (row) => spine.momentAt(from + row),
  part: (first, end) => spine.part(from + first, from + end),
})

const HASHED_ROWS = 65_536

/** What a spine asks for, told from any other. */
export function digestOfSpine(spine: Spine): Digest {
  const hash = createHash('sha256').update(JSON.stringify([spine.entities, spine.kept, spine.rows]))
  for (let from = 0; from < spine.rows; from += HASHED_ROWS) {
    const { entity, moment, kept } = spine.part(from, Math.min(from + HASHED_ROWS, spine.rows))
    hash.update(entity).update(moment).update(JSON.stringify(kept))
  }
  return hash.digest('hex')
}
