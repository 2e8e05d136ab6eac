/** Held-out scores are read as they were, in whichever form they are stored. */
import { expect, test } from 'vitest'
import { studyOf } from '../../commands/gate/evidence.ts'
import { rowsWhere } from '../../schemas/rows.ts'
import { decodeRows, encodeRows } from '../../streams/log/arrow.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { layoutOf } from '../../streams/training/held-out.ts'
import { panelOf } from '../../streams/training/panel.ts'
import { scoreTable } from '../../streams/training/score-table.ts'
import { trainingSet } from '../support/gate.ts'
import { known } from '../support/known.ts'

const FOLDS = 4
const full = trainingSet({ names: 12, days: 200, features: 1, seed: 3, skill: 0 })
/** Names that come and go, and one that is traded once in a while. */
const uneven = rowsWhere(full, (row) => full.entity[row] !== 3 || row % 7 === 0)
const sparse = rowsWhere(full, (row) => (row * 7919) % 10 < 1)

function scored(rows: typeof full) {
  const layout = layoutOf(rows, FOLDS)
  const uniform = xoshiro128(1)
  const scores =
    layout.days.length === 0 ? new Float64Array() : Float64Array.from(layout.rows, () => uniform())
  for (let at = 0; at < scores.length; at += 11) scores[at] = Number.NaN
  return { layout, scores }
}

test.each([
  ['every name every session', full],
  ['names that come and go', uneven],
  ['few of many names', sparse],
])('%s: a table or a panel, the gate reads the same scores', (_, rows) => {
  const { layout, scores } = scored(rows)
  const expected = panelOf(rows, layout, scores)
  for (const tableRows of [Number.POSITIVE_INFINITY, 0]) {
    const stored = decodeRows(encodeRows(scoreTable(rows, layout, scores, tableRows)))
    expect(known(studyOf(rows, stored, FOLDS)).scores).toEqual(expected)
  }
})

test('a panel is a third of the table, and is not made where it is larger', () => {
  const bytesOf = (rows: typeof full, tableRows: number) => {
    const { layout, scores } = scored(rows)
    return encodeRows(scoreTable(rows, layout, scores, tableRows)).length
  }
  expect(bytesOf(full, 0) / bytesOf(full, Number.POSITIVE_INFINITY)).toBeLessThan(0.45)
  expect(bytesOf(sparse, 0)).toBe(bytesOf(sparse, Number.POSITIVE_INFINITY))
  const { layout, scores } = scored(full)
  const panel = scoreTable(full, layout, scores, 0)
  expect(panel.columns.map(({ name }) => name)).toEqual(full.entities.map((entity) => `score ${entity}`))
  expect([...panel.knownAt]).toEqual([...layout.moments])
})

test('scores of other sessions, or of other names, are not those of the training set', () => {
  const { layout, scores } = scored(full)
  const other = trainingSet({ names: 12, days: 210, features: 1, seed: 3, skill: 0 })
  const more = trainingSet({ names: 13, days: 200, features: 1, seed: 3, skill: 0 })
  for (const tableRows of [Number.POSITIVE_INFINITY, 0])
    for (const rows of [other, more])
      expect(studyOf(rows, scoreTable(full, layout, scores, tableRows), FOLDS).kind).toBe('insufficient')
})
