/** While a server runs, what is stored of the views follows the log: a question folds no more than what came since. */
import { afterEach, expect, test } from 'vitest'
import { defined } from '../../projections/feature/defined.ts'
import type { Projection } from '../../projections/projection.ts'
import { ProjectionRunner } from '../../projections/runner.ts'
import { openProjectionStore } from '../../projections/store.ts'
import { keepViews } from '../../serving/kept-views.ts'
import { define } from '../support/counting.ts'
import { memoryLog } from '../support/memory-platform.ts'

let stop = async () => {}
afterEach(() => stop())

test('what is stored is never further behind than was said, and nothing is stored for less', async () => {
  const log = memoryLog()
  const store = openProjectionStore(':memory:')
  const stored = () => store.latest(defined)?.position ?? 0
  const views = new ProjectionRunner({ log, store, projections: [defined as Projection] })
  const errors: unknown[] = []
  stop = keepViews({ log, views }, { everyMillis: 5, events: 10, onError: (error) => errors.push(error) })
  await define(log, 9)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(stored()).toBe(0)
  await define(log, 1, 9)
  await expect.poll(stored, { timeout: 20_000 }).toBe(10)
  await define(log, 15, 10)
  await expect.poll(stored, { timeout: 20_000 }).toBeGreaterThan(15)
  expect(errors).toEqual([])
})

test('many who fold at once fold each event once', async () => {
  const log = memoryLog()
  await define(log, 50)
  let applied = 0
  const counting = {
    ...defined,
    apply: (...of: Parameters<typeof defined.apply>) => {
      applied++
      return defined.apply(...of)
    },
  }
  const store = openProjectionStore(':memory:')
  const views = new ProjectionRunner({
    ...{ log, store, projections: [counting as Projection] },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  })
  expect(await Promise.all([views.catchUp(), views.catchUp(), views.catchUp()])).toEqual([50, 50, 50])
  expect(applied).toBe(50)
})
