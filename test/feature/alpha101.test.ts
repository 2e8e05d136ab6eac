/** Alpha101 against the paper's own text, evaluated with pandas on the same bars. */
import { describe, expect, test } from 'vitest'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { columnOf } from '../../schemas/rows.ts'
import { readVector } from '../support/vectors.ts'
import { type Bars, engineFor, rowsOfBars, shippedSet, TYPICAL_PRICE } from './library.ts'

type Made = Readonly<{
  groups: Readonly<Record<string, number>>
  bars: Readonly<Record<string, Bars>>
  values: Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>>
}>

const made = JSON.parse(readVector('alpha101-pandas.json')) as Made
const names = Object.keys(made.bars)
/** Groups as the other side made them: the place of the name modulo a number. Names are told apart by a column for that. */
const place = names.map((_, i) => ({ name: `is_${i}`, formula: `place == ${i} ? ${i} : 0` }))
const placeOf = place.map(({ name }) => name).join(' + ')
const groups = Object.entries(made.groups).map(([name, of]) => ({
  name,
  formula: `(${placeOf}) - ${of} * floor((${placeOf}) / ${of})`,
}))

const set = await shippedSet(
  'alpha101',
  [TYPICAL_PRICE, { name: 'cap', formula: 'close * 1000000' }, ...place, ...groups],
  [...'open high low close volume'.split(' '), 'place'],
)
const rows = rowsOfBars(made.bars)
const told = engineFor(set).arrive({
  ...rows,
  columns: [
    ...rows.columns,
    { name: 'place', values: Float64Array.from(rows.entity, (of) => names.indexOf(rows.entities[of])) },
  ],
})

const days = made.bars[names[0]].close.length
const valueAt = (entity: string, day: number, feature: string): number => {
  const of = told.entities.indexOf(entity)
  const row = told.eventTime.findIndex((time, i) => time === day * MICROS_PER_DAY && told.entity[i] === of)
  return columnOf(told, feature)?.[row] ?? Number.POSITIVE_INFINITY
}

/** Ranks of statistics of ranks, or of correlations over two rows: equal ones differ by rounding, and which of them is first is the rounding's. */
const TIES: ReadonlySet<string> = new Set(['13', '15', '16', '31', '45', '94', '98'])
/** With windows of so few ranks that one of them is nearly always constant. */
const RARE: ReadonlySet<string> = new Set(['92', '96', '97', '100'])

describe('the value of each formula', () => {
  test.each(Object.keys(made.values))('Alpha#%s', (number) => {
    const feature = `alpha_${number.padStart(3, '0')}`
    let [compared, equal] = [0, 0]
    for (const name of names)
      for (const [i, theirs] of made.values[number][name].entries()) {
        const ours = valueAt(name, days - made.values[number][name].length + i, feature)
        const where = `${feature} of ${name}, ${i}`
        if (theirs === null) expect(ours, where).toBeNaN()
        else {
          const isEqual = Math.abs(ours - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs))
          if (TIES.has(number)) expect(Math.abs(ours - theirs), where).toBeLessThanOrEqual(0.5)
          else expect(isEqual ? ours : theirs, where).toBe(ours)
          compared++
          if (isEqual) equal++
        }
      }
    if (!RARE.has(number)) expect(compared).toBeGreaterThan(0)
    expect(equal).toBeGreaterThanOrEqual(TIES.has(number) ? 0.1 * compared : compared)
  })
})
