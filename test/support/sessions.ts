/** What tests say of sessions where nothing depends on it: plain data sets, panels that trade every day, held-out days. */
import type { Days } from '../../commands/gate/days.ts'
import { type DatasetSpec, PLAIN_FORMAT, PLAIN_ROWS, type PriceSpec } from '../../schemas/events/data.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { periodsPerYear } from '../../streams/calendar/spacing.ts'
import type { Panel } from '../../streams/portfolio/backtest.ts'
import { PRICED, UNPRICED } from '../../streams/portfolio/marks.ts'

/** Prices in a column `close`, nothing else. */
export const CLOSE: PriceSpec = {
  column: 'close',
  dividend: '',
  split: '',
  actions: '',
  volume: '',
  currency: 'USD',
  delistAfterSessions: 10,
  delistingReturn: 0,
  decideAt: '',
}

/** What a declaration of a plain data set leaves at its defaults. */
export const PLAIN = {
  format: PLAIN_FORMAT,
  calendar: null,
  prices: null,
  listings: [],
  revisions: 'arrival',
  rows: PLAIN_ROWS,
} satisfies Partial<DatasetSpec>

/** A long data set of UTC moments. */
export const longDataset = (dataset: string, columns: DatasetSpec['columns']): DatasetSpec => ({
  dataset,
  layout: 'long',
  entityColumn: 'name',
  timeColumn: 'time',
  timeOfDay: '',
  timeZone: 'UTC',
  knownAt: { kind: 'lag', column: '', lagMicros: 300_000_000 },
  columns,
  provenance: 'made up',
  caveat: 'made up',
  ...PLAIN,
})

/** What an arrival counts beside its rows, where there is nothing to count. */
export const COUNTED = {
  rowsRevised: 0,
  rowsLate: 0,
  rowsRepeated: 0,
  rowsEmpty: 0,
  rowsWithdrawn: 0,
  sessions: [] as number[],
  inexact: [] as string[],
}

/** Every name with a return has a price, and a day passes between sessions. */
export const panelWith = (parts: Pick<Panel, 'scores' | 'returns' | 'neutral'>): Panel => ({
  ...parts,
  states: parts.returns.map((row) => Uint8Array.from(row, (one) => (Number.isNaN(one) ? UNPRICED : PRICED))),
  days: new Float64Array(parts.returns.length).fill(1),
})

type Given = Pick<Days, 'net'> & Partial<Pick<Days, 'gross' | 'cost' | 'turnover'>>

/** Held-out days at these moments. */
export function daysAt(moments: Float64Array, given: Given): Days {
  const flat = new Float64Array(given.net.length)
  const sessions = moments.map((moment) => Math.floor(moment / MICROS_PER_DAY))
  return {
    sessions,
    moments: sessions.map((session) => session * MICROS_PER_DAY),
    decidedAt: moments,
    gross: given.gross ?? given.net,
    cost: given.cost ?? flat,
    net: given.net,
    turnover: given.turnover ?? flat,
    periodsPerYear: periodsPerYear(sessions),
  }
}

/** What a prediction or an outcome says of its session, where nothing depends on it. */
export const IN_TIME = { session: 1, backfilled: false } as const
