/** The folds of a run: tested on what lies after all that it was trained on, labels included. */
import { expect, test } from 'vitest'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { columnOf } from '../../schemas/rows.ts'
import { readFrozen } from '../../streams/training/frozen.ts'
import { evaluate, layoutOf } from '../../streams/training/held-out.ts'
import { judgedPlatform } from '../support/small-platform.ts'

const platform = await judgedPlatform()
const { trainingSets, runs } = platform.folds.experiments.state()

async function setOf(name: string) {
  const set = trainingSets[name]?.frozen?.chunks
  if (set === undefined) throw new Error(`${name} was not frozen`)
  return readFrozen(platform.chunks, set)
}

test.each(['small-h1', 'small-h3'])(
  'every row of %s is tested at most once, by a model that knew nothing of it',
  async (name) => {
    const rows = await setOf(name)
    const labelTo = columnOf(rows, 'label_to') ?? new Float64Array()
    const labelFrom = columnOf(rows, 'label_from') ?? new Float64Array()
    for (let row = 0; row < rows.length; row++) {
      if (Number.isNaN(labelTo[row])) continue
      expect(labelFrom[row] * MICROS_PER_DAY).toBeGreaterThanOrEqual(rows.knownAt[row])
      expect(labelTo[row]).toBeGreaterThan(labelFrom[row] * MICROS_PER_DAY)
    }
    const { folds } = layoutOf(rows, 4)
    const tested = folds.flatMap((fold) => [...fold.test])
    expect(folds).toHaveLength(4)
    expect(new Set(tested).size).toBe(tested.length)
    for (const { train, test: held, purged } of folds) {
      const begins = Math.min(...Array.from(held, (row) => rows.knownAt[row]))
      expect(train.length).toBeGreaterThan(0)
      // A row without a label trains nothing.
      for (const row of train) if (!Number.isNaN(labelTo[row])) expect(labelTo[row]).toBeLessThan(begins)
      // Labels of the days just before the test reach into it.
      expect(purged).toBeGreaterThan(0)
    }
  },
)

test('what comes after a test does not change its scores', async () => {
  const rows = await setOf('small-h1')
  const spec = runs['small-h1-momentum']?.spec
  if (spec === undefined) throw new Error('the run was started')
  const layout = layoutOf(rows, 4)
  const { scores } = evaluate(rows, spec, layout)
  // The labels of the last block are turned about: only what is trained on them could tell.
  const [last] = layout.folds.slice(-1)
  const touched = new Set(last.test)
  const columns = rows.columns.map(({ name, values }) => ({
    name,
    values: name === 'label' ? values.map((value, row) => (touched.has(row) ? -value : value)) : values,
  }))
  const other = { ...rows, columns }
  expect(evaluate(other, spec, layoutOf(other, 4)).scores).toEqual(scores)
})
