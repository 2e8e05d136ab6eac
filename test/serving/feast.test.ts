/** Feast's feature server: what its clients read, in which form, and what becomes of rows that they send. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { FAULTS } from '../../schemas/kernel/fault.ts'
import { formatMoment, MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { declareDataset, defineFeatures } from '../../serving/actions.ts'
import { floatText } from '../../serving/feast/answer.ts'
import { writesTo } from '../../serving/feast/write.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { tokenFor } from '../support/admitted.ts'
import { SIGNAL, SIGNAL_SET } from '../support/feast-signal.ts'
import { DECIDED, type InForce, inForce } from '../support/in-force.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { act, MODEL, SMALL_SET } from '../support/small-platform.ts'
import { NAMES } from '../support/small-world.ts'

let home: InForce

beforeAll(async () => {
  home = await inForce()
  const { platform } = home
  const daily = { ...SIGNAL, dataset: 'daily', timeOfDay: '16:00', timeZone: 'America/New_York' }
  await declareDataset(platform, SIGNAL, act('declare-signal'))
  await declareDataset(platform, daily, act('declare-daily'))
  await defineFeatures(platform, SIGNAL_SET, act('define-signal'))
  const derived = defineSet({ ...SIGNAL_SET, set: 'derived' }, ['ret', 'n'])
  await defineFeatures(platform, derived, act('define-derived'))
})
afterAll(() => home.close())

type Answer = Readonly<{
  results: readonly Readonly<{
    values: readonly unknown[]
    statuses: readonly string[]
    event_timestamps: readonly string[]
    reasons?: readonly string[]
  }>[]
  metadata: Readonly<{
    feature_names: readonly string[]
    feature_view_metadata?: readonly unknown[]
    asof: Readonly<{ moment: string; views: readonly unknown[] }>
  }>
}>

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  home.server.get(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

async function read(body: object): Promise<Answer> {
  const reply = await post('/get-online-features', body)
  expect(reply.status).toBe(200)
  return (await reply.json()) as Answer
}

/** As Feast's clients read it: a JSON text that holds JSON. */
async function refused(path: string, body: unknown) {
  const reply = await post(path, body)
  const told = JSON.parse((await reply.json()) as string) as Readonly<Record<string, string>>
  return { status: reply.status, ...told } as Readonly<{
    status: number
    class: string
    code: string
    message: string
  }>
}

const arrivals = async () =>
  (await eventsOf(home.platform.log)).filter(
    (event) => isEvent(RowsArrived, event) && event.data.dataset === 'signal',
  )

