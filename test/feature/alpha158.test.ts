/** Alpha158 against the values that Qlib itself computes from the same bars. */
import { describe, expect, test } from 'vitest'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { compileProgram } from '../../streams/features/program.ts'
import { readVector } from '../support/vectors.ts'
import { type Bars, engineFor, rowsOfBars, shippedSet, TYPICAL_PRICE } from './library.ts'

type Made = Readonly<{
  names: readonly string[]
  entities: Readonly<
    Record<
      string,
      Readonly<{
        bars: Bars
        firstRow: number
        exact: Readonly<Record<string, readonly (number | null)[]>>
        values: readonly (readonly (number | null)[])[]
      }>
    >
  >
}>

const made = JSON.parse(readVector('alpha158-qlib.json')) as Made
const set = await shippedSet('alpha158', [TYPICAL_PRICE])
const told = engineFor(set).arrive(
  rowsOfBars(Object.fromEntries(Object.entries(made.entities).map(([name, { bars }]) => [name, bars]))),
)

const valueAt = (entity: string, day: number, feature: string): number => {
  const place = told.entities.indexOf(entity)
  const row = told.eventTime.findIndex((time, i) => time === day * MICROS_PER_DAY && told.entity[i] === place)
  return told.columns.find(({ name }) => name === feature)?.values[row] ?? Number.POSITIVE_INFINITY
}

test('its features have the names and the order of Qlib', () => {
  expect(set.features.map(({ name }) => name)).toEqual(made.names)
  expect(made.names).toHaveLength(158)
})

describe.each(Object.keys(made.entities))('%s', (entity) => {
  const { bars, firstRow, exact, values } = made.entities[entity]
  test.each(made.names.map((name, place) => [name, place] as const))('%s', (name, place) => {
    const formulas = [parseFormula(set.features[place].formula)]
    const { lookbackRows } = compileProgram(formulas)
    let compared = 0
    for (const [i, theirs] of values[place].entries()) {
      const ours = valueAt(entity, firstRow + i, name)
      // Qlib computes over what there is of a window; here a window that is longer than the history is missing.
      if (firstRow + i < lookbackRows) expect(ours).toBeNaN()
      else if (theirs === null) expect(ours).toBeNaN()
      else {
        // Where rounding of Qlib's own is greater than the tolerance, ours is held against the exact number.
        const right = exact[name]?.[i] ?? theirs
        const tolerance = name in exact ? 1e-12 : 1e-9
        expect(Math.abs(ours - right)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(right)))
        expect(Math.abs(theirs - right)).toBeLessThanOrEqual(1e-8)
        compared++
      }
    }
    const isFlat = entity === 'flat' && /^(CORR|CORD|RSQR)/.test(name)
    expect(compared).toBe(isFlat ? 0 : bars.close.length - Math.max(firstRow, lookbackRows))
  })
})
