/** Alpha158 over a made panel: a history quarter by quarter, then one new bar after the other, beside the same features in Polars. */

import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { TAIL } from '../../streams/features/tail.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { BAR_COLUMNS, engineFor, shippedSet, TYPICAL_PRICE } from '../feature/library.ts'
import { findPeers } from './peers.ts'

/** `NAMES=100 DAYS=630` measures less. */
const [NAMES, DAYS] = [Number(process.env.NAMES ?? 500), Number(process.env.DAYS ?? 2520)]
const QUARTER = 63
const BARS = 60

export async function benchFormulas() {
  const set = await shippedSet('alpha158', [TYPICAL_PRICE])
  const panel = panelOf(NAMES, DAYS + BARS)
  const engine = engineFor(set)
  engine.keepTail(TAIL)
  let [millis, values] = [0, 0]
  let last: Rows | null = null
  for (let day = 0; day < DAYS; day += QUARTER) {
    const rows = panel.days(day, Math.min(DAYS, day + QUARTER))
    const begun = performance.now()
    last = engine.arrive(rows)
    millis += performance.now() - begun
    values += last.length * set.features.length
  }
  const bars: number[] = []
  for (let day = DAYS; day < DAYS + BARS; day++) {
    const rows = panel.days(day, day + 1)
    const begun = performance.now()
    engine.arrive(rows)
    bars.push(performance.now() - begun)
  }
  bars.sort((a, b) => a - b)
  const ours = {
    names: NAMES,
    days: DAYS,
    features: set.features.length,
    seconds: millis / 1000,
    millionValuesPerSecond: values / millis / 1000,
    barMedianMs: bars[BARS / 2],
    barBestMs: bars[0],
    barWorstMs: bars[BARS - 1],
  }
  const peers = findPeers()
  if (typeof peers === 'string') {
    console.log(`\nSKIPPED: Polars, so that only our own times are shown: ${peers}`)
    return [ours]
  }
  const file = peers.file('alpha158.bin', panel.byName(DAYS))
  const answer = peers.ask('alpha158_polars.py', [file, NAMES, DAYS]) as unknown as PolarsAnswer
  const table = last
  const differences = Object.entries(answer.sums).map(([name, sum]) => {
    const column = table?.columns.find((one) => one.name === name)?.values ?? new Float64Array()
    let own = 0
    for (const value of column.subarray(column.length - NAMES)) own += Number.isNaN(value) ? 0 : value
    return Math.abs(own - sum) / Math.max(1, Math.abs(sum))
  })
  const polarsValues = NAMES * DAYS * answer.features
  return [
    {
      ...ours,
      polarsFeatures: answer.features,
      polarsSeconds: answer.seconds,
      polarsMillionValuesPerSecond: polarsValues / answer.seconds / 1e6,
      timesPolars: ours.millionValuesPerSecond / (polarsValues / answer.seconds / 1e6),
      greatestDifference: Math.max(...differences),
    },
  ]
}

type PolarsAnswer = Readonly<{ seconds: number; features: number; sums: Readonly<Record<string, number>> }>

/** Prices that wander, the same on every run. */
function panelOf(names: number, days: number) {
  const random = xoshiro128(158)
  const at = (day: number, name: number): number => day * names + name
  const columns = BAR_COLUMNS.map(() => new Float64Array(names * days))
  const [open, high, low, close, volume] = columns
  for (let day = 0; day < days; day++)
    for (let name = 0; name < names; name++) {
      const row = at(day, name)
      const before = day === 0 ? 100 : close[at(day - 1, name)]
      open[row] = before * (1 + 0.01 * (random() - 0.5))
      close[row] = open[row] * (1 + 0.04 * (random() - 0.5))
      high[row] = Math.max(open[row], close[row]) * (1 + 0.01 * random())
      low[row] = Math.min(open[row], close[row]) * (1 - 0.01 * random())
      volume[row] = Math.floor(1e5 + 1e6 * random())
    }
  const entities = Array.from({ length: names }, (_, name) => `E${String(name).padStart(5, '0')}`)
  return {
    days(from: number, to: number): Rows {
      const length = (to - from) * names
      const time = Float64Array.from({ length }, (_, i) => (from + Math.floor(i / names)) * MICROS_PER_DAY)
      return {
        length,
        entities,
        entity: Uint32Array.from({ length }, (_, i) => i % names),
        eventTime: time,
        knownAt: time,
        columns: BAR_COLUMNS.map((name, place) => ({
          name,
          values: columns[place].slice(from * names, to * names),
        })),
      }
    },
    /** Each column, name after name. */
    byName: (to: number): readonly Float64Array[] =>
      columns.map((column) =>
        Float64Array.from({ length: names * to }, (_, i) => column[at(i % to, Math.floor(i / to))]),
      ),
  }
}
