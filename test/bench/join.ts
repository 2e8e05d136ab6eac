/**
 * The point-in-time join of 7.5 million spine rows with 10 features of 3,000 names, beside DuckDB's ASOF JOIN on facts that were reduced to
 * unique keys beforehand, and Polars' join_asof on the same. Each makes the ten columns in memory; the sums of all are compared.
 */
import { DuckDBInstance } from '@duckdb/node-api'
import { PointInTime } from '../../projections/feature/point-in-time.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { findPeers, type Took } from './peers.ts'

/** `NAMES=300` measures less. */
const [NAMES, DAYS, FEATURES] = [Number(process.env.NAMES ?? 3_000), Number(process.env.DAYS ?? 2_520), 10]
const ROUNDS = 3

type Row = Readonly<Record<string, string | number>>

/** A fact of each name every so many days, known a day later; one in 20 told anew 20 days after that. */
type Shape = Readonly<{ facts: string; everyDays: number }>

const SHAPES: readonly Shape[] = [
  { facts: 'one in 42 days', everyDays: 42 },
  { facts: 'daily', everyDays: 1 },
]

/** The same numbers in JavaScript, SQL and Polars, exact in each. */
const factOf = (name: number, at: number, told: number, feature: number): number =>
  ((name * 31 + at * 17 + told * 5 + feature * 7) % 1000) / 8
const isRestated = (name: number, at: number): boolean => (name * 7 + at * 13) % 20 === 0

export async function benchJoin(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const shape of SHAPES) rows.push(...(await measured(shape)))
  return rows
}

async function measured({ facts, everyDays }: Shape): Promise<readonly Row[]> {
  const table = factsOf(everyDays)
  const folding = performance.now()
  const index = new PointInTime({
    features: table.columns.map(({ name }) => name),
    stalenessMicros: 10_000 * MICROS_PER_DAY,
  })
  index.add(table, 1)
  const foldSeconds = (performance.now() - folding) / 1000
  const spine = spineOf()
  const ours = timedOver(() => {
    const { row } = index.join({ entities: table.entities, ...spine })
    return table.columns.map(({ name }) => index.gather(name, row))
  })
  const duckdb = await duckDbSeconds(everyDays)
  const polars = polarsSeconds(everyDays)
  const about = { facts, factRows: table.length, spineRows: NAMES * DAYS, features: FEATURES }
  const other = (peer: string, { seconds, sum }: Readonly<{ seconds: number; sum: number }>): Row => ({
    ...{ ...about, peer, seconds, millionRowsPerSecond: (NAMES * DAYS) / seconds / 1e6 },
    ratio: seconds / ours.seconds,
    same: sum === ours.sum ? 'yes' : `NO: ${sum} and ${ours.sum}`,
  })
  const own = { ...about, peer: `Asof (1 thread; fold ${foldSeconds.toFixed(2)} s)`, seconds: ours.seconds }
  return [
    { ...own, millionRowsPerSecond: (NAMES * DAYS) / ours.seconds / 1e6, ratio: 1, same: '' },
    ...duckdb.map(({ threads, ...one }) => other(`DuckDB ASOF (${threads} threads)`, one)),
    ...(polars === null ? [] : [other('Polars join_asof (1 thread)', polars)]),
  ]
}

/** In the order in which they became known. */
function factsOf(everyDays: number): Rows {
  const told: { name: number; at: number; version: number; knownDay: number }[] = []
  const count = Math.ceil(DAYS / everyDays)
  for (let at = 0; at < count; at++)
    for (let name = 0; name < NAMES; name++) {
      told.push({ name, at, version: 0, knownDay: at * everyDays + 1 })
      if (isRestated(name, at)) told.push({ name, at, version: 1, knownDay: at * everyDays + 21 })
    }
  told.sort((a, b) => a.knownDay - b.knownDay || a.at - b.at || a.name - b.name)
  return {
    length: told.length,
    entities: Array.from({ length: NAMES }, (_, name) => `N${String(name).padStart(4, '0')}`),
    entity: Uint32Array.from(told, ({ name }) => name),
    eventTime: Float64Array.from(told, ({ at }) => at * everyDays * MICROS_PER_DAY),
    knownAt: Float64Array.from(told, ({ knownDay }) => knownDay * MICROS_PER_DAY),
    columns: Array.from({ length: FEATURES }, (_, feature) => ({
      name: `f${feature}`,
      values: Float64Array.from(told, ({ name, at, version }) => factOf(name, at, version, feature)),
    })),
  }
}

