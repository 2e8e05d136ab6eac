/** Random formulas and arrivals for the laws of the engine, and the engine's answers in the oracle's form. */
import fc from 'fast-check'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { exchangeSessions, localDays } from '../../streams/calendar/sessions.ts'
import { compileSet, defineSet } from '../../streams/features/definition.ts'
import { FeatureEngine } from '../../streams/features/engine.ts'
import { bits, COLUMNS, ENDLESS, ENTITIES, type Fact, type World } from './oracle.ts'

const window = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }).map(String) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((days) => `${days}d`) },
)
const choice = <T>(...values: readonly T[]) => fc.constantFrom(...values)

export const formula: fc.Arbitrary<string> = fc.letrec<{ f: string }>((tie) => {
  const f = tie('f')
  return {
    f: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      choice<string>('a', 'b', '2', '0.5'),
      fc.tuple(choice('floor', 'ceil', 'tanh', 'is_missing', 'plain'), f).map(([name, x]) => `${name}(${x})`),
      fc.tuple(f, f).map(([x, y]) => `coalesce(${x}, ${y})`),
      fc.tuple(f, f, f).map(([x, y, z]) => `clip(${x}, ${y}, ${z})`),
      fc
        .tuple(
          choice('ts_var', 'ts_zscore', 'ts_slope', 'ts_rsquare', 'ts_resi', 'ts_median', 'ts_count'),
          f,
          window,
        )
        .map(([name, x, rows]) => `${name}(${x}, ${rows})`),
      fc
        .tuple(choice('ts_quantile', 'decay_exp'), f, window, choice('0.25', '0.8'))
        .map(([name, x, rows, number]) => `${name}(${x}, ${rows}, ${number})`),
      fc
        .tuple(
          choice('rank', 'zscore', 'demean', 'cs_sum', 'cs_mean', 'cs_count'),
          f,
          choice('b', 'bucket(a, 2)', 'sign(a)'),
        )
        .map(([name, x, group]) => `${name}(${x}) by ${group}`),
      fc
        .tuple(choice('winsorize', 'bucket', 'scale'), f, choice('1', '2'))
        .map(([name, x, number]) => `${name}(${x}, ${number})`),
      fc.tuple(choice('cs_std', 'cs_median'), f).map(([name, x]) => `${name}(${x})`),
      fc.tuple(choice('abs', 'log', 'exp', 'sqrt', 'sign'), f).map(([name, x]) => `${name}(${x})`),
      fc
        .tuple(choice('min', 'max', 'power', 'signed_power'), f, f)
        .map(([name, x, y]) => `${name}(${x}, ${y})`),
      fc
        .tuple(f, choice('+', '-', '*', '/', '^', '<', '<=', '>', '>=', '==', '!=', '&&', '||'), f)
        .map(([x, symbol, y]) => `((${x}) ${symbol} (${y}))`),
      fc.tuple(f, f, f).map(([x, y, z]) => `((${x}) ? (${y}) : (${z}))`),
      fc.tuple(choice('delay', 'delta'), f, window).map(([name, x, rows]) => `${name}(${x}, ${rows})`),
      fc
        .tuple(
          choice('ts_mean', 'ts_sum', 'ts_std', 'ts_min', 'ts_max', 'ts_argmax', 'ts_argmin', 'ts_rank'),
          f,
          window,
        )
        .map(([name, x, rows]) => `${name}(${x}, ${rows})`),
      fc
        .tuple(choice('decay_linear', 'product'), f, window)
        .map(([name, x, rows]) => `${name}(${x}, ${rows})`),
      fc
        .tuple(choice('correlation', 'covariance'), f, f, window)
        .map(([name, x, y, rows]) => `${name}(${x}, ${y}, ${rows})`),
      fc.tuple(choice('rank', 'zscore', 'demean', 'scale'), f).map(([name, x]) => `${name}(${x})`),
    ),
  }
}).f

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -4, max: 4 }).map((whole) => whole / 2 + 0) },
  { weight: 2, arbitrary: fc.constantFrom(0.1, 0.7, 3.3, -0) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
)

