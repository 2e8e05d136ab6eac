/** Stories of two exchanges: names that are listed and delisted, and what goes wrong with the files that tell of them. */
import fc from 'fast-check'
import { type Session, sessionDate, sessionOfDate } from '../../schemas/calendar.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { MICROS_PER_SECOND, type Micros } from '../../schemas/kernel/time.ts'
import { type DatasetSessions, datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { shippedCalendar } from '../../streams/calendar/shipped.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { CLOSE, longDataset } from '../support/sessions.ts'

export const HISTORY = 30
const LIVE = 10
const MINUTE = 60 * MICROS_PER_SECOND
export const [NEW_YORK, TOKYO] = ['XNYS', 'XTKS']

/** The first live date: Golden Week, Thanksgiving and the early close after it, the year's end, clocks that change. */
const LIVE_FROM = ['2019-04-24', '2019-11-25', '2018-12-20', '2019-03-06', '2019-10-30'] as const

/** Sessions are counted from the first one of the history. */
type Mishap =
  | Readonly<{ kind: 'halt'; name: number; at: number; sessions: number }>
  | Readonly<{ kind: 'blank'; name: number; at: number }>
  | Readonly<{ kind: 'late'; name: number; at: number; by: number }>
  | Readonly<{ kind: 'revised'; name: number; at: number; by: number; factor: number }>
  | Readonly<{ kind: 'split'; name: number; at: number; ratio: number }>
  | Readonly<{ kind: 'dividend'; name: number; at: number; paid: number }>
  | Readonly<{ kind: 'noon'; name: number; at: number; by: number }>
  | Readonly<{ kind: 'lost'; at: number }>

type Name = Readonly<{ listed: number; gone: number; priced: boolean; seed: number }>

type Exchange = Readonly<{
  /** Whether dividends and splits stand in a data set of their own, which has no calendar. */
  apart: boolean
  delistAfter: number
  delistingReturn: number
  decideAt: string
  revisions: DatasetSpec['revisions']
  holding: number
  momentum: number
  features: readonly string[]
  names: readonly Name[]
  mishaps: readonly Mishap[]
}>

/** `live`: sessions after the history. */
export type Story = Readonly<{ from: string; live: number; newYork: Exchange; tokyo: Exchange }>

/** One row as a vendor tells it. */
export type Told = Readonly<{
  name: string
  session: Session
  eventTime: Micros
  knownAt: Micros
  close: number
  signal: number
  dividend: number
  split: number
}>

/** An exchange of a story: its declaration, its sessions and every row that is ever told, by the moment it was. */
export type Stage = Readonly<{
  dataset: string
  spec: DatasetSpec
  /** The data set of its dividends and splits, where they stand apart. */
  actions: DatasetSpec | null
  sessions: DatasetSessions
  spine: readonly Session[]
  exchange: Exchange
  told: readonly Told[]
}>

const END = HISTORY + LIVE

export const PRICES = ['close', 'signal'] as const
export const ACTIONS = ['dividend', 'split'] as const

const anyAt = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 3, max: HISTORY - 1 }) },
  { weight: 4, arbitrary: fc.integer({ min: HISTORY - 2, max: END - 1 }) },
)
const anyName = fc.nat(5)
const by = fc.integer({ min: 0, max: 4 })

