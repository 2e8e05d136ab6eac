/** The printed reference, and every operator in it against NumPy, pandas and SciPy: with holes, ties, a constant and a short history. */
import { expect, test } from 'vitest'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { localDays } from '../../streams/calendar/sessions.ts'
import { compileSet, defineSet } from '../../streams/features/definition.ts'
import { FeatureEngine } from '../../streams/features/engine.ts'
import { type Expression, partsOf } from '../../streams/features/formula/expression.ts'
import { OPERATORS } from '../../streams/features/formula/operators.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { operatorReference, referenceText } from '../../streams/features/formula/reference.ts'
import { readVector } from '../support/vectors.ts'

type Numbers = readonly (number | null)[]
type Made = Readonly<{
  entity: readonly string[]
  day: readonly number[]
  columns: Readonly<Record<string, Numbers>>
  cases: Readonly<Record<string, Numbers>>
}>

const made = JSON.parse(readVector('operators-numpy.json')) as Made
const formulas = Object.keys(made.cases)
const filled = (values: Numbers): Float64Array => Float64Array.from(values, (value) => value ?? Number.NaN)

const names = [...new Set(made.entity)].sort()
const set = compileSet(
  defineSet(
    {
      set: 'test',
      version: 1,
      entity: 'instrument',
      dataset: 'test',
      features: formulas.map((formula, place) => ({ name: `f${place}`, formula, unit: '' })),
      stalenessMicros: 1,
      lagMicros: 0,
      maxGapSessions: 0,
    },
    Object.keys(made.columns),
  ),
)
const told = new FeatureEngine(set, localDays('UTC')).arrive({
  length: made.day.length,
  entities: names,
  entity: Uint32Array.from(made.entity, (name) => names.indexOf(name)),
  eventTime: Float64Array.from(made.day, (day) => day * MICROS_PER_DAY),
  knownAt: Float64Array.from(made.day, (day) => day * MICROS_PER_DAY),
  columns: Object.entries(made.columns).map(([name, values]) => ({ name, values: filled(values) })),
})
const rowOf = new Map(
  Array.from(told.eventTime, (time, row) => [
    `${told.entities[told.entity[row]]} ${time / MICROS_PER_DAY}`,
    row,
  ]),
)

test.each(formulas.map((formula, place) => [formula, place] as const))('%s', (formula, place) => {
  const ours = made.day.map(
    (day, i) => told.columns[place].values[rowOf.get(`${made.entity[i]} ${day}`) ?? -1],
  )
  const theirs = filled(made.cases[formula])
  for (const [row, value] of ours.entries()) {
    const where = `${formula} of ${made.entity[row]} on day ${made.day[row]}`
    if (Number.isNaN(theirs[row])) expect(value, where).toBeNaN()
    else
      expect(Math.abs(value - theirs[row]), where).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(theirs[row])),
      )
  }
  // No history is as long as the longest window.
  const compared = ours.filter((value) => !Number.isNaN(value)).length
  if (/, 40[,)]/.test(formula)) expect(compared).toBe(0)
  else if (!/^(product|ts_kurt|ts_skew|correlation|covariance|ts_\w+)\(.*, (1|2|12)[,)]/.test(formula))
    expect(compared).toBeGreaterThan(10)
})

test('the reference has every operator, and an oracle checks each in every way to write it', () => {
  const reference = operatorReference()
  expect(new Set(reference.map(({ name }) => name))).toEqual(new Set(OPERATORS.map(({ name }) => name)))
  for (const { name, formula, window, missing } of reference)
    for (const said of [formula, window, missing]) expect(said.length, name).toBeGreaterThan(2)
  const operatorsIn = (of: Expression): readonly string[] => [
    ...(of.kind === 'call' ? [of.operator.name] : []),
    ...partsOf(of).flatMap(operatorsIn),
  ]
  const checked = new Set(formulas.flatMap((formula) => operatorsIn(parseFormula(formula))))
  expect(reference.map(({ name }) => name).filter((name) => !checked.has(name))).toEqual([])
})

test('the reference reads as it is meant to', () => {
  const entries = operatorReference().filter(({ name }) => ['ts_quantile', 'over', 'rank'].includes(name))
  expect(referenceText(entries)).toBe(
    `a / b
  formula  the quotient
  window   its own row
  missing  missing where the divisor is 0

ts_quantile(x, window, q)
  formula  the value at place q (n - 1) of the sorted ones, from 0, in proportion between its neighbors
  window   the last window rows, its own among them; by time, those after t - window
  missing  missing where a row of the window is missing
  window: a whole number of rows from 1, or a length of time such as 30m
  q: a number from 0 to 1

rank(x)
rank(x) by group
  formula  the rank from 1, ties averaged, divided by the number of values: above 0, up to 1
  window   all entities at its event time; with by, those of its group
  missing  missing entities stay out of it; they themselves stay missing
  group: groups`,
  )
})
