/** A small platform with all that lineage has to follow: refused runs, an approval that expires, a halt, a correction, two promotions. */
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { rowsWhere } from '../../schemas/rows.ts'
import {
  declareDataset,
  defineFeatures,
  logIdentity,
  requestTrainingSet,
  requestValidation,
  setPolicy,
  sign,
  startRun,
} from '../../serving/actions.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { keyOfName, signedPolicy } from './keys.ts'
import { type MemoryPlatform, memoryPlatform } from './memory-platform.ts'
import {
  act,
  closeDay,
  HISTORY_DAYS,
  MODEL,
  promoteRun,
  reportOn,
  runOf,
  SMALL_DATASET,
  SMALL_POLICY,
  SMALL_SET,
  trainingSetOf,
} from './small-platform.ts'
import { closeOf, knownOf, NAMES, pricesOf, tableOf } from './small-world.ts'

/** What is told otherwise than in the story as it is. */
export type Otherwise = Readonly<{
  price?: (price: number, day: number, name: string) => number
  correction?: number
  run?: (run: RunSpec) => RunSpec
  policy?: PolicySpec
}>

/** The first live day, the days of the halt of FOX, the day on which a price of before is corrected, and the last day. */
export const STORY: Readonly<
  Record<'live' | 'corrects' | 'correctedOn' | 'again' | 'end', number> & { halt: readonly [number, number] }
> = { live: HISTORY_DAYS, halt: [304, 307], corrects: 290, correctedOn: 308, again: 333, end: 337 }

export async function lineageStory(otherwise: Otherwise = {}): Promise<MemoryPlatform> {
  const { price = (one) => one, correction = 1.02, run = (one) => one, policy = SMALL_POLICY } = otherwise
  const prices = pricesOf(STORY.end).map((day, d) => day.map((one, i) => price(one, d, NAMES[i])))
  const platform = await memoryPlatform()
  platform.moment.advanceTo(closeOf(HISTORY_DAYS))
  await declareDataset(platform, SMALL_DATASET, act('declare'))
  await defineFeatures(platform, SMALL_SET, act('features'))
  const history = tableOf(prices, 0, HISTORY_DAYS)
  await ingestRows(platform, { dataset: 'small', source: 'history.csv', rows: history, actor: 'ann' })
  const log = logIdentity(platform)
  await setPolicy(platform, signedPolicy(policy, null, undefined, log), act('policy', 'bob'))
  for (const horizon of [1, 3]) {
    await requestTrainingSet(platform, trainingSetOf(horizon), act(`set-${horizon}`))
    const { frozen } = platform.folds.experiments.state().trainingSets[`small-h${horizon}`]
    for (const subset of ['momentum', 'noise']) {
      const spec = run(runOf(subset, horizon, frozen?.contentHash ?? ''))
      await startRun(platform, spec, act(`run-${spec.run}`))
    }
  }
  for (const name of Object.keys(platform.folds.experiments.state().runs))
    await requestValidation(platform, { model: MODEL, run: name }, act(`validate-${name}`))
  const { artifact, report } = reportOn(platform, 'small-h1-momentum')
  const said = { model: MODEL, artifact, report, member: 'dan', decision: 'approve', reason: 'read' } as const
  // It has expired by the time that the file is promoted.
  await sign(platform, { ...said, privateKey: keyOfName('dan') }, act('dan', 'dan'))
  await promoteRun(platform, 'small-h3-momentum')
  for (let day = STORY.live; day < STORY.end; day++) {
    platform.moment.advanceTo(knownOf(day))
    const rows = tableOf(prices, day, day + 1)
    const isHalted = day >= STORY.halt[0] && day < STORY.halt[1]
    const traded = isHalted ? rowsWhere(rows, (row) => NAMES[rows.entity[row]] !== 'FOX') : rows
    await ingestRows(platform, { dataset: 'small', source: `day ${day}`, rows: traded, actor: 'feed' })
    if (day === STORY.correctedOn) await correct(platform, prices, correction)
    await closeDay(platform, day)
    if (day === STORY.again) await promoteRun(platform, 'small-h1-momentum')
  }
  return platform
}

/** CAT's price of a day of the history, told anew. */
async function correct(platform: MemoryPlatform, prices: readonly number[][], factor: number): Promise<void> {
  const day = tableOf(prices, STORY.corrects, STORY.corrects + 1)
  const one = rowsWhere(day, (row) => NAMES[day.entity[row]] === 'CAT')
  const columns = [{ name: 'close', values: one.columns[0].values.map((value) => value * factor) }]
  const rows = { ...one, columns }
  await ingestRows(platform, { dataset: 'small', source: 'correction.csv', rows, actor: 'feed' })
}
