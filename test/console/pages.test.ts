/** What the console shows is what the views say, at any moment: each page is compared with the views that the command line answers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CapitalView } from '../../projections/capital/capital.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import type { AnswerOf, PageName } from '../../serving/console/pages.ts'
import type { At } from '../../serving/console/past.ts'
import type { Platform } from '../../serving/platform.ts'
import { expectedMaximum } from '../../streams/statistics/expected-maximum.ts'
import { type Served, served, tokenFor } from '../support/admitted.ts'
import { smallFolder } from '../support/small-folder.ts'
import { HISTORY_DAYS, MODEL, SMALL_SET } from '../support/small-platform.ts'
import { closeOf, decidedOf } from '../support/small-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-pages-'))
const DAYS = 24
const SET = `${SMALL_SET.set}@${SMALL_SET.version}`
let platform: Platform
let server: Served

beforeAll(async () => {
  platform = await smallFolder(folder, DAYS)
  server = await served(platform)
}, 60_000)

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(folder, { recursive: true, force: true })
})

type Json = Readonly<Record<string, unknown>>
type Answered<N extends PageName> = Readonly<{ at: At; page: NonNullable<AnswerOf<N>> }>

async function pageAt<N extends PageName>(
  name: N,
  at: string,
  asked: Record<string, string> = {},
): Promise<Answered<N>> {
  const query = new URLSearchParams({ at, ...asked })
  const reply = await server.get(`/api/v1/pages/${name}?${query}`)
  expect([name, reply.status]).toEqual([name, 200])
  return (await reply.json()) as Answered<N>
}

async function viewAt<S>(name: string, at: string): Promise<S> {
  const reply = await server.get(`/api/v1/views/${name}?at=${encodeURIComponent(at)}`)
  return ((await reply.json()) as { state: S }).state
}

/** Before anything was promoted, in the life of the model, and now; by time and by position. */
const MOMENTS = (): readonly string[] => [
  '1',
  '12',
  formatMoment(closeOf(HISTORY_DAYS)),
  formatMoment(decidedOf(HISTORY_DAYS + 7)),
  formatMoment(decidedOf(HISTORY_DAYS + 15)),
  'now',
]

type Capitals = { models: Record<string, CapitalView> }
type Datasets = { datasets: Record<string, { rows: number; rowsQuarantined: number; arrivals: unknown[] }> }
type Registry = {
  models: Record<string, { live: Json | null; reports: Record<string, Json>; signatures: Json[] }>
}
type Predictions = {
  models: Record<string, { made: number; latest: Json | null; days: { day: number; net: number }[] }>
}
type Experiments = {
  families: Record<string, string[]>
  runs: Record<
    string,
    { status: string; metrics: Record<string, number>; artifact: string | null; spec: { params: unknown } }
  >
}