/** Every name on every day, day by day, as a training set is asked for. */
function spineOf() {
  const length = NAMES * DAYS
  const entity = new Uint32Array(length)
  const moment = new Float64Array(length)
  for (let row = 0; row < length; row++) {
    entity[row] = row % NAMES
    moment[row] = Math.floor(row / NAMES) * MICROS_PER_DAY
  }
  return { entity, moment }
}

function timedOver(work: () => readonly Float64Array[]): Readonly<{ seconds: number; sum: number }> {
  const seconds: number[] = []
  let columns: readonly Float64Array[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    columns = []
    const begun = performance.now()
    columns = work()
    seconds.push((performance.now() - begun) / 1000)
  }
  let sum = 0
  for (const column of columns) for (const value of column) if (!Number.isNaN(value)) sum += value
  return { seconds: Math.min(...seconds.slice(1)), sum }
}

async function duckDbSeconds(everyDays: number) {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  const count = Math.ceil(DAYS / everyDays)
  const names = Array.from({ length: FEATURES }, (_, feature) => `f${feature}`)
  const values = names.map(
    (name, f) => `((n * 31 + a * 17 + v * 5 + ${f * 7}) % 1000) / 8.0::double as ${name}`,
  )
  // Of each name and moment the one fact that counts from then on: what a restatement of an older event would hide is left out.
  await connection.run(`create table f as
    with told as (
      select n, a, v, a * ${everyDays} as event_day, a * ${everyDays} + 1 + v * 20 as known_day
      from range(${NAMES}) t(n), range(${count}) u(a), range(2) w(v) where v = 0 or (n * 7 + a * 13) % 20 = 0),
    news as (select *, max(event_day) over (partition by n order by known_day, event_day rows unbounded preceding) as newest from told)
    select n, known_day, ${values.join(', ')} from news where event_day >= newest
    qualify row_number() over (partition by n, known_day order by event_day desc, v desc) = 1`)
  await connection.run(
    `create table s as select (r % ${NAMES})::bigint as n, (r // ${NAMES})::bigint as t from range(${NAMES * DAYS}) x(r)`,
  )
  const joining = `create or replace temp table j as select s.n, s.t, ${names.join(', ')} from s asof left join f on s.n = f.n and s.t >= f.known_day`
  const found: { threads: number; seconds: number; sum: number }[] = []
  for (const threads of [1, 2]) {
    await connection.run(`set threads = ${threads}`)
    const seconds: number[] = []
    for (let round = 0; round <= ROUNDS; round++) {
      const begun = performance.now()
      await connection.run(joining)
      seconds.push((performance.now() - begun) / 1000)
    }
    const total = await connection.runAndReadAll(
      `select sum(${names.map((name) => `coalesce(${name}, 0)`).join(' + ')}) from j`,
    )
    found.push({ threads, seconds: Math.min(...seconds.slice(1)), sum: Number(total.getRowsJS()[0][0]) })
  }
  connection.closeSync()
  instance.closeSync()
  return found
}

function polarsSeconds(everyDays: number): Readonly<{ seconds: number; sum: number }> | null {
  const peers = findPeers()
  if (typeof peers === 'string') {
    console.log(`\nSKIPPED: Polars: ${peers}`)
    return null
  }
  const { join }: Readonly<Record<string, Took>> = peers.ask('join_polars.py', [
    NAMES,
    DAYS,
    FEATURES,
    everyDays,
    ROUNDS,
  ])
  return { seconds: join.best, sum: join.check ?? Number.NaN }
}