export const fact: fc.Arbitrary<Fact> = fc.record({
  entity: fc.constantFrom(...ENTITIES),
  time: fc.integer({ min: 0, max: 7 }),
  known: fc.integer({ min: 0, max: 9 }),
  values: fc.tuple(value, value),
})

/** Facts cut into arrivals, in any order: late, repeated, corrected, shuffled. */
export const arrivals: fc.Arbitrary<Fact[][]> = fc
  .tuple(
    fc.array(fc.array(fact, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 }),
    fc.constantFrom('shuffled', 'ordered', 'repeated', 'daily'),
  )
  .map(([batches, kind]) => {
    if (kind === 'shuffled') return batches
    if (kind === 'repeated') return [...batches, ...batches.slice(0, 2)]
    const all = batches.flat().toSorted((x, y) => x.known - y.known)
    if (kind === 'ordered') return batches.map((batch) => all.splice(0, batch.length))
    return batches.map((batch) => batch.map((one) => ({ ...one, known: one.time + (one.known > 7 ? 1 : 0) })))
  })

export function rowsOf(facts: readonly Fact[]): Rows {
  const entities = [...new Set(facts.map((one) => one.entity))].sort()
  return {
    length: facts.length,
    entities,
    entity: Uint32Array.from(facts, (one) => entities.indexOf(one.entity)),
    eventTime: Float64Array.from(facts, (one) => one.time * MICROS_PER_DAY),
    knownAt: Float64Array.from(facts, (one) => one.known),
    columns: COLUMNS.map((name, place) => ({
      name,
      values: Float64Array.from(facts, (one) => one.values[place]),
    })),
  }
}

/** Without a limit, and with limits that a few days reach. */
export const world: fc.Arbitrary<World> = fc.record({
  maxGap: fc.constantFrom(0, 1, 2, 3),
  weekends: fc.boolean(),
})

const UTC_DAYS = localDays('UTC')
const WEEKDAYS = exchangeSessions({
  calendar: 'weekdays',
  zone: 'UTC',
  from: '1970-01-01',
  to: '1971-01-01',
  weekdays: [1, 2, 3, 4, 5],
  hours: [{ from: '1970-01-01', opens: '09:00', closes: '17:00' }],
  holidays: [],
  earlyCloses: [],
  source: 'made for these tests',
})

/** An engine of a set of these formulas. Days are days, and what is known is counted in microseconds. */
export function engineOf(
  formulas: readonly string[],
  { maxGap, weekends } = ENDLESS,
  lagMicros = 0,
): FeatureEngine {
  const draft = {
    set: 'test',
    version: 1,
    entity: 'instrument',
    dataset: 'test',
    features: formulas.map((text, place) => ({ name: `f${place}`, formula: text, unit: '' })),
    stalenessMicros: 1000,
    lagMicros,
    maxGapSessions: maxGap,
  }
  return new FeatureEngine(compileSet(defineSet(draft, COLUMNS)), weekends ? WEEKDAYS : UTC_DAYS)
}

/** `entity time` to the text of a feature's value, as the tables answer it for a moment. */
export function answersAsOf(tables: readonly Rows[], feature: number, moment: number): Map<string, string> {
  const out = new Map<string, string>()
  const known = new Map<string, number>()
  for (const rows of tables) {
    for (let row = 0; row < rows.length; row++) {
      const cell = `${rows.entities[rows.entity[row]]} ${rows.eventTime[row] / MICROS_PER_DAY}`
      const at = rows.knownAt[row]
      if (at > moment || at < (known.get(cell) ?? Number.NEGATIVE_INFINITY)) continue
      known.set(cell, at)
      out.set(cell, bits(rows.columns[feature].values[row]))
    }
  }
  return out
}