const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  fc.record({
    kind: fc.constant('halt' as const),
    name: anyName,
    at: anyAt,
    sessions: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({ kind: fc.constant('blank' as const), name: anyName, at: anyAt }),
  fc.record({ kind: fc.constant('late' as const), name: anyName, at: anyAt, by }),
  fc.record({
    kind: fc.constant('revised' as const),
    name: anyName,
    at: anyAt,
    by,
    factor: fc.constantFrom(0.9, 1.25),
  }),
  fc.record({
    kind: fc.constant('split' as const),
    name: anyName,
    at: anyAt,
    ratio: fc.constantFrom(2, 7, 0.1),
  }),
  fc.record({
    kind: fc.constant('dividend' as const),
    name: anyName,
    at: anyAt,
    paid: fc.constantFrom(0.5, 3),
  }),
  fc.record({ kind: fc.constant('noon' as const), name: anyName, at: anyAt, by }),
  fc.record({ kind: fc.constant('lost' as const), at: anyAt }),
)

const steadyName: fc.Arbitrary<Pick<Name, 'listed' | 'gone' | 'priced'>> = fc.constant({
  listed: 0,
  gone: END,
  priced: true,
})
const otherName: fc.Arbitrary<Pick<Name, 'listed' | 'gone' | 'priced'>> = fc.record({
  listed: fc.constantFrom(0, 0, 12, HISTORY, HISTORY + 3),
  gone: fc.constantFrom(END, END, HISTORY - 3, HISTORY + 2, HISTORY + 5),
  priced: fc.constantFrom(true, true, true, false),
})

const seed = fc.nat(999)
const names = fc
  .tuple(
    fc.array(fc.tuple(steadyName, seed), { minLength: 3, maxLength: 3 }),
    fc.array(fc.tuple(otherName, seed), { minLength: 1, maxLength: 3 }),
  )
  .map(([steady, others]) => [...steady, ...others].map(([life, ofPath]) => ({ ...life, seed: ofPath })))

const exchange = (decideAt: string, apart: boolean): fc.Arbitrary<Exchange> =>
  fc.record({
    apart: fc.constant(apart),
    delistAfter: fc.integer({ min: 1, max: 4 }),
    delistingReturn: fc.constantFrom(0, -0.3),
    decideAt: fc.constantFrom('', decideAt),
    revisions: fc.constantFrom('arrival' as const, 'declared' as const),
    holding: fc.integer({ min: 1, max: 3 }),
    momentum: fc.integer({ min: 1, max: 3 }),
    features: fc.constantFrom(['mom'], ['mom', 'sig'], ['sig']),
    names,
    mishaps: fc.array(mishap, { minLength: 2, maxLength: 14 }),
  })

export const story: fc.Arbitrary<Story> = fc.record({
  from: fc.constantFrom(...LIVE_FROM),
  live: fc.constant(LIVE),
  newYork: exchange('18:00', false),
  tokyo: exchange('16:30', true),
})

const ZERO = Object.freeze({ dividend: 0, split: 1 })

/** What an exchange of a story tells. Names of both exchanges differ. */
export function stageOf(
  calendar: string,
  { from, live }: Pick<Story, 'from' | 'live'>,
  exchange: Exchange,
): Stage {
  const { decideAt, delistAfter, delistingReturn, revisions, apart } = exchange
  const dataset = calendar.toLowerCase()
  const columns = (names: readonly string[]) => names.map((name) => ({ name, unit: '' }))
  const actions = apart ? { ...longDataset(`${dataset}-actions`, columns(ACTIONS)), revisions } : null
  const spec: DatasetSpec = {
    ...longDataset(dataset, columns(apart ? PRICES : [...PRICES, ...ACTIONS])),
    calendar: shippedCalendar(calendar) ?? null,
    revisions,
    prices: {
      ...CLOSE,
      dividend: 'dividend',
      split: 'split',
      actions: actions?.dataset ?? '',
      delistAfterSessions: delistAfter,
      delistingReturn,
      decideAt,
    },
  }
  const sessions = datasetSessions(spec)
  const first = sessionOfDate(from)
  const spine = [
    ...sessions.between(first - 70, first).slice(-HISTORY),
    ...sessions.between(first, first + 100).slice(0, live),
  ]
  const told = exchange.names.flatMap((_, name) => toldOf({ spec, sessions, spine, exchange }, name))
  return {
    dataset,
    spec,
    actions,
    sessions,
    spine,
    exchange,
    told: told.sort((a, b) => a.knownAt - b.knownAt),
  }
}

type Telling = Pick<Stage, 'spec' | 'sessions' | 'spine' | 'exchange'>

function toldOf({ spec, sessions, spine, exchange }: Telling, place: number): Told[] {
  const { listed, gone, priced, seed: ofPath } = exchange.names[place]
  const uniform = xoshiro128(ofPath * 7 + place)
  const prices = spine.map(() => Math.round(80 * uniform()) - 40)
  const name = `${spec.dataset[1].toUpperCase()}${place}`
  const own = exchange.mishaps.filter((one) => !('name' in one) || one.name === place)
  const told: Told[] = []
  let price = 100
  for (const [at, session] of spine.entries()) {
    const here = <K extends Mishap['kind']>(kind: K) =>
      own.find((one): one is Extract<Mishap, { kind: K }> => one.kind === kind && one.at === at)
    const split = here('split')?.ratio ?? 1
    const dividend = here('dividend')?.paid ?? 0
    price = (price * (1 + prices[at] / 1000)) / split
    const isHalted = own.some((one) => one.kind === 'halt' && one.at <= at && at < one.at + one.sessions)
    if (at < listed || at >= gone || isHalted || here('lost') !== undefined) continue
    const closes = sessions.closes(session)
    const knownBy = (sessionsLater: number, minutes: number): Micros =>
      sessions.closes(spine[Math.min(at + sessionsLater, spine.length - 1)]) + minutes * MINUTE
    const late = here('late')
    const close = priced && here('blank') === undefined ? price : Number.NaN
    const signal = ((40 + prices[at] * 37 + place * 11) % 23) / 10
    const row = { name, session, eventTime: closes, close, signal, ...ZERO, dividend, split }
    told.push({ ...row, knownAt: late === undefined ? knownBy(0, 5) : knownBy(late.by, 10) })
    const revised = here('revised')
    if (revised !== undefined && !Number.isNaN(close))
      told.push({ ...row, close: close * revised.factor, knownAt: knownBy(revised.by, 20) })
    const noon = here('noon')
    if (noon === undefined) continue
    // A print from within the session: it says nothing of what went ex, and the close stands whenever it is told.
    const print = { dividend: Number.NaN, split: Number.NaN, close: close * 1.1, signal: signal + 0.01 }
    told.push({
      ...row,
      ...print,
      eventTime: closes - 90 * MINUTE,
      knownAt: noon.by === 0 ? closes - 85 * MINUTE : knownBy(noon.by, 15),
    })
  }
  return told
}

/** The story in words, for whoever has to look at one that fails. */
export function tale(told: Story): string {
  const { from, newYork, tokyo } = told
  const lines = (title: string, stage: Stage) => {
    const { names, mishaps, ...rest } = stage.exchange
    const dateOf = (at: number) => {
      const session = stage.spine[at]
      return session === undefined ? 'the end' : sessionDate(session)
    }
    return [
      `${title}: ${JSON.stringify(rest)}`,
      ...names.map(
        (name, place) =>
          `  ${stage.dataset[1].toUpperCase()}${place}: ${dateOf(name.listed)} to ${dateOf(name.gone)}${name.priced ? '' : ', without prices'}`,
      ),
      ...mishaps.map((one) => `  ${dateOf(one.at)} ${JSON.stringify(one)}`),
    ]
  }
  return [
    `live from ${from}`,
    ...lines('New York', stageOf(NEW_YORK, told, newYork)),
    ...lines('Tokyo', stageOf(TOKYO, told, tokyo)),
  ].join('\n')
}
