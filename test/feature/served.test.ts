/** What was handed out of features, held against the arrivals; what looking ahead would be worth; what rests on values that were corrected. */
import { beforeAll, describe, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { ValuesComputed } from '../../schemas/events/feature.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { Archive } from '../../serving/archive.ts'
import { impactOf } from '../../serving/lineage/impact.ts'
import { restatedIn } from '../../serving/lineage/restated.ts'
import { asKnownToday } from '../../serving/retrieval/as-known-today.ts'
import { checkServed } from '../../serving/retrieval/check.ts'
import { leakageOf } from '../../serving/retrieval/leakage.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'
import { archiveOf } from '../support/archive.ts'
import { correctedStory } from '../support/corrected-story.ts'
import { asAppended, copyOf, eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { NAMES } from '../support/small-world.ts'

let platform: MemoryPlatform
let archive: Archive

beforeAll(async () => {
  platform = (await correctedStory()).platform
  archive = archiveOf(platform)
}, 60_000)

describe('asof features check', () => {
  test('what was told and frozen follows from the arrivals, bit for bit, with a correction between', async () => {
    const found = await checkServed(archive, null)
    expect(found.map(({ set, handed, differing }) => [set, handed, differing])).toEqual([
      ['small@1', 'values', 0],
      ['small@1', 'training sets', 0],
    ])
    for (const { cells } of found) expect(cells).toBeGreaterThan(4_000)
    expect(await refusalIn(checkServed(archive, 'other@1'))).toBe('feature.unknown-set')
  })

  test('one value that was told otherwise is found, with its entity and moment', async () => {
    const told = (await eventsOf(platform.log)).filter((event) => isEvent(ValuesComputed, event))
    const target = told.at(-4)
    const rows = await getRows(platform.chunks, target?.chunks[0] ?? { hash: '' })
    const [first, ...rest] = rows.columns
    const values = first.values.map((value, row) => (row === 2 ? value + 2 ** -50 : value))
    const forged = await putRows(platform.chunks, { ...rows, columns: [{ ...first, values }, ...rest] })
    const log = await copyOf(platform.log, (batch) => {
      const batchAsIs = asAppended(batch)
      const events = batch.map((event) =>
        event.position === target?.position ? { ...event, chunks: [forged] } : event,
      )
      return { ...batchAsIs, events }
    })
    const found = await checkServed({ ...archive, log }, 'small@1')
    const values1 = found.find(({ handed }) => handed === 'values')
    expect(values1?.differing).toBe(1)
    expect(values1?.examples[0]).toMatchObject({
      feature: first.name,
      entity: rows.entities[rows.entity[2]],
      position: target?.position,
    })
  })
})

describe('asof features leakage', () => {
  test('closes that are known before each decision leak nothing but what was corrected, and a run comes to what it came to', async () => {
    const { differing, cells, features, metrics } = await leakageOf(archive, 'small-h3-momentum')
    expect(cells).toBeGreaterThan(4_000)
    // The set ends with the day whose price was corrected: its cross-section is another one today.
    const changed = new Map(features.map((one) => [one.feature, one.changed]))
    expect(changed.get('vol_10')).toBe(NAMES.length)
    expect(differing).toBeLessThanOrEqual(3 * NAMES.length)
    expect(features.every(({ onlyToday, onlyThen }) => onlyToday === 0 && onlyThen === 0)).toBe(true)
    const { metrics: recorded } = platform.folds.experiments.state().runs['small-h3-momentum']
    expect(metrics.length).toBeGreaterThan(3)
    for (const { metric, known } of metrics) expect(known).toBe(recorded[metric])
    expect((await leakageOf(archive, 'small-h3')).metrics).toEqual([])
    expect(await refusalIn(leakageOf(archive, 'nobody'))).toBe('retrieval.no-frozen-set')
  })

  test('the join that looks ahead takes the newest form of the newest event, whenever it was known', () => {
    const rows: Rows = {
      length: 4,
      entities: ['A'],
      entity: new Uint32Array(4),
      eventTime: Float64Array.from([10, 20, 10, 20]),
      knownAt: Float64Array.from([11, 90, 95, 80]),
      columns: [{ name: 'f', values: Float64Array.from([1, 2, 3, 4]) }],
    }
    const of = { features: ['f'], stalenessMicros: 100 }
    const at = (index: ReturnType<typeof asKnownToday>, moment: number) => index.asOf('A', moment).value('f')
    const today = asKnownToday(of, [rows], Number.POSITIVE_INFINITY)
    expect([9, 10, 19, 20, 50].map((moment) => at(today, moment))).toEqual([Number.NaN, 3, 3, 2, 2])
    expect(at(asKnownToday(of, [rows], 90), 15)).toBe(1)
    const gone = { ...rows, withdrawn: Uint8Array.from([0, 1, 0, 0]) }
    expect(at(asKnownToday(of, [gone], Number.POSITIVE_INFINITY), 50)).toBe(3)
  })
})

describe('asof features restated', () => {
  test('is what lineage says of the correction, for every correction at once', async () => {
    const [found, ...others] = await restatedIn(archive, null, {})
    expect(others).toEqual([])
    expect(found).toMatchObject({ dataset: 'small', rows: 1 })
    expect(found.arrivals.map(({ source }) => source)).toEqual(['correction.csv'])
    const impact = await impactOf(archive, 'correction.csv', {})
    expect(found.used).toEqual(impact.replaced)
    expect(found.used.map(({ noun }) => noun)).toEqual(expect.arrayContaining(['training set']))
    expect(await restatedIn(archive, 'other', {})).toEqual([])
  })
})
