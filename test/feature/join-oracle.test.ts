/** The point-in-time join against SQL, on facts with restatements, ties and late rows: 100,000 spine rows, on both axes. */
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import type { Rows } from '../../schemas/rows.ts'
import { asKnownToday } from '../../serving/retrieval/as-known-today.ts'
import { retrieve } from '../../serving/retrieval/retrieve.ts'
import type { SetAsOf } from '../../serving/retrieval/set.ts'
import { spineOf } from '../../serving/retrieval/spine.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'

const [NAMES, DAYS, SPINE, EVENTS] = [200, 150, 100_000, 40]
const DAY = 86_400_000_000
const STALENESS = 10 * DAY
/** The second axis: what became known later, and what stands behind it in the log, is hidden. */
const [KNOWN_BY, READ_AT] = [100 * DAY, 25]

type Fact = Readonly<{ entity: number; eventTime: number; knownAt: number; position: number; value: number }>

/**
 * A value of each name for each day, known some hours after; one in 20 is restated within 60 days, some of them twice at one moment, and
 * one in 30 comes up to 80 days late. The log takes them in about in the order in which they became known: some later than others.
 */
function factsMade(): readonly Fact[] {
  const uniform = xoshiro128(20_260)
  const facts: Omit<Fact, 'position'>[] = []
  for (let day = 0; day < DAYS; day++)
    for (let entity = 0; entity < NAMES; entity++) {
      const eventTime = day * DAY
      const late = uniform() < 1 / 30 ? Math.floor(uniform() * 80) * DAY : 0
      const knownAt = eventTime + late + Math.floor(uniform() * 72) * (DAY / 24)
      const value = uniform() < 0.02 ? Number.NaN : uniform()
      facts.push({ entity, eventTime, knownAt, value })
      if (uniform() >= 1 / 20) continue
      const restatedAt = knownAt + Math.ceil(uniform() * 60) * DAY
      facts.push({ entity, eventTime, knownAt: restatedAt, value: uniform() })
      if (uniform() < 0.3) facts.push({ entity, eventTime, knownAt: restatedAt, value: uniform() })
    }
  const arrives = facts.map((fact) => ({ fact, at: fact.knownAt + Math.floor(uniform() * 20) * DAY }))
  arrives.sort((a, b) => a.at - b.at)
  return arrives.map(({ fact }, i) => ({ ...fact, position: 1 + Math.floor((i * EVENTS) / arrives.length) }))
}

const entities = Array.from({ length: NAMES + 1 }, (_, i) => `N${String(i).padStart(3, '0')}`)
const facts = factsMade()
/** One of the names was never told of; moments go on after the last fact. */
const spine = (() => {
  const uniform = xoshiro128(7)
  const moment = Float64Array.from(
    { length: SPINE },
    () => Math.floor(uniform() * (DAYS + 20) * 24) * (DAY / 24),
  )
  return {
    moment: moment.sort(),
    entity: Uint32Array.from(moment, () => Math.floor(uniform() * (NAMES + 1))),
  }
})()

/** For each spine row the place of the fact that counts; -1 where there is none. */
type Found = Readonly<Record<'known' | 'knownBy' | 'readAt' | 'byEvent', Int32Array>>
let oracle: Found

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const filled = async (
    name: string,
    columns: readonly string[],
    rows: number,
    cell: (row: number, c: number) => number,
  ) => {
    await connection.run(`create table ${name} (${columns.map((one) => `${one} double`).join(', ')})`)
    const appender = await connection.createAppender(name)
    for (let row = 0; row < rows; row++) {
      for (let c = 0; c < columns.length; c++) appender.appendDouble(cell(row, c))
      appender.endRow()
    }
    appender.closeSync()
  }
  await filled('f', ['entity', 'event_time', 'known_at', 'position', 'seq'], facts.length, (row, c) => {
    const { entity, eventTime, knownAt, position } = facts[row]
    return [entity, eventTime, knownAt, position, row][c]
  })
  await filled('s', ['entity', 't', 'seq'], SPINE, (row, c) => [spine.entity[row], spine.moment[row], row][c])
  // What counts more stands later: the greatest event time, then the newest knowledge, then what is last in the log.
  await connection.run(
    `create table r as select *, row_number() over (order by event_time, known_at, seq)::double as rank from f`,
  )
  const answer = await connection.runAndReadAll(`
    with best as (
      select s.seq,
        max(r.rank) filter (r.known_at <= s.t) as known,
        max(r.rank) filter (r.known_at <= s.t and r.known_at <= ${KNOWN_BY}) as known_by,
        max(r.rank) filter (r.known_at <= s.t and r.position <= ${READ_AT}) as read_at,
        max(r.rank) as by_event
      from s left join r on r.entity = s.entity and r.event_time <= s.t group by s.seq)
    select ${['known', 'known_by', 'read_at', 'by_event'].map((name) => `(select seq from r where rank = ${name})`).join(', ')}
    from best order by seq`)
  const columns = answer.getColumnsJS()
  const [known, knownBy, readAt, byEvent] = columns.map((column) =>
    Int32Array.from(column, (seq, row) => {
      if (seq === null) return -1
      const isFresh = spine.moment[row] - facts[Number(seq)].eventTime <= STALENESS
      return isFresh ? Number(seq) : -1
    }),
  )
  oracle = { known, knownBy, readAt, byEvent }
}, 60_000)

