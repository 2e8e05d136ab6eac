/** A small platform with a training set and a run, ten days of life, and one price of before that is told anew: what features are retrieved from. */
import { rowsWhere } from '../../schemas/rows.ts'
import { requestTrainingSet, startRun } from '../../serving/actions.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { type MemoryPlatform, memoryPlatform } from './memory-platform.ts'
import { act, beginOn, HISTORY_DAYS, runOf, trainingSetOf } from './small-platform.ts'
import { knownOf, NAMES, pricesOf, tableOf } from './small-world.ts'

/** CAT's price of one day is told anew, half as much again, after the close of another; the last day is before `end`. */
export const CORRECTED = { day: 299, on: 303, end: 310 } as const

export type CorrectedStory = Readonly<{
  platform: MemoryPlatform
  /** How far the log went before the correction. */
  before: number
}>

export async function correctedStory(): Promise<CorrectedStory> {
  const prices = pricesOf(CORRECTED.end)
  const platform = await memoryPlatform()
  await beginOn(platform)
  await requestTrainingSet(platform, trainingSetOf(3), act('set'))
  const { frozen } = platform.folds.experiments.state().trainingSets['small-h3']
  await startRun(platform, runOf('momentum', 3, frozen?.contentHash ?? ''), act('run'))
  let before = 0
  for (let day = HISTORY_DAYS; day < CORRECTED.end; day++) {
    platform.moment.advanceTo(knownOf(day))
    const rows = tableOf(prices, day, day + 1)
    await ingestRows(platform, { dataset: 'small', source: `day ${day}`, rows, actor: 'feed' })
    if (day !== CORRECTED.on) continue
    before = (await platform.log.head()).position
    const old = tableOf(prices, CORRECTED.day, CORRECTED.day + 1)
    const one = rowsWhere(old, (row) => NAMES[old.entity[row]] === 'CAT')
    const columns = [{ name: 'close', values: one.columns[0].values.map((value) => value * 1.5) }]
    const corrected = { ...one, columns }
    await ingestRows(platform, { dataset: 'small', source: 'correction.csv', rows: corrected, actor: 'feed' })
  }
  return { platform, before }
}
