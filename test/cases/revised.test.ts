/** The past is never rewritten: what an arrival contradicts is known from that arrival on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { declareDataset, defineFeatures } from '../../serving/actions.ts'
import { Admission } from '../../serving/admit.ts'
import { ingestFile } from '../../serving/ingest.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import type { Market } from '../../streams/inference/market.ts'
import type { LiveModel } from '../../streams/inference/ports.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { memoryPlatform } from '../support/memory-platform.ts'
import { featuresText } from '../support/researched.ts'
import { act } from '../support/small-platform.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-revised-'))
afterAll(() => rmSync(folder, { recursive: true }))

const HEAD = `
dataset: d
layout: long
entityColumn: symbol
timeColumn: date
timeOfDay: "16:00"
timeZone: America/New_York
columns:
  - { name: close, unit: USD }
`
const LAG = `${HEAD}knownAt: { kind: lag, lagMicros: 300000000 }`
const DECLARED = `${HEAD}knownAt: { kind: declared, column: known }`

/** A platform with a set of the close alone, and a way for files to arrive at a moment. */
async function platformOf(dataset: string) {
  const platform = await memoryPlatform()
  const spec = await parseDataset(dataset, 'd.yaml')
  let files = 0
  const ingest = (at: string, ...lines: readonly string[]) => {
    const path = join(folder, `${files++}.csv`)
    const known = spec.knownAt.kind === 'declared' ? ',known' : ''
    writeFileSync(path, [`symbol,date,close${known}`, ...lines, ''].join('\n'))
    platform.moment.advanceTo(parseMoment(at))
    return ingestFile(platform, { path, spec, actor: 'ann' })
  }
  const define = async () => {
    const set = defineSet(await readFeatureSet('f.yaml', featuresText({ px: 'close' })))
    return defineFeatures(platform, set, act('features'))
  }
  const priceAt = async (at: string) =>
    (await platform.store.asOf({ name: 's', version: 1 }, ['px'], parseMoment(at))).columns[0][0]
  return { platform, ingest, define, priceAt }
}

test('a second file does not change what was known before it', async () => {
  const { ingest, define, priceAt } = await platformOf(LAG)
  await ingest('2024-01-03T21:30Z', 'A,2024-01-02,100', 'A,2024-01-03,102')
  await define()
  expect(await priceAt('2024-01-03T22:00Z')).toBe(102)
  const { arrival } = await ingest(
    '2024-01-04T21:30Z',
    'A,2024-01-02,50',
    'A,2024-01-03,51',
    'A,2024-01-04,52',
  )
  expect(arrival).toMatchObject({ rows: 3, rowsRevised: 2, rowsRepeated: 0 })
  expect(await priceAt('2024-01-03T22:00Z')).toBe(102)
  expect(await priceAt('2024-01-04T21:04Z')).toBe(102)
  expect(await priceAt('2024-01-04T21:30Z')).toBe(52)
})

test('a row that says what had arrived is left out, and counted', async () => {
  const { ingest } = await platformOf(LAG)
  await ingest('2024-01-03T21:30Z', 'A,2024-01-02,100', 'A,2024-01-03,102')
  const { arrival } = await ingest('2024-01-04T21:30Z', 'A,2024-01-03,102', 'A,2024-01-04,103')
  expect(arrival).toMatchObject({ rows: 1, rowsRevised: 0, rowsRepeated: 1 })
})

test('a history that is split over files contradicts nothing, in whatever order they arrive', async () => {
  const { ingest, define, priceAt } = await platformOf(LAG)
  await ingest('2024-01-05T00:00Z', 'A,2024-01-04,103')
  const { arrival } = await ingest('2024-01-05T00:00Z', 'A,2024-01-02,100', 'A,2024-01-03,102')
  expect(arrival).toMatchObject({ rows: 2, rowsRevised: 0, rowsLate: 0 })
  await define()
  expect(await priceAt('2024-01-03T21:05Z')).toBe(102)
})

