/** The sets that ship give the same bits however their data arrived, on bars of the us12 sample and on prices of the us20 sample. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { CompiledSet } from '../../streams/features/definition.ts'
import { TAIL } from '../../streams/features/tail.ts'
import { readVector } from '../support/vectors.ts'
import {
  BAR_COLUMNS,
  type Bars,
  CLOSE_ALONE,
  engineFor,
  NO_SECTORS,
  shippedSet,
  TYPICAL_PRICE,
} from './library.ts'

const RUNS = Number(process.env.RUNS ?? 1)
/** Enough for the longest window of Alpha101, and two weeks in which things go wrong. */
const [HISTORY, LATER] = [262, 12]
const DAYS = HISTORY + LATER

type Fact = Readonly<{ entity: string; day: number; known: number; values: readonly number[] }>
type Data = Readonly<{ columns: readonly string[]; facts: readonly Fact[] }>

const knownOf = (day: number): number => day * MICROS_PER_DAY + 300_000_000

function us12(): Data {
  const { bars } = JSON.parse(readVector('alpha101-pandas.json')) as { bars: Record<string, Bars> }
  const facts = Object.entries(bars)
    .slice(0, 5)
    .flatMap(([entity, own]) =>
      Array.from({ length: DAYS }, (_, day): Fact => {
        const at = own.close.length - DAYS + day
        return { entity, day, known: knownOf(day), values: BAR_COLUMNS.map((name) => own[name][at]) }
      }),
    )
  return { columns: BAR_COLUMNS, facts }
}

