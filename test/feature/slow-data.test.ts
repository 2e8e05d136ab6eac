/** What changes slowly, each a data set that is joined as known: sectors, members of an index, figures of filings and their vintages. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { upFrom } from '../../projections/lineage/closure.ts'
import { lineage } from '../../projections/lineage/lineage.ts'
import { Places } from '../../projections/lineage/places.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { isEvent } from '../../schemas/event.ts'
import { type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { ValuesComputed } from '../../schemas/events/feature.ts'
import { formatMoment, parseMoment } from '../../schemas/kernel/time.ts'
import { defineFeatures } from '../../serving/actions.ts'
import { factRowsAsOf } from '../../serving/fact-rows.ts'
import { ingestFile } from '../../serving/ingest.ts'
import { dataColumns } from '../../streams/features/data-columns.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { declared } from '../support/declared.ts'
import { eventsOf, memoryPlatform } from '../support/memory-platform.ts'
import { act } from '../support/small-platform.ts'

const home = mkdtempSync(join(tmpdir(), 'asof-slow-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const PRICES = await declared('prices', '{ name: close, unit: USD }')
const SECTORS = await declared(
  'sectors',
  '{ name: sector, unit: "", type: category }',
  'withdrawn: { column: action, words: [D] }',
)
const MEMBERS = await declared('members', '{ name: member, unit: "", type: bool }')
const FIGURES = await declared(
  'figures',
  '{ name: eps, unit: USD }, { name: months, unit: months, type: int64 }',
  'key: [months]\nshown: { months: 3 }',
)
const ESTIMATES = await declared('estimates', '{ name: eps, unit: USD }', 'ahead: true')

async function platformWith() {
  const platform = await memoryPlatform()
  let files = 0
  const ingest = (at: string, spec: DatasetSpec, header: string, ...lines: readonly string[]) => {
    const path = join(home, `${files++}.csv`)
    writeFileSync(path, `name,day,known,${header}\n${lines.join('\n')}\n`)
    platform.moment.advanceTo(parseMoment(at))
    return ingestFile(platform, { path, spec, actor: 'ann' })
  }
  return { platform, ingest }
}

const SET = `
set: slow
version: 1
entity: instrument
dataset: prices
join:
  sectors: { staleness: none }
  members: { staleness: none }
  figures: { staleness: 400d }
staleness: 30d
lag: 0s
features:
  in_sector: { formula: "rank(close) by sectors.sector", unit: "" }
  of_members: { formula: "members.member * close", unit: USD }
  earnings: { formula: "close / figures.eps", unit: "" }
`

test('each is read as it was known: a change of sector, a member that leaves, a restated quarter, a row that is taken back', async () => {
  const { platform, ingest } = await platformWith()
  const day = (date: string, ...closes: readonly number[]) =>
    ['A', 'B', 'C'].map((name, at) => `${name},${date},${date}T16:00Z,${closes[at]}`)
  await ingest('2024-03-02', PRICES, 'close', ...day('2024-03-01', 10, 20, 30))
  await ingest(
    '2024-03-02',
    SECTORS,
    'sector,action',
    ...[
      'A,2024-01-02,2024-01-02T20:00Z,Tech,I',
      'B,2024-01-02,2024-01-02T20:00Z,Tech,I',
      'C,2024-01-02,2024-01-02T20:00Z,Energy,I',
    ],
  )
  await ingest(
    '2024-03-02',
    MEMBERS,
    'member',
    ...['A,2024-01-02,2024-01-02T20:00Z,true', 'B,2024-01-02,2024-01-02T20:00Z,true'],
  )
  const filed = ['A,2023-12-31,2024-02-10T12:00Z,0.5,3', 'A,2023-12-31,2024-02-10T12:00Z,1.6,9']
  const { arrival } = await ingest('2024-03-02', FIGURES, 'eps,months', ...filed)
  expect(arrival.rows).toBe(2)
  const others = new Map([SECTORS, MEMBERS, FIGURES].map((spec) => [spec.dataset, dataColumns(spec)]))
  const draft = await readFeatureSet('slow.yaml', SET)
  await defineFeatures(platform, defineSet(draft, dataColumns(PRICES), others), act('slow'))
  const at = async (moment: string) => {
    const names = ['in_sector', 'of_members', 'earnings']
    const { columns, entities } = await platform.store.asOf(
      { name: 'slow', version: 1 },
      names,
      parseMoment(moment),
    )
    return Object.fromEntries(entities.map((name, place) => [name, columns.map((values) => values[place])]))
  }
  const NONE = Number.NaN
  expect(await at('2024-03-01T16:00Z')).toEqual({ A: [0.5, 10, 20], B: [1, 20, NONE], C: [1, NONE, NONE] })

  // A moves to Energy, B leaves the index, the quarter is restated: each known on the 4th, and on the 4th's row.
  await ingest('2024-03-04T12:00Z', SECTORS, 'sector,action', 'A,2024-03-03,2024-03-04T09:00Z,Energy,I')
  await ingest('2024-03-04T12:00Z', MEMBERS, 'member', 'B,2024-03-03,2024-03-04T09:00Z,false')
  await ingest('2024-03-04T12:00Z', FIGURES, 'eps,months', 'A,2023-12-31,2024-03-04T10:00Z,0.4,3')
  await ingest('2024-03-05', PRICES, 'close', ...day('2024-03-04', 25, 20, 30))
  expect(await at('2024-03-04T16:00Z')).toEqual({ A: [0.5, 25, 62.5], B: [1, 0, NONE], C: [1, NONE, NONE] })
  expect(await at('2024-03-04T09:59Z')).toEqual({ A: [0.5, 10, 20], B: [1, 20, NONE], C: [1, NONE, NONE] })

  // Each of these values rests on arrivals of all that the set joins.
  const places = new Places((await foldTo(platform.log, NO_STORE, lineage, {})).state)
  const told = await eventsOf(platform.log)
  const values = told.findLast((event) => isEvent(ValuesComputed, event))?.position ?? 0
  const place = places.at(values)
  const beneath = new Set(place === null ? [] : upFrom(places, [place]).positions(places))
  const arrived = told.filter((event) => isEvent(RowsArrived, event) && beneath.has(event.position))
  expect(new Set(arrived.map(({ data }) => Reflect.get(data as object, 'dataset')))).toEqual(
    new Set(['prices', 'sectors', 'members', 'figures']),
  )

  // The move was wrong, and is taken back: from then on A is in Tech again, and what was known before stands.
  const back = await ingest(
    '2024-03-05T12:00Z',
    SECTORS,
    'sector,action',
    'A,2024-03-03,2024-03-05T11:00Z,,D',
  )
  expect(back.arrival.rowsWithdrawn).toBe(1)
  const sectorAt = async (moment: string) => {
    const asked = { dataset: 'sectors', entity: 'A', limit: 5 }
    const rows = await factRowsAsOf(platform, asked, { knownAt: parseMoment(moment) })
    return rows.map(({ eventTime, cells }) => [formatMoment(eventTime).slice(0, 10), cells.sector])
  }
  expect(await sectorAt('2024-03-05T10:59Z')).toEqual([
    ['2024-03-03', 'Energy'],
    ['2024-01-02', 'Tech'],
  ])
  expect(await sectorAt('2024-03-05T11:00Z')).toEqual([['2024-01-02', 'Tech']])
  const figures = await factRowsAsOf(
    platform,
    { dataset: 'figures', limit: 5 },
    { knownAt: parseMoment('2024-03-01') },
  )
  expect(figures.map(({ cells }) => [cells.eps, cells.months])).toEqual([
    [0.5, 3],
    [1.6, 9],
  ])
  const ranks = async (moment: string) => {
    const { A, B, C } = await at(moment)
    return [A, B, C].map((one) => one?.[0])
  }
  expect(await ranks('2024-03-05T10:59Z')).toEqual([0.5, 1, 1])
  expect(await ranks('2024-03-05T12:00Z')).toEqual([1, 0.5, 1])
}, 60_000)

test('an estimate of a later period is legal where the data set says so, and nowhere else', async () => {
  const { ingest } = await platformWith()
  const line = 'A,2025-12-31,2024-02-10T12:00Z,3.5'
  const { arrival } = await ingest('2024-03-02', ESTIMATES, 'eps', line)
  expect([arrival.rows, arrival.quarantine, arrival.knownTo]).toEqual([
    1,
    null,
    parseMoment('2024-02-10T12:00Z'),
  ])
  const { ingest: other } = await platformWith()
  const refused = await other('2024-03-02', PRICES, 'close', line)
  expect(refused.arrival.quarantine?.reasons).toEqual([{ reason: 'time.in-future', rows: 1 }])
})

test('a category is a name of a group, and no number', async () => {
  const others = new Map([SECTORS, MEMBERS, FIGURES].map((spec) => [spec.dataset, dataColumns(spec)]))
  const draft = await readFeatureSet(
    'slow.yaml',
    SET.replace('members.member * close', 'sectors.sector * close'),
  )
  expect(() => defineSet(draft, dataColumns(PRICES), others)).toThrow('sector')
})