describe('at five moments of the past and now, a page has the figures of the view', () => {
  test('capital', async () => {
    const seen = new Set<number>()
    for (const at of MOMENTS()) {
      const { models } = await viewAt<Capitals>('capital', at)
      const { page } = await pageAt('capital', at)
      expect(
        page.models.map(({ model, fraction, history }) => [model, fraction, history.toReversed()]),
      ).toEqual(Object.entries(models).map(([model, one]) => [model, one.fraction, one.history]))
      for (const { fraction } of page.models) seen.add(fraction)
    }
    // The story has a cut, and moments before and after it.
    expect(seen).toEqual(new Set([1, 0.5]))
  })

  test('data', async () => {
    const rows: number[] = []
    for (const at of MOMENTS()) {
      const { datasets } = await viewAt<Datasets>('datasets', at)
      const { page } = await pageAt('data', at)
      expect(page.datasets.map((one) => [one.dataset, one.rows, one.rowsQuarantined, one.arrivals])).toEqual(
        Object.entries(datasets).map(([name, one]) => [
          name,
          one.rows,
          one.rowsQuarantined,
          one.arrivals.length,
        ]),
      )
      rows.push(page.datasets[0]?.rows ?? 0)
    }
    expect(rows).toEqual(rows.toSorted((a, b) => a - b))
    expect(new Set(rows).size).toBeGreaterThan(3)
  })

  test('models, and the one that is in force', async () => {
    for (const at of MOMENTS()) {
      const { models } = await viewAt<Registry>('registry', at)
      const { page } = await pageAt('models', at)
      expect(page.models.map(({ model, live, passed, refused }) => [model, live, passed + refused])).toEqual(
        Object.entries(models).map(([model, { live, reports }]) => [
          model,
          live,
          Object.keys(reports).length,
        ]),
      )
      for (const model of Object.keys(models)) {
        const one = (await pageAt('model', at, { name: model })).page
        expect(one.live).toEqual(models[model].live)
        expect(new Set(one.reports.map(({ report }) => report))).toEqual(
          new Set(Object.values(models[model].reports).map(({ report }) => report)),
        )
        expect(one.signatures).toHaveLength(models[model].signatures.length)
      }
    }
  })

  test('predictions, and the days of a model', async () => {
    for (const at of MOMENTS()) {
      const { models } = await viewAt<Predictions>('predictions', at)
      const { page } = await pageAt('predictions', at)
      expect(page.models.map(({ model, made, days }) => [model, made, days])).toEqual(
        Object.entries(models).map(([model, { made, days }]) => [model, made, days.length]),
      )
      if (models[MODEL] === undefined) continue
      const { days, latest } = (await pageAt('prediction', at, { name: MODEL })).page
      expect(days.net).toEqual(models[MODEL].days.map(({ net }) => net))
      expect(latest).toEqual(models[MODEL].latest)
    }
  })

  test('trials', async () => {
    for (const at of MOMENTS()) {
      const { families, runs } = await viewAt<Experiments>('experiments', at)
      const { page } = await pageAt('experiments', at, { sort: 'run' })
      expect(page.rows.map(({ run, family }) => `${family}/${run}`).sort()).toEqual(
        Object.entries(families)
          .flatMap(([family, names]) => names.map((run) => `${family}/${run}`))
          .sort(),
      )
      for (const { run, status, sharpe } of page.rows) {
        expect(status).toBe(runs[run].status)
        expect(sharpe).toBe(runs[run].metrics.sharpe_annual ?? null)
      }
    }
  })

  test('features, each value with its position', async () => {
    for (const at of MOMENTS().slice(2)) {
      type Entity = { status: string; position: number; values: Record<string, number | string> }
      const { sets } = await viewAt<{ sets: Record<string, { entities: Record<string, Entity> }> }>(
        'features',
        at,
      )
      const { page } = await pageAt('feature-set', at, { name: SET })
      expect(page.entities.length).toBeGreaterThan(0)
      for (const { entity, values, position } of page.entities) {
        const one = sets[SET].entities[entity]
        expect(position).toBe(one.position)
        expect(values).toEqual(
          page.spec.features.map(({ name }) =>
            typeof one.values[name] === 'number' ? one.values[name] : null,
          ),
        )
      }
      const [{ feature, present, of }] = page.coverage
      const there = page.entities.filter(({ values }) => values[0] !== null).length
      expect([feature, present, of]).toEqual(['mom_5', there, page.entities.length])
    }
  })

  test('the overview, of all of them', async () => {
    for (const at of MOMENTS()) {
      const [{ models }, { families }] = [
        await viewAt<Registry>('registry', at),
        await viewAt<Experiments>('experiments', at),
      ]
      const { page } = await pageAt('overview', at)
      expect(page.models.map(({ model, live }) => [model, live])).toEqual(
        Object.entries(models).map(([model, { live }]) => [model, live]),
      )
      expect(page.trials.started).toBe(Object.values(families).flat().length)
      expect(page.lanes === null).toBe(at !== 'now')
    }
  })
})

