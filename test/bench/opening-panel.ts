/** The log of the opening bench: minute bars of a few names, as a platform that runs all the time would have taken them in. */
import { MICROS_PER_DAY, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { longDataset } from '../support/sessions.ts'

const START = parseMoment('2003-01-01T00:00Z')
export const MICROS_PER_BAR = 60_000_000
const KNOWN_AFTER = 1_000_000
export const BARS_PER_DAY = MICROS_PER_DAY / MICROS_PER_BAR

export const barAt = (bar: number): Micros => START + bar * MICROS_PER_BAR

const price = (entity: number, bar: number): number =>
  100 + 50 * Math.sin(entity * 0.37 + bar * 0.0011) + ((entity * 7919 + bar * 104729) % 1000) / 100
const volume = (entity: number, bar: number): number => 1000 + ((entity * 6007 + bar * 15485863) % 99991)

/** One bar of so many names, known a second after its end. */
export function barRows(names: number, bar: number): Rows {
  const each = (of: (entity: number) => number) => Float64Array.from({ length: names }, (_, e) => of(e))
  return {
    length: names,
    entities: Array.from({ length: names }, (_, entity) => `B${String(entity).padStart(4, '0')}`),
    entity: Uint32Array.from({ length: names }, (_, entity) => entity),
    eventTime: each(() => barAt(bar)),
    knownAt: each(() => barAt(bar) + KNOWN_AFTER),
    columns: [
      { name: 'close', values: each((entity) => price(entity, bar)) },
      { name: 'volume', values: each((entity) => volume(entity, bar)) },
    ],
  }
}

export const BARS = longDataset('bars', [
  { name: 'close', unit: 'USD' },
  { name: 'volume', unit: '' },
])

const FORMULAS = [
  'close / delay(close, 1) - 1',
  'close / delay(close, 15) - 1',
  'close / ts_mean(close, 20) - 1',
  'ts_std(delta(close, 1), 30)',
  'close / ts_max(close, 60) - 1',
  'close / ts_min(close, 60) - 1',
  'volume / ts_mean(volume, 30)',
  'correlation(close, volume, 30)',
  'ts_rank(close, 30)',
  'rank(delta(close, 5))',
]

export const BAR_SET = defineSet(
  {
    set: 'bars',
    version: 1,
    entity: 'instrument',
    dataset: BARS.dataset,
    stalenessMicros: MICROS_PER_DAY,
    lagMicros: 0,
    maxGapSessions: 90,
    features: FORMULAS.map((formula, place) => ({ name: `f${place}`, formula, unit: '' })),
  },
  ['close', 'volume'],
)
