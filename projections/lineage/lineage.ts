/**
 * Lineage: where each event stands among those of its kind and owner, and what it names. Edges are not kept: they follow from
 * this, when they are asked for (`rests-on.ts`). Nothing here grows with rows or cells.
 */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { causeOf, isAnswer } from '../../schemas/reaction.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { defineProjection, type Handler } from '../projection.ts'
import type { Facts, Kind } from './kind.ts'
import { KINDS } from './kinds.ts'

/** Columns of one entry an event, ascending in `position`; `cause` is 0 for what people and programs say. */
export type Series = Record<string, number[]> & { position: Position[]; cause: Position[] }

export type LineageState = {
  /** By `<type> <owner>`, such as `prediction.Made us20-long-short`. */
  series: Record<string, Series>
  /** Of the events of which there are few, by position. */
  facts: Record<string, Facts>
}

export const seriesKey = (type: string, name: string): string => `${type} ${name}`

export const lineage = defineProjection<LineageState>({
  name: 'lineage',
  version: 2,
  parts: ['series.*.*.*', 'facts.*'],
  initial: () => ({ series: {}, facts: {} }),
  handlers: [...REGISTRY.values()].flatMap(({ type }): Handler<LineageState>[] => {
    const kind = KINDS.get(type)
    return kind === undefined ? [] : [{ type, apply: (state, event) => note(state, event, kind) }]
  }),
})

function note(state: LineageState, event: Recorded, kind: Kind): void {
  const key = seriesKey(event.type, kind.name(event))
  const series: Series = state.series[key] ?? { position: [], cause: [] }
  state.series[key] = series
  series.position.push(event.position)
  series.cause.push(isAnswer(event) ? causeOf(event.commandId) : 0)
  for (const [name, value] of Object.entries(kind.columns(event))) {
    const column = series[name] ?? []
    column.push(value)
    series[name] = column
  }
  if (kind.facts !== null) state.facts[event.position] = kind.facts(event)
}