const rowsOf = (own: readonly Fact[]): Rows => ({
  length: own.length,
  entities: entities.slice(0, NAMES),
  entity: Uint32Array.from(own, ({ entity }) => entity),
  eventTime: Float64Array.from(own, ({ eventTime }) => eventTime),
  knownAt: Float64Array.from(own, ({ knownAt }) => knownAt),
  columns: [{ name: 'f', values: Float64Array.from(own, ({ value }) => value) }],
})

const chunks = openChunkMemory()

async function setOf(): Promise<SetAsOf> {
  const tables: SetAsOf['tables'][number][] = []
  for (let position = 1; position <= EVENTS; position++) {
    const own = facts.filter((fact) => fact.position === position)
    const ref = await putRows(chunks, rowsOf(own))
    tables.push({ position, knownFrom: Math.min(...own.map(({ knownAt }) => knownAt)), ref })
  }
  const features = [{ name: 'f', formula: 'close', unit: '' }]
  const spec = { set: 'made', version: 1, hash: '', dataset: 'd', features, stalenessMicros: STALENESS }
  return {
    key: 'made@1',
    spec: spec as unknown as FeatureSetSpec,
    tables,
    position: EVENTS,
    knownBy: Number.POSITIVE_INFINITY,
  }
}

async function joined(set: SetAsOf): Promise<Float64Array> {
  const question = { set, spine: spineOf({ entities, ...spine, kept: [] }), features: [], label: null }
  const { batches } = retrieve(chunks, {
    ...question,
    why: false,
    presentOnly: false,
    batchRows: 10_000,
    valuesAtOnce: 60_000,
  })
  const values = new Float64Array(SPINE)
  let at = 0
  for await (const { cells, length } of batches()) {
    values.set(cells[2] as Float64Array, at)
    at += length
  }
  expect(at).toBe(SPINE)
  return values
}

const expected = (found: Int32Array): Float64Array =>
  Float64Array.from(found, (seq) => (seq < 0 ? Number.NaN : facts[seq].value))

const differing = (one: Float64Array, other: Float64Array): number =>
  one.reduce((count, value, row) => count + (Object.is(value, other[row]) ? 0 : 1), 0)

test('is what SQL finds, cell by cell: as known at each row, as known at K, and as the log was', async () => {
  const set = await setOf()
  expect(differing(await joined(set), expected(oracle.known))).toBe(0)
  expect(differing(await joined({ ...set, knownBy: KNOWN_BY }), expected(oracle.knownBy))).toBe(0)
  const then = { ...set, tables: set.tables.filter(({ position }) => position <= READ_AT) }
  expect(differing(await joined(then), expected(oracle.readAt))).toBe(0)
  // The three are three answers.
  expect(differing(expected(oracle.known), expected(oracle.knownBy))).toBeGreaterThan(10_000)
  expect(differing(expected(oracle.known), expected(oracle.readAt))).toBeGreaterThan(10_000)
})

test('a join by event time alone gets so many cells wrong', async () => {
  const tables: Rows[] = []
  for (const { ref } of (await setOf()).tables) tables.push(await getRows(chunks, ref))
  const index = asKnownToday(
    { features: ['f'], stalenessMicros: STALENESS },
    tables,
    Number.POSITIVE_INFINITY,
  )
  const { row } = index.join({ entities, ...spine })
  const today = index.gather('f', row)
  expect(differing(today, expected(oracle.byEvent))).toBe(0)
  // The README says this number.
  expect(differing(today, expected(oracle.known))).toBe(74_532)
})
