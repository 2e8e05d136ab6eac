/** The values that a spine is joined with, as much of them at a time as is to be in memory. */
import { PointInTime } from '../../projections/feature/point-in-time.ts'
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { getRows } from '../../streams/log/tables.ts'
import type { Spine } from './spine.ts'

/** Rows of one batch of an answer. */
export const BATCH_ROWS = 65_536
/** Values of features in memory at a time, times among them: 256 MiB. */
export const VALUES_AT_ONCE = 2 ** 25

/** A table of values, and the event that told it. */
export type TableOfValues = Readonly<{ position: Position; knownFrom: Micros; ref: ChunkRef }>

type Of = Pick<PointInTime, 'features' | 'stalenessMicros'>

type Sizes = Readonly<{ batchRows: number; valuesAtOnce: number }>

/** Rows `from` to `to` of a spine, both of whole batches, and the tables that they may rest on. */
type Window = Readonly<{ from: number; to: number; tables: readonly TableOfValues[] }>

/** A spine as windows: each as many batches as the values that they rest on fit beside each other, and one at least. */
export function windowsOf(
  spine: Spine,
  of: Of,
  { tables, batchRows, valuesAtOnce }: Sizes & Readonly<{ tables: readonly TableOfValues[] }>,
): readonly Window[] {
  const windows: Window[] = []
  for (let from = 0; from < spine.rows; ) {
    let to = Math.min(from + batchRows, spine.rows)
    let window = tablesFor(tables, of, [spine.momentAt(from), spine.momentAt(to - 1)])
    while (to < spine.rows) {
      const further = Math.min(to + batchRows, spine.rows)
      const more = tablesFor(tables, of, [spine.momentAt(from), spine.momentAt(further - 1)])
      if (valuesIn(more, of) > valuesAtOnce) break
      ;[to, window] = [further, more]
    }
    windows.push({ from, to, tables: window })
    from = to
  }
  return windows
}

/** The tables with a value that could be fresh at some moment from one to another, both inclusive. */
const tablesFor = (
  tables: readonly TableOfValues[],
  { stalenessMicros }: Of,
  [from, to]: readonly [Micros, Micros],
): readonly TableOfValues[] =>
  tables.filter(({ knownFrom, ref }) => knownFrom <= to && ref.eventTimeTo >= from - stalenessMicros)

const valuesIn = (tables: readonly TableOfValues[], { features }: Of): number =>
  tables.reduce((sum, { ref }) => sum + ref.rows * (features.length + 3), 0)

export async function indexOf(
  chunks: ChunkStore,
  of: Of,
  tables: readonly TableOfValues[],
): Promise<PointInTime> {
  const index = new PointInTime(of)
  for (const { ref, position } of tables) index.add(await getRows(chunks, ref), position)
  return index
}

/** The entities that some tables tell of, in code-unit order. */
export async function entitiesIn(
  chunks: ChunkStore,
  tables: readonly TableOfValues[],
): Promise<readonly string[]> {
  const names = new Set<string>()
  for (const { ref } of tables) for (const name of (await getRows(chunks, ref)).entities) names.add(name)
  return [...names].sort()
}
