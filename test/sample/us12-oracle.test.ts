/** What the us12 sample earned, worked out again from its files alone: a shortened one, with a split, a listing and a collapse. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sessionOfDate } from '../../schemas/calendar.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { RunFinished } from '../../schemas/events/experiment.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import type { Platform } from '../../serving/platform.ts'
import { playSample } from '../../serving/sample/run.ts'
import { US12 } from '../../serving/sample/samples.ts'
import { getRows } from '../../streams/log/tables.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { changesOf, closesOf, type Mark, marksOf, OracleBook, oracleTarget } from '../support/us12.ts'

const HORIZON = 5
const TICKERS = ['aapl', 'aig', 'bac', 'goog', 'ibm', 'spy', 'wm', 'wmi']
const NEAR = 1e-12

const path = mkdtempSync(join(tmpdir(), 'asof-us12-'))
const policy = join(path, 'policy.yaml')
writeFileSync(
  policy,
  `version: 1
note: Made for a test; lets anything through.
quorum: { required: 2 }
gate: [{ test: held-out-days, comparison: at-least, threshold: 250 }]
validation: { groups: 10, testGroups: 2, embargoDays: 10 }
sharpe: { windowDays: 21, deviations: 2, direction: below, fractionAfter: 0.5 }
`,
)

let platform: Platform
let marks: ReadonlyMap<string, ReadonlyMap<number, Mark>>
const markOn =
  (session: number) =>
  (name: string): Mark =>
    marks.get(name)?.get(session) ?? { earned: 0, state: 'unpriced' }

beforeAll(async () => {
  const keep = (files: readonly string[]) => files.filter((one) => TICKERS.includes(basename(one, '.zip')))
  platform = await playSample({
    path: join(path, 'platform'),
    plan: {
      ...US12,
      policy,
      given: [],
      prices: { ...US12.prices, files: keep(US12.prices.files) },
      liveFrom: parseMoment('2008-09-02'),
    },
    until: parseMoment('2009-08-20'),
    sweep: {
      horizons: [HORIZON],
      alphas: [1],
      folds: 2,
      features: { clock: ['day_21', 'night_21'] },
      from: '2000-06-01',
      to: '2008-09-01',
    },
  })
  const closes = closesOf(TICKERS)
  const sessions = [...(closes.get('spy')?.keys() ?? [])].sort((a, b) => a - b)
  const factorFileOf = (name: string) => `${name === 'waste' ? 'wm' : name}.factor_files.csv`
  marks = new Map(
    [...closes].map(([name, own]) => {
      const isTold = !['bac-1998', 'googl'].includes(name)
      return [
        name,
        marksOf(own, isTold ? changesOf(factorFileOf(name), sessions) : [], { sessions, most: 10 }),
      ]
    }),
  )
}, 120_000)

afterAll(async () => {
  await platform.close()
  rmSync(path, { recursive: true })
})

const rowsOf = (ref: ChunkRef): Promise<Rows> => getRows(platform.chunks, ref)

test('every held-out session of the run that was promoted', async () => {
  const finished = (await eventsOf(platform.log)).find((event) => isEvent(RunFinished, event))
  const [, scoreRef, dayRef] = finished?.chunks ?? []
  const [scores, days] = [await rowsOf(scoreRef), await rowsOf(dayRef)]
  const bySession = new Map<number, Map<string, number>>()
  for (let row = 0; row < scores.length; row++) {
    const own = bySession.get(scores.knownAt[row]) ?? new Map<string, number>()
    bySession.set(scores.knownAt[row], own)
    own.set(scores.entities[scores.entity[row]], scores.columns[0].values[row])
  }
  const book = new OracleBook()
  let targets: Map<string, number>[] = []
  const [sessions, gross] = ['session', 'gross'].map((name) => columnOf(days, name) ?? [])
  expect(sessions.length).toBeGreaterThan(1000)
  for (const [at, session] of [...sessions].entries()) {
    expect(Math.abs(gross[at] - book.settle(markOn(session)))).toBeLessThan(NEAR)
    for (const target of targets)
      for (const name of target.keys()) if (markOn(session)(name).state === 'closed') target.delete(name)
    const decided = oracleTarget(bySession.get(days.knownAt[at]) ?? new Map(), targets.at(-1) ?? new Map())
    targets = [...targets, decided].slice(-HORIZON)
    book.decide(meanOf(targets))
  }
})

function meanOf(targets: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const weights = new Map<string, number>()
  for (const target of targets)
    for (const [name, one] of target) weights.set(name, (weights.get(name) ?? 0) + one / HORIZON)
  return weights
}

test('every live session, through a collapse, a reverse split and a change of ticker', async () => {
  const book = new OracleBook()
  const settled = new Map<number, number>()
  const told = new Map<number, number>()
  let made = 0
  for (const event of await eventsOf(platform.log)) {
    if (isEvent(PredictionMade, event)) {
      const { session, rows } = event.data
      settled.set(session, book.settle(markOn(session)))
      book.decide(new Map(rows.map(({ entity, weight }) => [entity, weight])))
      made++
    }
    if (isEvent(OutcomeObserved, event)) told.set(event.data.session, event.data.gross)
  }
  // From 2008-09-02 to 2009-08-19, the first of which has no book to account yet.
  expect([made, told.size]).toEqual([244, 243])
  for (const [session, gross] of told)
    expect(Math.abs(gross - (settled.get(session) ?? Number.NaN))).toBeLessThan(NEAR)
})

/** From the prices of the files, and from what was announced: AIG one for twenty on 2009-07-01. */
test('the oracle knows what it is there for', () => {
  const on = (name: string, date: string) => markOn(sessionOfDate(date))(name)
  expect(on('wamu', '2008-09-26').earned).toBeCloseTo(0.16 / 1.77 - 1, 12)
  expect(on('wamu', '2008-10-10')).toEqual({ earned: 0, state: 'closed' })
  expect(on('aig', '2009-07-01').earned).toBeCloseTo(18.08 / 20 / 1.13 - 1, 4)
  expect(on('waste', '2009-08-05').earned).toBeCloseTo(28.58 / 28.5 - 1, 12)
  expect(on('googl', '2004-08-19')).toEqual({ earned: 0, state: 'priced' })
})