describe('features', () => {
  test('are what the live lane knows, a column for each, under the names that were asked for', async () => {
    const set = { name: SMALL_SET.set, version: 1 }
    const features = ['vol_10', 'mom_5']
    const entities = [...NAMES, 'NONE']
    const { rows, readAt } = await home.platform.store.lookup(set, features, { entities, moment: DECIDED })
    const { results, metadata } = await read({
      entities: { instrument: entities },
      features: features.map((name) => `small:${name}`),
      as_of: formatMoment(DECIDED),
    })
    expect(metadata).toEqual({
      feature_names: ['instrument', ...features],
      asof: { moment: formatMoment(DECIDED), views: [{ view: 'small', set: 'small@1', read_at: readAt }] },
    })
    const there = NAMES.map(() => 'PRESENT')
    expect(results[0]).toEqual({
      values: entities,
      statuses: [...there, 'PRESENT'],
      event_timestamps: entities.map(() => '1970-01-01T00:00:00Z'),
    })
    for (const [place] of features.entries())
      expect(results[1 + place]).toEqual({
        values: [...rows.slice(0, -1).map(({ values }) => values[place]), null],
        statuses: [...there, 'NOT_FOUND'],
        event_timestamps: [
          ...rows.slice(0, -1).map(({ eventTime }) => formatMoment(eventTime)),
          '1970-01-01T00:00:00Z',
        ],
        reasons: [...there, 'NOT_FOUND'],
      })
  })

  test('of a service are those that the model in force takes, in its order', async () => {
    const { metadata } = await read({
      entities: { instrument: ['ANT'] },
      feature_service: MODEL,
      full_feature_names: true,
      include_feature_view_version_metadata: true,
    })
    expect(metadata.feature_names).toEqual(['instrument', 'small__mom_5', 'small__mom_20'])
    expect(metadata.feature_view_metadata).toEqual([{ name: 'small', version: 1 }])
  })

  test('are written so that Python reads a float of each', () => {
    expect([1, -0, 3e20, -2, 1e21, 5e-324, 0.1].map(floatText)).toEqual([
      ...['1.0', '-0.0', '300000000000000000000.0', '-2.0', '1e+21', '5e-324', '0.1'],
    ])
  })

  test('are for those who show that they may read, and rows are taken from those who may write', async () => {
    const body = { entities: { instrument: ['ANT'] }, features: ['small:mom_5'] }
    const nobody = await fetch(`${home.server.url}/get-online-features`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    expect(nobody.status).toBe(401)
    const oms = await tokenFor(home.platform, ['oms'])
    expect((await post('/get-online-features', body, oms)).status).toBe(200)
    for (const path of ['/push', '/write-to-online-store'])
      expect((await post(path, { push_source_name: 'signal', df: {} }, oms)).status).toBe(403)
  })

  test.each<[string, object | string, number, string, string]>([
    ['no view', { features: ['nope:x'] }, 404, 'FeatureViewNotFoundException', 'feast.unknown-view'],
    [
      'no version',
      { features: ['small@v7:mom_5'] },
      404,
      'FeatureViewNotFoundException',
      'feast.unknown-view',
    ],
    ['no feature', { features: ['small:x'] }, 404, 'FeastError', 'online.unknown-feature'],
    [
      'no service',
      { feature_service: 'zz' },
      404,
      'FeatureServiceNotFoundException',
      'feast.unknown-service',
    ],
    [
      'a service called as a prototype',
      { feature_service: '__proto__' },
      404,
      'FeatureServiceNotFoundException',
      'feast.unknown-service',
    ],
    ['nothing', {}, 422, 'FeastError', 'feast.malformed'],
    [
      'another key',
      { features: ['small:mom_5'], entities: { other: ['ANT'] } },
      422,
      'FeastError',
      'feast.join-key',
    ],
    [
      'one key too many',
      { features: ['small:mom_5'], entities: { instrument: ['ANT'], scale: [2] } },
      422,
      'EntityNotFoundException',
      'feast.strange-entity',
    ],
    [
      'columns of other lengths',
      { features: ['small:mom_5'], entities: { instrument: ['ANT'], scale: [2, 3] } },
      422,
      'FeastError',
      'feast.malformed',
    ],
    [
      'a name twice',
      { features: ['small:mom_5', 'small:mom_5'] },
      422,
      'FeatureNameCollisionError',
      'feast.name-twice',
    ],
    [
      'a number that is no name',
      { features: ['small:mom_5'], entities: { instrument: [0.5] } },
      422,
      'FeastError',
      'feast.malformed',
    ],
    [
      'a key that nobody knows',
      { features: ['small:mom_5'], asof: 'now' },
      422,
      'FeastError',
      'feast.malformed',
    ],
    ['the future', { features: ['small:mom_5'], as_of: '2200-01-01' }, 400, 'FeastError', 'inference.future'],
    ['no JSON', '{', 422, 'FeastError', 'feast.malformed'],
    ['no object', '[1]', 422, 'FeastError', 'feast.malformed'],
    [
      'a text without an end',
      `{"features": ["${'\\"'.repeat(500_000)}`,
      422,
      'FeastError',
      'feast.malformed',
    ],
  ])('of %s are refused by name', async (_, asked, status, name, code) => {
    const body = typeof asked === 'string' ? asked : { entities: { instrument: ['ANT'] }, ...asked }
    const told = await refused('/get-online-features', body)
    expect(told).toMatchObject({ status, class: name, code, module: 'feast.errors' })
    expect(told.message).not.toMatch(/\{\w+\}/)
    expect(FAULTS[code as keyof typeof FAULTS].http).toBe(status)
  })
})

test('nothing is left to be materialized, of views that there are', async () => {
  for (const path of ['/materialize', '/materialize-incremental']) {
    const reply = await post(path, { end_ts: '2001-01-01T00:00:00', feature_views: ['small', 'signal'] })
    expect([reply.status, await reply.text()]).toEqual([200, 'null'])
    expect(await refused(path, { feature_views: ['nope'] })).toMatchObject({ status: 404 })
  }
})

describe('rows that are sent', () => {
  const day = (back: number) =>
    formatMoment(home.platform.moment.nowMicros() - back * MICROS_PER_DAY).slice(0, 19)
  const rows = (back: number, ret: number, more: object = {}) => ({
    instrument: ['ANT'],
    ret: [ret],
    n: [1],
    event_timestamp: [day(back)],
    created: [null],
    ...more,
  })
  const daily = (at: string) => ({ name: ['ANT'], ret: [1], n: [1], event_timestamp: [at] })
  const write = (df: object) =>
    post('/write-to-online-store', { feature_view_name: 'signal', df, allow_registry_cache: false })
  const signal = async () => {
    const { results } = await read({ entities: { instrument: ['ANT'] }, features: ['signal:ret'] })
    return { value: results[1].values[0], at: results[1].event_timestamps[0] }
  }

  test('arrive in their data set, and what is computed from them is read at once', async () => {
    const reply = await write(rows(2, 0.25))
    expect([reply.status, await reply.text()]).toEqual([200, 'null'])
    expect(await signal()).toEqual({ value: 0.25, at: `${day(2)}Z` })
    expect((await arrivals()).at(-1)).toMatchObject({ actor: expect.any(String), data: { rows: 1 } })
  })

  test('and are older change nothing that is newer; sent again they are no arrival; a correction and its end count', async () => {
    await write(rows(9, -1))
    expect((await signal()).value).toBe(0.25)
    const before = (await arrivals()).length
    expect((await write(rows(2, 0.25))).status).toBe(200)
    expect((await arrivals()).length).toBe(before)
    await write(rows(2, 0.5))
    expect((await signal()).value).toBe(0.5)
    // The bytes of the first one, which are not the first one's word any more.
    await write(rows(2, 0.25))
    expect((await signal()).value).toBe(0.25)
  })

  test('may be pushed under the names of the declaration, with a zone, and with what Python writes for none', async () => {
    const df = { name: ['ANT'], time: [`${day(1)}+00:00`.replace('T', ' ')], ret: [0.125], n: ['~'] }
    const text = JSON.stringify({ push_source_name: 'signal', df, to: 'online_and_offline' })
    const reply = await post('/push', text.replace('"~"', 'NaN'))
    expect([reply.status, await reply.text()]).toEqual([200, ''])
    const { results } = await read({
      entities: { instrument: ['ANT'] },
      features: ['signal:ret', 'signal:n'],
    })
    expect(results.slice(1).map(({ values, statuses }) => [values[0], statuses[0]])).toEqual([
      [0.125, 'PRESENT'],
      [null, 'NULL_VALUE'],
    ])
  })

  test('wait in a stated number and for a stated time, and are told so; what had not begun is not recorded', async () => {
    const { lanes } = home.platform
    const reached = Promise.withResolvers<void>()
    const hung = () => {
      reached.resolve()
      return new Promise<never>(() => undefined)
    }
    const get = (_: typeof lanes, name: keyof typeof lanes) =>
      name === 'live' ? hung : typeof lanes[name] === 'function' ? lanes[name].bind(lanes) : lanes[name]
    const platform = {
      ...home.platform,
      lanes: new Proxy<typeof lanes>(lanes, { get: get as NonNullable<ProxyHandler<typeof lanes>['get']> }),
    }
    const writes = writesTo(platform, { mostWaiting: 2, answerMillis: 1_000 })
    const push = (ret: number) => {
      const df = { name: ['ANT'], time: [`${day(3)}+00:00`], ret: [ret], n: [1] }
      return refusalIn(writes.push({ push_source_name: 'signal', df, to: 'online' }, 'feed'))
    }
    const before = (await arrivals()).length
    const told = [push(0.5), push(0.75), push(0.875)]
    expect(await told[2]).toBe('feast.too-many-writes')
    await reached.promise
    expect((await arrivals()).length).toBe(before + 1)
    expect(await Promise.all(told.slice(0, 2))).toEqual(['feast.not-computed-yet', 'feast.not-computed-yet'])
    expect((await arrivals()).length).toBe(before + 1)
  })

  test('are at the time of day that the declaration has, whatever the zone they are written in', async () => {
    const df = daily('2001-02-01T21:00:00')
    expect((await post('/push', { push_source_name: 'daily', df })).status).toBe(200)
    const { datasets } = home.platform.folds.datasets.state()
    expect(datasets.daily?.knownTo).toBe(Date.parse('2001-02-01T21:05Z') * 1_000)
  })

  test('two writers at once are both there', async () => {
    const names = ['BEE', 'CAT', 'DOG', 'EEL']
    const replies = await Promise.all(names.map((name, i) => write(rows(1, i, { instrument: [name] }))))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const { results } = await read({ entities: { instrument: names }, features: ['signal:ret'] })
    expect(results[1].values).toEqual([0, 1, 2, 3])
  })

  test.each<[string, string, () => object | string, number, string, RegExp]>([
    [
      'no view',
      '/write-to-online-store',
      () => ({ feature_view_name: 'zz', df: rows(1, 1) }),
      404,
      'feast.unknown-view',
      /small@1/,
    ],
    [
      'a computed view',
      '/write-to-online-store',
      () => ({ feature_view_name: 'derived', df: rows(1, 1) }),
      409,
      'feast.computed',
      /of signal/,
    ],
    [
      'a computed view with the name of its data set',
      '/write-to-online-store',
      () => ({
        feature_view_name: 'small',
        df: { instrument: ['ANT'], mom_5: [1], event_timestamp: [day(1)] },
      }),
      409,
      'feast.computed',
      /of small/,
    ],
    [
      'a view by a list',
      '/write-to-online-store',
      () => ({ feature_view_name: ['signal'], df: rows(1, 1) }),
      422,
      'feast.malformed',
      /no text/,
    ],
    [
      'what no double is',
      '/push',
      () => JSON.stringify({ push_source_name: 'signal', df: rows(1, 7) }).replace('[7]', '[1e400]'),
      422,
      'feast.malformed',
      /row 0 of column ret/,
    ],
    [
      'an instrument that would be another',
      '/push',
      () =>
        JSON.stringify({ push_source_name: 'signal', df: rows(1, 1) }).replace('"ANT"', '9007199254740993'),
      422,
      'feast.malformed',
      /9007199254740993/,
    ],
    [
      'no source',
      '/push',
      () => ({ push_source_name: 'zz', df: rows(1, 1) }),
      422,
      'feast.unknown-source',
      /daily/,
    ],
    [
      'research alone',
      '/push',
      () => ({ push_source_name: 'signal', df: rows(1, 1), to: 'offline' }),
      422,
      'feast.malformed',
      /online_and_offline/,
    ],
    [
      'a column too few',
      '/push',
      () => ({ push_source_name: 'signal', df: { ...rows(1, 1), n: undefined } }),
      422,
      'feast.columns',
      /lacks n/,
    ],
    [
      'a column too many',
      '/push',
      () => ({ push_source_name: 'signal', df: rows(1, 1, { q: [1] }) }),
      422,
      'feast.columns',
      /has q/,
    ],
    [
      'a text for a number',
      '/push',
      () => ({ push_source_name: 'signal', df: rows(1, 1, { ret: ['high'] }) }),
      422,
      'feast.rows-unusable',
      /value\.not-a-number/,
    ],
    [
      'the future',
      '/push',
      () => ({ push_source_name: 'signal', df: rows(-9, 1) }),
      422,
      'feast.rows-unusable',
      /time\.in-future/,
    ],
    [
      'another time of day',
      '/push',
      () => ({ push_source_name: 'daily', df: daily('2001-02-01T12:00:00') }),
      422,
      'feast.time-of-day',
      /16:00 America\/New_York/,
    ],
    [
      'no rows',
      '/push',
      () => ({ push_source_name: 'signal', df: { instrument: [] } }),
      422,
      'feast.malformed',
      /no rows/,
    ],
  ])('to %s are refused, and nothing is recorded', async (_, path, body, status, code, says) => {
    const { position } = await home.platform.log.head()
    const told = await refused(path, body())
    expect(told).toMatchObject({ status, code })
    expect(told.message).toMatch(says)
    expect((await home.platform.log.head()).position).toBe(position)
  })
})

test('what is too old is told so, and never given', async () => {
  home.platform.moment.advanceTo(home.platform.moment.nowMicros() + 8 * MICROS_PER_DAY)
  const { results } = await read({ entities: { instrument: ['ANT', 'NONE'] }, features: ['small:mom_5'] })
  expect(results[1]).toMatchObject({ values: [null, null], statuses: ['OUTSIDE_MAX_AGE', 'NOT_FOUND'] })
  expect(results[1].event_timestamps[0]).not.toBe('1970-01-01T00:00:00Z')
})