test('a page at a time knows nothing that came later: the last event, and none beyond it', async () => {
  const at = decidedOf(HISTORY_DAYS + 7)
  const { page, at: told } = await pageAt('audit', formatMoment(at), { limit: '500' })
  const visible = page.rows.flatMap((row) => (row.isHidden ? [] : [row]))
  expect(told).toEqual({ knownAt: at, position: page.last, head: (await platform.log.head()).position })
  expect(page.last).toBeLessThan(told.head)
  expect(Math.max(...visible.map(({ knownAt }) => knownAt))).toBeLessThanOrEqual(at)
  for await (const batch of platform.log.readAll(1))
    for (const { position, knownAt } of batch)
      expect(
        position <= page.last && visible.some((row) => row.position === position),
        `event ${position}`,
      ).toBe(knownAt <= at)
  // What was not known then is not told by its address either.
  const reply = await server.get(
    `/api/v1/pages/event?at=${encodeURIComponent(formatMoment(at))}&position=${told.head}`,
  )
  expect(reply.status).toBe(404)
})

test('the audit log comes in the pages that are asked for, in the order of the log', async () => {
  const { page } = await pageAt('audit', 'now', { from: '11', limit: '7' })
  expect(page.rows.map(({ position }) => position)).toEqual([11, 12, 13, 14, 15, 16, 17])
  const { page: beyond } = await pageAt('audit', '14', { from: '11', limit: '7' })
  expect([beyond.last, beyond.rows.length]).toEqual([14, 4])
  const { page: event } = await pageAt('event', 'now', { position: '11' })
  const [row] = page.rows
  expect(event.event).toMatchObject({
    position: 11,
    type: row.isHidden ? '' : row.type,
    knownAt: row.isHidden ? 0 : row.knownAt,
  })
})

test('the history of a cell is every value that was told, page after page, with the newest knowledge first', async () => {
  const [entity] = (await pageAt('feature-set', 'now', { name: SET })).page.entities
  const asked = { set: SET, feature: 'mom_5', entity: entity.entity }
  const all: { eventTime: number; value: number | null; position: number }[] = []
  let before: number | null = null
  do {
    const more: Record<string, string> = before === null ? {} : { before: String(before) }
    const { page } = await pageAt('cell', 'now', { ...asked, ...more })
    all.push(...page.history)
    before = page.older
  } while (before !== null)
  // A row each session from the first on, in one computation of the history and one a day after it.
  expect(all.length).toBe(HISTORY_DAYS + DAYS)
  expect(all.map(({ eventTime }) => eventTime)).toEqual(
    Array.from({ length: HISTORY_DAYS + DAYS }, (_, back) => closeOf(HISTORY_DAYS + DAYS - 1 - back)),
  )
  expect([all[0]?.value, all[0]?.position]).toEqual([entity.values[0], entity.position])
  const past = await pageAt('cell', formatMoment(decidedOf(HISTORY_DAYS + 7)), asked)
  expect(past.page.history[0]?.eventTime).toBe(closeOf(HISTORY_DAYS + 7))
})

test('trials are filtered, ordered and cut by the server, and the best stands beside luck', async () => {
  const { page } = await pageAt('experiments', 'now', { text: 'MOM', sort: 'sharpe', limit: '1' })
  expect([page.total, page.found, page.rows.length]).toEqual([4, 2, 1])
  const every = (await pageAt('experiments', 'now', { sort: 'sharpe' })).page
  const sharpes = every.rows.flatMap(({ sharpe }) => sharpe ?? [])
  expect(sharpes).toEqual(sharpes.toSorted((a, b) => b - a))
  const [luck] = every.families
  const mean = sharpes.reduce((sum, one) => sum + one, 0) / sharpes.length
  const spread = Math.sqrt(sharpes.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (sharpes.length - 1))
  expect(luck.best).toBe(sharpes[0])
  expect(luck.spread).toBeCloseTo(spread, 12)
  expect(luck.byLuck).toBeCloseTo(spread * expectedMaximum(4), 12)
  expect((await pageAt('experiments', 'now', { family: 'another' })).page.found).toBe(0)
})

