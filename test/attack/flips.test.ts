/** Some of the flips of `npm run attack`, in a smaller folder: none of them is silent. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { declareDataset, defineFeatures } from '../../serving/actions.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { openSmall } from '../support/small-folder.ts'
import { act, SMALL_DATASET, SMALL_SET } from '../support/small-platform.ts'
import { knownOf, pricesOf, tableOf } from '../support/small-world.ts'
import { countsOf, flipBits } from './flips.ts'
import { workplace } from './tools.ts'

const FLIPS = 45
const { path, copyOf, drop, remove } = workplace('flips')
const states: Record<string, string> = {}

/** Data, features, and what the platform derives of them. */
beforeAll(async () => {
  const stopped = path('stopped')
  const platform = await openSmall(stopped)
  await declareDataset(platform, SMALL_DATASET, act('declare'))
  await defineFeatures(platform, SMALL_SET, act('features'))
  for (const day of [0, 30, 31]) {
    platform.moment.advanceTo(knownOf(day + 29))
    const rows = tableOf(pricesOf(70), day, day + 30)
    await ingestRows(platform, { dataset: 'small', source: `from day ${day}`, rows, actor: 'feed' })
  }
  await platform.views.catchUp()
  // As a killed writer leaves it, too: nothing is written when one is.
  states.running = copyOf(stopped)
  await platform.close()
  states.stopped = stopped
})
afterAll(remove)

test.each(['running', 'stopped'])('a platform that was %s', async (state) => {
  const flips = await flipBits({ path: states[state] ?? '', copyOf, drop }, { flips: FLIPS, seed: 7 })
  expect(flips.filter(({ fate }) => fate === 'SILENT')).toEqual([])
  const [all] = countsOf(flips).slice(-1)
  expect(all).toMatchObject({ flips: FLIPS, SILENT: 0 })
  expect(Number(all?.['found by verify'])).toBeGreaterThan(FLIPS / 3)
})