test('a vendor who says when a correction became known is believed, but not before what it corrects', async () => {
  const { ingest, define, priceAt } = await platformOf(DECLARED)
  await ingest('2024-01-03T00:00Z', 'A,2024-01-02,100,2024-01-02T21:05:00Z')
  const believed = await ingest('2024-01-06T00:00Z', 'A,2024-01-02,101,2024-01-05T00:00:00Z')
  expect(believed.arrival.rowsRevised).toBe(1)
  const rewriting = await ingest('2024-01-07T00:00Z', 'A,2024-01-02,7,2024-01-02T21:00:00Z')
  expect(rewriting.arrival.rowsRevised).toBe(1)
  await define()
  expect(await priceAt('2024-01-04T00:00Z')).toBe(100)
  expect(await priceAt('2024-01-06T23:00Z')).toBe(101)
  expect(await priceAt('2024-01-07T00:00Z')).toBe(7)
})

test('a row that would have been known before its own event is quarantined', async () => {
  const { ingest } = await platformOf(DECLARED)
  const { arrival } = await ingest('2024-01-10T00:00Z', 'A,2024-01-08,200,2024-01-02T09:00:00Z')
  expect(arrival).toMatchObject({ rows: 0, quarantine: { rows: 1 } })
})

test('an empty row of a long file is no row, as an empty cell of a wide one is not; an emptied value is a revision', async () => {
  const { ingest, define, priceAt } = await platformOf(LAG)
  const { arrival } = await ingest(
    '2024-01-04T21:30Z',
    'A,2024-01-02,100',
    'A,2024-01-03,',
    'A,2024-01-04,110',
  )
  expect(arrival).toMatchObject({ rows: 2, rowsEmpty: 1 })
  const emptied = await ingest('2024-01-05T12:00Z', 'A,2024-01-04,')
  expect(emptied.arrival).toMatchObject({ rows: 1, rowsEmpty: 0, rowsRevised: 1 })
  await define()
  expect(await priceAt('2024-01-04T22:00Z')).toBe(110)
  expect(await priceAt('2024-01-05T12:00Z')).toBeNaN()
})

test('a late row of a data set that a live model has only features of is known after the decision that went without it', async () => {
  const { platform, ingest, define } = await platformOf(LAG)
  await ingest('2024-01-03T21:30Z', 'A,2024-01-02,100', 'A,2024-01-03,102')
  await define()
  const traded = await parseDataset(
    `${LAG.replace('dataset: d', 'dataset: p')}\nprices: { column: close, currency: USD }`,
    'p',
  )
  await declareDataset(platform, traded, act('declare', 'ann'))
  const decideAt = parseMoment('2024-01-05T14:30Z')
  const model = { featureSet: 's', featureVersion: 1 } as LiveModel
  const parts = {
    ...platform,
    models: {
      all: () => [model],
      trading: (dataset: string) => (dataset === 'p' ? [model] : []),
      inForce: () => model,
    },
    markets: {
      of: (dataset: string) =>
        dataset === 'p' ? ({ closed: { session: 0, decideAt } } as Market) : undefined,
    },
  }
  const eventTime = parseMoment('2024-01-04T21:00Z')
  const late: Rows = {
    length: 1,
    entities: ['A'],
    entity: Uint32Array.of(0),
    eventTime: Float64Array.of(eventTime),
    knownAt: Float64Array.of(eventTime + 300_000_000),
    columns: [{ name: 'close', values: Float64Array.of(110) }],
  }
  const spec = await parseDataset(LAG, 'd.yaml')
  const now = parseMoment('2024-01-05T10:00Z')
  const knownIn = async (from: typeof parts | typeof platform) => {
    const admission = new Admission(from, spec, now)
    return [...(await admission.admit(late)).knownAt, admission.counts.rowsLate]
  }
  expect(await knownIn(parts)).toEqual([decideAt + 1, 1])
  expect(await knownIn(platform)).toEqual([eventTime + 300_000_000, 0])
})
