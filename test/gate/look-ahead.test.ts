import { describe, expect, test } from 'vitest'
import { lookAhead } from '../../commands/gate/look-ahead.ts'
import type { Rows } from '../../schemas/rows.ts'
import { LABEL } from '../../streams/training/sample.ts'
import { trainingSet } from '../support/gate.ts'

const shape = { names: 12, days: 120, features: 2, seed: 5, skill: 0.05 }

const withColumn = (rows: Rows, name: string, of: (row: number) => number): Rows => ({
  ...rows,
  columns: rows.columns.map((column) =>
    column.name === name ? { name, values: Float64Array.from(column.values, (_, row) => of(row)) } : column,
  ),
})

describe('a feature alone with the label', () => {
  const rows = trainingSet(shape)
  const label = rows.columns.find(({ name }) => name === LABEL)?.values ?? new Float64Array()
  const found = (of: Rows, features = ['x0', 'x1']) => {
    const measured = lookAhead({ rows: of }, { features })
    if (measured.kind !== 'measured') throw new Error(measured.reason)
    return measured.value.features
  }

  test('an honest one ranks it a little, one that is the label wholly, its opposite too', () => {
    for (const { correlation } of found(rows)) expect(Math.abs(correlation)).toBeLessThan(0.15)
    const own = found(withColumn(rows, 'x1', (row) => 3 * label[row]))
    expect(own[0]).toMatchObject({ feature: 'x1' })
    expect(own[0].correlation).toBeCloseTo(1, 12)
    expect(found(withColumn(rows, 'x0', (row) => -label[row]))[0]).toMatchObject({ feature: 'x0' })
  })

  test('of one name all rows are one series, and of too few nothing is said', () => {
    const one = trainingSet({ ...shape, names: 1 })
    const its = one.columns.find(({ name }) => name === LABEL)?.values ?? new Float64Array()
    expect(found(withColumn(one, 'x0', (row) => its[row]))[0].correlation).toBeCloseTo(1, 12)
    const short = trainingSet({ ...shape, names: 1, days: 20 })
    expect(lookAhead({ rows: short }, { features: ['x0'] }).kind).toBe('insufficient')
    const blind = withColumn(rows, 'x0', () => Number.NaN)
    expect(lookAhead({ rows: blind }, { features: ['x0'] }).kind).toBe('insufficient')
  })
})
