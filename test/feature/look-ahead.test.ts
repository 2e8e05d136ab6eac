/** No way to look ahead: what a formula, a declaration, a row or a lag would let be known too early is refused, set aside or told. */
import { describe, expect, test } from 'vitest'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { declareDataset } from '../../serving/actions.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { observedLags } from '../../serving/observed-lag.ts'
import { shippedCalendar } from '../../streams/calendar/shipped.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import { arrive, longSpec, temporaryFolder } from '../data/files.ts'
import { memoryPlatform } from '../support/memory-platform.ts'
import { refusalIn, refusalOf } from '../support/refusals.ts'
import { featuresText } from '../support/researched.ts'
import { CLOSE } from '../support/sessions.ts'
import { act, SMALL_DATASET } from '../support/small-platform.ts'
import { closeOf, pricesOf, tableOf } from '../support/small-world.ts'

describe('a formula', () => {
  test.each([
    'delay(close, -1)',
    'delta(close, -1)',
    'ts_mean(close, -5)',
    'ts_sum(close, 0)',
    'ts_mean(close, -30m)',
    'delay(close, -30m)',
    'correlation(close, volume, -10)',
    'decay_linear(close, 2 - 7)',
  ])('%s is refused', (text) => {
    expect(refusalOf(() => parseFormula(text, ['close', 'volume']))).toMatch(
      /^formula\.(window|argument|syntax)$/,
    )
  })

  test('of any operator with a window takes none that is negative, nor by a name that is defined so', async () => {
    const names =
      'delay delta ts_sum ts_mean ts_std ts_var ts_zscore ts_skew ts_kurt ts_min ts_max ts_argmin ts_argmax ts_rank'
    const more = 'ts_median ts_count ts_slope ts_rsquare ts_resi product decay_linear'
    for (const name of `${names} ${more}`.split(' '))
      expect([name, refusalOf(() => parseFormula(`${name}(close, -3)`, ['close']))]).toEqual([
        name,
        'formula.window',
      ])
    const draft = await readFeatureSet('f.yaml', featuresText({ mom: 'delay(close, ahead)' }))
    const define = [{ name: 'ahead', formula: '-1' }]
    expect(refusalOf(() => defineSet({ ...draft, define }, ['close']))).toBe('formula.window')
  })

  test('a set has no negative lag and no negative staleness', async () => {
    const text = featuresText({ mom: 'close' })
    for (const [from, to] of [
      ['lag: 0s', 'lag: -1s'],
      ['staleness: 7d', 'staleness: -7d'],
    ] as const)
      expect(await refusalIn(readFeatureSet('f.yaml', text.replace(from, to)))).toBe('feature.file-invalid')
  })
})

describe('a bar that would be known before it closed', () => {
  const { write } = temporaryFolder()
  const XNYS = shippedCalendar('XNYS') ?? null
  const daily: DatasetSpec = { ...longSpec, calendar: XNYS, prices: CLOSE }
  const rowsOf = async (spec: DatasetSpec, text: string) => {
    const { rejects, rowCount } = await arrive(write('bars.csv', text), spec)
    return [rowCount, ...rejects.map(({ line, reason }) => `${line} ${reason}`)]
  }
  // A Thursday, the early close (13:00) after Thanksgiving, and a Saturday, which is no session.
  const text = 'entity,date,close\nA,2023-11-16,1\nA,2023-11-24,2\nA,2023-11-25,3\n'
  const at = (timeOfDay: string, minutes: number): DatasetSpec => ({
    ...{ ...daily, timeOfDay },
    knownAt: { kind: 'lag', column: '', lagMicros: minutes * 60_000_000 },
  })

  test('is set aside, by the hours of its own session', async () => {
    expect(await rowsOf(at('16:00', 0), text)).toEqual([3])
    expect(await rowsOf(at('15:59', 0), text)).toEqual([2, '2 known.before-close'])
    expect(await rowsOf(at('09:30', 390), text)).toEqual([3])
    expect(await rowsOf(at('09:30', 5), text)).toEqual([1, '2 known.before-close', '3 known.before-close'])
    // What nothing is traded at has no close.
    expect(await rowsOf({ ...at('09:30', 5), prices: null }, text)).toEqual([3])
  })

  test('by a time that the vendor says, too', async () => {
    const known = { kind: 'declared', column: 'known', lagMicros: 0 } as const
    const spec: DatasetSpec = { ...daily, timeOfDay: '09:30', knownAt: known }
    const told = (date: string) => `entity,date,known,close\nA,2023-11-16,${date},1\n`
    expect(await rowsOf(spec, told('2023-11-16'))).toEqual([0, '2 known.before-close'])
    expect(await rowsOf(spec, told('2023-11-17'))).toEqual([1])
  })
})

test('a lag that is declared shorter than live arrivals are late is told; history that is loaded says nothing of it', async () => {
  const clock = { at: parseMoment('2002-01-01'), nowMicros: () => clock.at++ }
  const platform = await memoryPlatform({ log: openMemoryLog({ registry: REGISTRY, clock }) })
  const lagged = async (minutes: number, days: readonly [number, number]) => {
    for (let day = days[0]; day < days[1]; day++) {
      const late = closeOf(day) + minutes * 60_000_000
      clock.at = late
      platform.moment.advanceTo(late)
      const rows = tableOf(PRICES, day, day + 1)
      await ingestRows(platform, { dataset: 'small', source: `day ${day}`, rows, actor: 'feed' })
    }
    const [found] = await observedLags(platform, 'small', {})
    return found
  }
  const PRICES = pricesOf(400)
  await declareDataset(platform, SMALL_DATASET, act('declare'))
  platform.moment.advanceTo(closeOf(364))
  await ingestRows(platform, {
    dataset: 'small',
    source: 'history',
    rows: tableOf(PRICES, 0, 360),
    actor: 'ann',
  })
  expect(await lagged(4, [365, 371])).toMatchObject({
    ...{ declaredMicros: 300_000_000, arrivals: 6, later: 0, tooShort: false },
  })
  const found = await lagged(20, [371, 385])
  expect(found).toMatchObject({ arrivals: 20, later: 14, tooShort: true })
  expect(found.medianMicros).toBeGreaterThanOrEqual(1_200_000_000)
  expect(await refusalIn(observedLags(platform, 'other', {}))).toBe('data.unknown-dataset')
})