function us20(): Data {
  const file = new URL('../../serving/sample/us20/sp500_dataset.csv.gz', import.meta.url)
  const [header, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')
  const names = header.split(',').slice(1, 6)
  const rows = lines.slice(-DAYS).map((line) => line.split(',').slice(1, 6).map(Number))
  const facts = rows.flatMap((row, day) =>
    names.map((entity, place): Fact => ({ entity, day, known: knownOf(day), values: [row[place]] })),
  )
  return { columns: ['close'], facts }
}

const rowsOf = ({ columns }: Data, facts: readonly Fact[]): Rows => {
  const entities = [...new Set(facts.map(({ entity }) => entity))].sort()
  return {
    length: facts.length,
    entities,
    entity: Uint32Array.from(facts, (one) => entities.indexOf(one.entity)),
    eventTime: Float64Array.from(facts, (one) => one.day * MICROS_PER_DAY),
    knownAt: Float64Array.from(facts, (one) => one.known),
    columns: columns.map((name, place) => ({
      name,
      values: Float64Array.from(facts, (one) => one.values[place]),
    })),
  }
}

/** The bytes of all values of each cell, as the tables answer it for a moment. */
function bitsAsOf(tables: readonly Rows[], moment: number): ReadonlyMap<string, string> {
  const out = new Map<string, string>()
  const known = new Map<string, number>()
  for (const rows of tables)
    for (let row = 0; row < rows.length; row++) {
      const cell = `${rows.entities[rows.entity[row]]} ${rows.eventTime[row] / MICROS_PER_DAY}`
      const at = rows.knownAt[row]
      if (at > moment || at < (known.get(cell) ?? Number.NEGATIVE_INFINITY)) continue
      known.set(cell, at)
      const values = Float64Array.from(rows.columns, (column) => column.values[row])
      out.set(cell, Buffer.from(values.buffer).toString('base64'))
    }
  return out
}

/** Corrections and rows that became known late, of any day: what a vendor does in a bad month. */
const trouble = fc.array(
  fc.record({
    which: fc.nat(),
    after: fc.integer({ min: 0, max: LATER - 1 }),
    factor: fc.constantFrom(0.5, 0.99, 1.01, 2, Number.NaN),
    isNear: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
)

function withTrouble(
  data: Data,
  all: readonly Readonly<{ which: number; after: number; factor: number; isNear: boolean }>[],
) {
  const recent = data.facts.filter(({ day }) => day >= HISTORY - 5)
  const corrections = all.map(({ which, after, factor, isNear }): Fact => {
    const from = isNear ? recent : data.facts
    const { entity, day, values } = from[which % from.length]
    const known = Math.max(knownOf(HISTORY + after), knownOf(day)) + 1
    return { entity, day, known, values: values.map((value) => value * factor) }
  })
  return [...data.facts, ...corrections].sort((x, y) => x.known - y.known)
}

/** Correlations of ranks, of ranks again: among five names there is nearly always a constant window among them. */
const FEW_RANKS: readonly string[] = ['alpha_068', 'alpha_092', 'alpha_096', 'alpha_097']

const SETS: readonly Readonly<{ name: string; data: Data; set: CompiledSet }>[] = [
  { name: 'Alpha158, us12', data: us12(), set: await shippedSet('alpha158', [TYPICAL_PRICE]) },
  { name: 'Alpha101, us12', data: us12(), set: await shippedSet('alpha101', [TYPICAL_PRICE, ...NO_SECTORS]) },
  { name: 'Alpha158, us20', data: us20(), set: await shippedSet('alpha158', CLOSE_ALONE, ['close']) },
  {
    name: 'Alpha101, us20',
    data: us20(),
    set: await shippedSet('alpha101', [...CLOSE_ALONE, ...NO_SECTORS], ['close']),
  },
]

describe.each(SETS)('$name', ({ data, set }) => {
  const whole = (facts: readonly Fact[]): readonly Rows[] => [engineFor(set).arrive(rowsOf(data, facts))]
  const moments = [knownOf(HISTORY + 3), knownOf(HISTORY + 8), Number.POSITIVE_INFINITY]

  test('computes every feature of some day', () => {
    const [table] = whole(data.facts)
    const without = table.columns.filter(({ values }) => values.every(Number.isNaN)).map(({ name }) => name)
    expect(without.filter((name) => !FEW_RANKS.includes(name))).toEqual([])
  })

  test('has the same bits in one pass, day by day, restarted and out of order', () => {
    fc.assert(
      fc.property(trouble, fc.array(fc.nat(LATER), { maxLength: 3 }), fc.nat(), (bad, restarts, seed) => {
        const facts = withTrouble(data, bad)
        const right = whole(facts)

        const history = facts.filter(({ known }) => known <= knownOf(HISTORY - 1))
        const batches = [history]
        for (let day = HISTORY; day < DAYS; day++)
          batches.push(facts.filter(({ known }) => known > knownOf(day - 1) && known <= knownOf(day)))
        batches.push(facts.filter(({ known }) => known > knownOf(DAYS - 1)))

        let engine = engineFor(set)
        const daily = batches.flatMap((batch, place) => {
          if (restarts.includes(place)) {
            const saved = memoryFrom(memoryBytes(engine.save()))
            engine = engineFor(set)
            engine.restore(saved)
          }
          const rows = rowsOf(data, batch)
          return batch.length === 0 ? [] : [engine.arrive(rows)]
        })

        const parts = batches.slice(1).filter(({ length }) => length > 0)
        const late = parts.splice(seed % parts.length, 2)
        const shuffled = engineFor(set)
        const disordered = [history, ...parts, ...late].map((batch) => shuffled.arrive(rowsOf(data, batch)))

        for (const moment of moments) {
          const bits = bitsAsOf(right, moment)
          expect(bitsAsOf(daily, moment)).toEqual(bits)
          expect(bitsAsOf(disordered, moment)).toEqual(bits)
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('an engine that keeps a tail says the same of the days that follow', () => {
    const engine = engineFor(set)
    engine.keepTail(TAIL)
    const facts = data.facts
    const tables = [0, 100, 200, HISTORY, HISTORY + 1, HISTORY + 2, DAYS].flatMap((to, place, all) => {
      const batch = facts.filter(({ day }) => day >= (all[place - 1] ?? 0) && day < to)
      return batch.length === 0 ? [] : [engine.arrive(rowsOf(data, batch))]
    })
    expect(bitsAsOf(tables, Number.POSITIVE_INFINITY)).toEqual(
      bitsAsOf(whole(facts), Number.POSITIVE_INFINITY),
    )
  })
})
