/** What a run costs is found out with few runs where a model is slow. */
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isSlow, MEASURED_ROWS, measured } from '../../serving/inference/measured.ts'

const COLUMNS = 2
const MILLIS = 30

/** A model that takes its time for each run, and counts them. */
function slowModel() {
  const asked = { times: 0 }
  const predict = async (features: Float64Array) => {
    asked.times++
    await setTimeout(MILLIS)
    return new Float64Array(features.length / COLUMNS)
  }
  return { asked, predict }
}

test('a model that takes long is known to after three runs, and shares none', async () => {
  const { asked, predict } = slowModel()
  expect(await isSlow(predict, COLUMNS, 1_000)).toBe(true)
  expect(asked.times).toBe(3)
  const found = await measured(predict, COLUMNS)
  expect(asked.times).toBe(6)
  expect(found.isRowwise).toBe(false)
})

test('a quick one is asked for all that is to be found out', async () => {
  let rows = 0
  const predict = async (features: Float64Array) => {
    rows += features.length / COLUMNS
    return new Float64Array(features.length / COLUMNS)
  }
  expect(await measured(predict, COLUMNS)).toMatchObject({ isRowwise: true })
  expect(rows).toBeGreaterThan(MEASURED_ROWS)
})
