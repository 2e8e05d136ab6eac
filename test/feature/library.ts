/** The feature sets that ship, compiled over bars, for tests. */
import { readFileSync } from 'node:fs'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { localDays } from '../../streams/calendar/sessions.ts'
import {
  type CompiledSet,
  compileSet,
  type Definition,
  defineSet,
} from '../../streams/features/definition.ts'
import { FeatureEngine } from '../../streams/features/engine.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'

export const BAR_COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const
export const TYPICAL_PRICE: Definition = { name: 'vwap', formula: '(high + low + close) / 3' }

const named = (definitions: Readonly<Record<string, string>>): readonly Definition[] =>
  Object.entries(definitions).map(([name, formula]) => ({ name, formula }))

/** Stand-ins where there is no market value and no classification: for tests alone. */
export const NO_SECTORS: readonly Definition[] = named({
  cap: 'close * 1000000',
  sector: 'bucket(close, 2)',
  industry: 'bucket(close, 3)',
  subindustry: 'bucket(close, 3)',
})

/** Stand-ins where there is one price a day and nothing else: for tests alone. */
export const CLOSE_ALONE: readonly Definition[] = named({
  open: 'delay(close, 1)',
  high: '1.01 * max(close, delay(close, 1))',
  low: '0.99 * min(close, delay(close, 1))',
  vwap: '(close + 2 * delay(close, 1)) / 3',
  volume: 'plain(round(1000 * abs(delta(close, 1)) + 100 * close))',
})

const UNITS = [...BAR_COLUMNS].map((name) => ({ name, unit: name === 'volume' ? 'shares' : 'USD' }))

/** A shipped set over bars, with what the bars do not have defined. */
export async function shippedSet(
  name: string,
  define: readonly Definition[] = [],
  columns: readonly string[] = BAR_COLUMNS,
): Promise<CompiledSet> {
  const path = new URL(`../../streams/features/library/${name}.yaml`, import.meta.url)
  const draft = await readFeatureSet(`${name}.yaml`, readFileSync(path, 'utf8'))
  const known = columns.map((column) => UNITS.find(({ name: of }) => of === column) ?? column)
  return compileSet(defineSet({ ...draft, define: [...define, ...draft.define] }, known))
}

export const engineFor = (set: CompiledSet): FeatureEngine => new FeatureEngine(set, localDays('UTC'))

export type Bars = Readonly<Record<(typeof BAR_COLUMNS)[number], readonly number[]>>

/** Bars of several names as one arrival, a row a day from day 0, each known at its own time. */
export function rowsOfBars(bars: Readonly<Record<string, Bars>>): Rows {
  const entities = Object.keys(bars).sort()
  const lengths = entities.map((name) => bars[name].close.length)
  const places = entities.flatMap((_, place) => Array.from({ length: lengths[place] }, () => place))
  const days = lengths.flatMap((length) => Array.from({ length }, (_, day) => day * MICROS_PER_DAY))
  const order = places.map((_, row) => row).sort((a, b) => days[a] - days[b] || places[a] - places[b])
  return {
    length: order.length,
    entities,
    entity: Uint32Array.from(order, (row) => places[row]),
    eventTime: Float64Array.from(order, (row) => days[row]),
    knownAt: Float64Array.from(order, (row) => days[row]),
    columns: BAR_COLUMNS.map((name) => ({
      name,
      values: Float64Array.from(
        order,
        (row) => bars[entities[places[row]]][name][days[row] / MICROS_PER_DAY],
      ),
    })),
  }
}