test('what the trials of a family were given is beside what they came to, the best first', async () => {
  const { page } = await pageAt('experiments', 'now', { family: 'small', limit: '1' })
  const { runs } = await viewAt<Experiments>('experiments', 'now')
  const sharpeOf = (run: string) => runs[run].metrics.sharpe_annual
  const finished = Object.keys(runs).toSorted((a, b) => sharpeOf(b) - sharpeOf(a))
  expect(page.settings.map(({ run }) => run)).toEqual(finished)
  for (const { run, sharpe, params } of page.settings)
    expect([sharpe, params.slice(0, -2)]).toEqual([sharpeOf(run), runs[run].spec.params])
  const given = page.settings.map(({ run, params }) => [run, ...params.slice(-2).map(({ value }) => value)])
  expect(given).toContainEqual(['small-h3-momentum', 2, 3])
  expect((await pageAt('experiments', 'now')).page.settings).toEqual([])
})

test('two runs are told apart by what was recorded of them, and one that was not there by nothing', async () => {
  const [one, other] = ['small-h1-momentum', 'small-h3-momentum']
  const { page } = await pageAt('difference', 'now', { one, other })
  const { runs } = await viewAt<Experiments>('experiments', 'now')
  const told = new Map(page.rows.map((row) => [`${row.of} ${row.what}`, [row.one, row.other]]))
  expect(told.get('data training set')).toEqual(['small-h1', 'small-h3'])
  expect(told.get('outcome model')).toEqual([runs[one].artifact, runs[other].artifact])
  expect(told.has('code commit')).toBe(false)
  expect((await pageAt('difference', 'now', { one, other: one })).page.rows).toEqual([])
  await expect(pageAt('difference', 'now', { one, other: 'none' })).rejects.toThrow()
})

test('what waits for somebody is on the first page, at the moment at which it waited', async () => {
  const waiting = new Map<string, boolean>()
  for (const at of MOMENTS()) {
    const [capital, { page }] = [await viewAt<Capitals>('capital', at), await pageAt('overview', at)]
    const isCut = capital.models[MODEL]?.pendingReview != null
    waiting.set(at, isCut)
    expect(page.attention.some(({ kind, name }) => kind === 'capital' && name === MODEL)).toBe(isCut)
  }
  expect(new Set(waiting.values())).toEqual(new Set([true, false]))
})

test('the slider goes from the first moment to the last, and marks what changed what is in force', async () => {
  const { page } = await pageAt('timeline', '1')
  expect([page.from, page.to]).toEqual([closeOf(HISTORY_DAYS), decidedOf(HISTORY_DAYS + DAYS - 1)])
})

describe('a page', () => {
  test.each([
    ['model', { name: 'nobody' }],
    ['dataset', { name: '__proto__' }],
    ['feature-set', { name: 'constructor' }],
    ['run', { name: 'toString' }],
    ['alarm', { position: '7' }],
    ['prediction', { name: 'hasOwnProperty' }],
    ['cell', { set: SET, feature: 'none', entity: 'A' }],
  ])('of what is not there says so: %s', async (name, asked) => {
    const reply = await server.get(
      `/api/v1/pages/${name}?${new URLSearchParams(asked as Record<string, string>)}`,
    )
    expect([reply.status, ((await reply.json()) as { error: { code: string } }).error.code]).toEqual([
      404,
      'page.nothing',
    ])
  })

  test('of a model that came later is not there yet', async () => {
    expect((await server.get(`/api/v1/pages/model?name=${MODEL}&at=now`)).status).toBe(200)
    expect((await server.get(`/api/v1/pages/model?name=${MODEL}&at=2`)).status).toBe(404)
  })

  test.each(['at=yesterday', 'at=999999999', 'limit=0', 'from=-1', 'more=1', 'at=now&at=1'])(
    'refuses what it does not know: %s',
    async (query) => {
      expect((await server.get(`/api/v1/pages/audit?${query}`)).status).toBeGreaterThanOrEqual(400)
      expect((await server.get(`/api/v1/pages/audit?${query}`)).status).toBeLessThan(500)
    },
  )

  test('is for whoever may read, and nobody else', async () => {
    const { authorization } = await tokenFor(platform, ['monitor'], 'mia')
    for (const name of ['overview', 'timeline', 'audit', 'models']) {
      expect((await fetch(`${server.url}/api/v1/pages/${name}`)).status).toBe(401)
      expect((await fetch(`${server.url}/api/v1/pages/${name}`, { headers: { authorization } })).status).toBe(
        200,
      )
    }
  })
})
