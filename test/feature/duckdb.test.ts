/** The operators against DuckDB's window functions, which somebody else wrote. */
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { engineOf, rowsOf } from './arbitrary.ts'
import { ENTITIES, type Fact } from './oracle.ts'

const DAYS = 120
const WINDOW = 7

/** A formula and SQL for it: `h` is the entity's history, `w` its last rows, `d` the entities of one day. */
const PAIRS: readonly (readonly [formula: string, sql: string])[] = [
  [`ts_sum(a, ${WINDOW})`, 'sum(a) over w'],
  [`ts_mean(a, ${WINDOW})`, 'avg(a) over w'],
  [`ts_std(a, ${WINDOW})`, 'stddev_samp(a) over w'],
  [`ts_min(a, ${WINDOW})`, 'min(a) over w'],
  [`ts_max(a, ${WINDOW})`, 'max(a) over w'],
  [`product(a, ${WINDOW})`, 'product(a) over w'],
  [`correlation(a, b, ${WINDOW})`, 'corr(a, b) over w'],
  [`covariance(a, b, ${WINDOW})`, 'covar_samp(a, b) over w'],
  [`delay(a, ${WINDOW - 1})`, `lag(a, ${WINDOW - 1}) over h`],
  [`delta(a, ${WINDOW - 1})`, `a - lag(a, ${WINDOW - 1}) over h`],
  ['rank(b)', '(rank() over (d order by b) + (count(*) over (d, b) - 1) / 2) / count(*) over d'],
  ['zscore(a)', '(a - avg(a) over d) / stddev_samp(a) over d'],
  ['demean(a)', 'a - avg(a) over d'],
  ['scale(a)', 'a / sum(abs(a)) over d'],
  [
    'a > 3 ? log(a) : signed_power(b - 2, 2)',
    'case when a > 3 then ln(a) else sign(b - 2) * pow(abs(b - 2), 2) end',
  ],
]

const facts: readonly Fact[] = ENTITIES.flatMap((entity, place) => {
  const values = fc.noBias(fc.tuple(fc.integer({ min: 500, max: 9000 }), fc.integer({ min: 0, max: 2 })))
  const sample = fc.sample(values, { numRuns: DAYS, seed: 11 + place })
  return sample.map((pair, time) => ({ entity, time, known: time, values: [pair[0] / 1000, pair[1]] }))
})

let expected: readonly Record<string, unknown>[]
let computed: Rows

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const rows = facts.map(
    ({ entity, time, values }) => `('${entity}', ${time}, ${values[0]}::double, ${values[1]}::double)`,
  )
  await connection.run(`create table f as select * from (values ${rows.join(',')}) as f(entity, time, a, b)`)
  const columns = PAIRS.map(([, sql], i) => `${sql.replace('(d, b)', '(partition by time, b)')} as f${i}`)
  const answer = await connection.runAndReadAll(`
    select ${columns.join(',\n')} from f
    window h as (partition by entity order by time),
      w as (partition by entity order by time rows ${WINDOW - 1} preceding),
      d as (partition by time)
    order by time, entity`)
  expected = answer.getRowObjectsJS()
  computed = engineOf(PAIRS.map(([formula]) => formula)).arrive(rowsOf(facts))
})

test.each(PAIRS.map(([formula], place) => [formula, place] as const))('%s', (_, place) => {
  const values = columnOf(computed, `f${place}`) ?? new Float64Array()
  expect(values.length).toBe(expected.length)
  let compared = 0
  for (const [row, value] of values.entries()) {
    if (Number.isNaN(value)) continue
    const sql = Number(expected[row][`f${place}`])
    // Relative to 1 for values near zero, which are differences of values near 1.
    expect(Math.abs(value - sql)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(sql)))
    compared++
  }
  // Only the rows before the first whole window may be missing.
  expect(compared).toBeGreaterThanOrEqual((DAYS - WINDOW + 1) * ENTITIES.length)
})
