/** What the us12 sample earned, worked out again from its files alone: a shortened one, with a split, a listing and a collapse. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sessionOfDate } from '../../schemas/calendar.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import type { Platform } from '../../serving/platform.ts'
import { playSample } from '../../serving/sample/run.ts'
import { US12 } from '../../serving/sample/samples.ts'
import { oracleMarks } from '../support/us12.ts'
import { heldOutSessions, liveSessions, type Told } from '../support/us12-book.ts'

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
const markOn = oracleMarks(TICKERS, 10)

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
}, 120_000)

afterAll(async () => {
  await platform.close()
  rmSync(path, { recursive: true })
})

const heldOf = (sessions: readonly Told[], name: string, date: string): number =>
  sessions.find(({ session }) => session === sessionOfDate(date))?.held.get(name) ?? 0

test('every held-out session of the run that was promoted', async () => {
  const run = 'us12-ridge-h5-clock-a1'
  const sessions = await heldOutSessions(platform, { run, horizon: HORIZON, markOn })
  expect(sessions.length).toBeGreaterThan(1000)
  for (const { told, found } of sessions) expect(Math.abs(told - found)).toBeLessThan(NEAR)
  // It held what was split, and traded what was listed.
  expect(heldOf(sessions, 'aapl', '2005-02-28')).not.toBe(0)
  expect(heldOf(sessions, 'googl', '2004-08-20')).toBe(0)
  expect(heldOf(sessions, 'googl', '2004-12-01')).not.toBe(0)
})

test('every live session, through a collapse, a reverse split and a change of ticker', async () => {
  const sessions = await liveSessions(platform, markOn)
  // From 2008-09-02 to 2009-08-19, the first of which has no book to account yet.
  expect(sessions).toHaveLength(243)
  for (const { told, found } of sessions) expect(Math.abs(told - found)).toBeLessThan(NEAR)
  expect(heldOf(sessions, 'wamu', '2008-09-26')).not.toBe(0)
  expect(heldOf(sessions, 'wamu', '2008-10-10')).not.toBe(0)
  expect(heldOf(sessions, 'wamu', '2008-10-13')).toBe(0)
  expect(heldOf(sessions, 'aig', '2009-07-01')).not.toBe(0)
  expect(heldOf(sessions, 'waste', '2009-08-05')).not.toBe(0)
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
