/** The made-up market of the growth bench: daily closes and volumes, each a function of the name and the day alone. */
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { FeatureSetDraft } from '../../streams/features/definition.ts'

const START = parseMoment('2001-01-01T20:00Z')
const KNOWN_AFTER = 300 * MICROS_PER_SECOND

export const closeAt = (day: number): Micros => START + day * MICROS_PER_DAY
export const entityName = (entity: number): string => `E${String(entity).padStart(5, '0')}`

const price = (entity: number, day: number): number =>
  100 + 50 * Math.sin(entity * 0.37 + day * 0.011) + ((entity * 7919 + day * 104729) % 1000) / 100
const volume = (entity: number, day: number): number => 1000 + ((entity * 6007 + day * 15485863) % 99991)

/** The days `from` to `to`, exclusive, of so many names, each known five minutes after its close. */
export function panelRows(names: number, from: number, to: number): Rows {
  const length = names * (to - from)
  const rows = {
    entity: new Uint32Array(length),
    eventTime: new Float64Array(length),
    close: new Float64Array(length),
    volume: new Float64Array(length),
  }
  for (let row = 0; row < length; row++) {
    const [day, entity] = [from + Math.floor(row / names), row % names]
    rows.entity[row] = entity
    rows.eventTime[row] = closeAt(day)
    rows.close[row] = price(entity, day)
    rows.volume[row] = volume(entity, day)
  }
  return {
    length,
    entities: Array.from({ length: names }, (_, entity) => entityName(entity)),
    entity: rows.entity,
    eventTime: rows.eventTime,
    knownAt: rows.eventTime.map((at) => at + KNOWN_AFTER),
    columns: [
      { name: 'close', values: rows.close },
      { name: 'volume', values: rows.volume },
    ],
  }
}

/** One row told again with another close, known so many seconds after the close of a day. */
export function correctionOf(entity: number, day: number, knownOn: number): Rows {
  return {
    length: 1,
    entities: [entityName(entity)],
    entity: Uint32Array.of(0),
    eventTime: Float64Array.of(closeAt(day)),
    knownAt: Float64Array.of(closeAt(knownOn) + KNOWN_AFTER),
    columns: [
      { name: 'close', values: Float64Array.of(price(entity, day) + 1) },
      { name: 'volume', values: Float64Array.of(volume(entity, day)) },
    ],
  }
}

/** Each feature with the same in SQL over the panel; `w20` stands for a window of 20 rows. */
const FEATURES: readonly (readonly [formula: string, sql: string])[] = [
  ['close / delay(close, 21) - 1', 'close / lag(close, 21) OVER own - 1'],
  ['close / delay(close, 252) - 1', 'close / lag(close, 252) OVER own - 1'],
  ['close / ts_mean(close, 20)', 'close / avg(close) OVER w20'],
  ['ts_mean(close, 100)', 'avg(close) OVER w100'],
  ['ts_std(delta(close, 1), 20)', 'stddev_samp(step) OVER w20'],
  ['close / ts_max(close, 60)', 'close / max(close) OVER w60'],
  ['close / ts_min(close, 60)', 'close / min(close) OVER w60'],
  ['ts_mean(volume, 20)', 'avg(volume) OVER w20'],
  ['volume / ts_mean(volume, 60)', 'volume / avg(volume) OVER w60'],
  ['rank(delta(close, 1))', 'rank() OVER day / count(step) OVER (PARTITION BY eventTime)'],
]

/** The same panel as SQL. */
export const createPanelSql = (names: number, days: number): string => `
  SELECT 'E' || lpad(e::VARCHAR, 5, '0') AS entity, ${START} + d * ${MICROS_PER_DAY} AS eventTime,
    100 + 50 * sin(e * 0.37::DOUBLE + d * 0.011::DOUBLE) + (e * 7919 + d * 104729) % 1000 / 100.0::DOUBLE AS close,
    (1000 + (e * 6007 + d * 15485863) % 99991)::DOUBLE AS volume
  FROM range(${days}) day(d), range(${names}) entity(e) ORDER BY d, e`

/** The same work as SQL. A window that is not full yet has a value there: the first rows of each name differ. */
export const panelSql = (from: string): string => `
  SELECT entity, eventTime, ${FEATURES.map(([, sql], place) => `${sql} AS f${place}`).join(', ')}
  FROM (SELECT *, close - lag(close) OVER (PARTITION BY entity ORDER BY eventTime) AS step FROM ${from})
  WINDOW own AS (PARTITION BY entity ORDER BY eventTime),
    day AS (PARTITION BY eventTime ORDER BY step),
    ${[20, 60, 100].map((n) => `w${n} AS (PARTITION BY entity ORDER BY eventTime ROWS ${n - 1} PRECEDING)`).join(', ')}
  ORDER BY eventTime, entity`

const setOf = (set: string, formulas: readonly string[]): FeatureSetDraft => ({
  set,
  version: 1,
  entity: 'instrument',
  dataset: 'bench',
  stalenessMicros: 10 * MICROS_PER_DAY,
  lagMicros: 0,
  maxGapSessions: 90,
  features: formulas.map((formula, place) => ({ name: `f${place}`, formula, unit: '' })),
})

export const SET = setOf(
  'growth',
  FEATURES.map(([formula]) => formula),
)

export const WINDOWS = [5, 10, 15, 20, 30, 40, 60, 90, 120, 252]

/** Ten features for each window. */
export const WIDE_SET = setOf(
  'wide',
  WINDOWS.flatMap((d) => [
    `close / delay(close, ${d}) - 1`,
    `close / ts_mean(close, ${d})`,
    `ts_std(delta(close, 1), ${d})`,
    `close / ts_max(close, ${d})`,
    `close / ts_min(close, ${d})`,
    `ts_mean(volume, ${d})`,
    `volume / ts_mean(volume, ${d})`,
    `correlation(close, volume, ${d})`,
    `delta(close, ${d}) / ts_std(close, ${d})`,
    `rank(delta(close, ${d}))`,
  ]),
)
