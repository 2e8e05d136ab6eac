/** How a model was traded: each prediction's slippage and costs, each session's realized return, beside what its book says. */
import type { Session } from '../../schemas/calendar.ts'
import { CAPITAL_CHANGES } from '../../schemas/capital-changes.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { DatasetDeclared, type DatasetSpec, SessionClosed } from '../../schemas/events/data.ts'
import { OutcomeObserved, OutcomesRestated, PredictionMade } from '../../schemas/events/prediction.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { isForeign } from '../../schemas/reaction.ts'
import { type DatasetSessions, datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import {
  type Break,
  breaks,
  type Fill,
  type Modelled,
  type Residual,
  residuals,
  type Statement,
  type Summary,
  summaryOf,
  type TradeCost,
  tradeCosts,
} from '../../streams/portfolio/execution.ts'
import type { Archive } from '../archive.ts'
import { knownRows } from './rows.ts'

export type Asked = Readonly<{ model: string; fills: string; positions: string }>
export type Execution = Readonly<{
  model: string
  /** Up to where the log was read. */
  position: Position
  trades: readonly TradeCost[]
  sessions: readonly Residual[]
  summary: Summary
  breaks: readonly Break[]
  /** Fills that name no prediction of the model, and rows whose numbers are missing: they count nowhere. */
  unused: number
}>

type Readable = Pick<Archive, 'log' | 'chunks' | 'confirmed'>

const DAY_MICROS = 86_400_000_000

/** @throws Refusal `execution.unknown-model`, `data.unknown-dataset`, `execution.columns`, `execution.currency` */
export async function executionOf(archive: Readable, asked: Asked): Promise<Execution> {
  const { model } = asked
  const position = await archive.confirmed()
  const told = await toldOf(archive, model, position)
  const traded = told.specs.get(told.dataset ?? '')
  if (traded === undefined) throw refuse('execution.unknown-model', { model })
  const sessions = datasetSessions(traded)
  const prefix = `${model}/`
  const spec = (dataset: string): DatasetSpec => {
    const found = told.specs.get(dataset)
    if (found === undefined) throw refuse('data.unknown-dataset', { dataset })
    return found
  }
  const ofModel = { isWanted: (entity: string) => entity.startsWith(prefix) }
  const [fillSpec, columns] = [spec(asked.fills), ['quantity', 'price', 'fee']]
  const [fillRows, positionRows] = [
    await knownRows(archive, fillSpec, { columns, isOnce: true, ...ofModel }),
    await knownRows(archive, spec(asked.positions), { columns: ['quantity', 'equity'], ...ofModel }),
  ]
  assertOneCurrency(traded, fillSpec)
  const fills = fillRows.flatMap((row) => fillIn(row.entity.slice(prefix.length), row) ?? [])
  const statements = statementsIn(positionRows, prefix, sessions)
  const closeOf = await closesOf(archive, traded, { fills, modelled: told.modelled, sessions })
  const found = residuals(statements, told.modelled)
  return {
    ...{ model, position },
    trades: tradeCosts(fills, told.modelled, closeOf),
    ...{ sessions: found, summary: summaryOf(found) },
    breaks: breaks(statements, fills, (at) => sessions.of(at)),
    unused: fillRows.length - fills.filter(({ from }) => told.origins.has(from)).length,
  }
}

type Told = {
  specs: Map<string, DatasetSpec>
  /** The data set that the model trades. */
  dataset: string | null
  modelled: Modelled[]
  /** Where an order of the model may come from: its predictions, and what cut its capital. */
  origins: Set<Position>
}

/** What the platform said of the model, as far as it is confirmed. */
async function toldOf({ log }: Readable, model: string, position: Position): Promise<Told> {
  const told: Told = { specs: new Map(), dataset: null, modelled: [], origins: new Set() }
  const closed = new Map<Position, string>()
  const types = [DatasetDeclared, SessionClosed, PredictionMade, OutcomeObserved, OutcomesRestated]
  const filter = { positionAtMost: position, types: [...types.map(({ type }) => type), ...CAPITAL_CHANGES] }
  const take = (event: Recorded): void => {
    if (isEvent(DatasetDeclared, event)) told.specs.set(event.data.dataset, event.data)
    if (isEvent(SessionClosed, event)) closed.set(event.position, event.data.dataset)
    if ((event.data as { model?: unknown }).model !== model) return
    if (CAPITAL_CHANGES.includes(event.type) || isEvent(PredictionMade, event))
      told.origins.add(event.position)
    if (isEvent(PredictionMade, event)) told.dataset = closed.get(event.data.features) ?? told.dataset
    if (isEvent(OutcomeObserved, event)) told.modelled.push(event.data)
    if (isEvent(OutcomesRestated, event)) restate(told.modelled, event.data.sessions)
  }
  if (position > 0)
    for await (const batch of log.readAll(1, filter))
      for (const event of batch) if (!isForeign(event)) take(event)
  return told
}

function restate(
  modelled: Modelled[],
  sessions: readonly Readonly<{ session: Session; net: number }>[],
): void {
  for (const { session, net } of sessions) {
    const at = modelled.findLastIndex((one) => one.session === session)
    if (at >= 0) modelled[at] = { ...modelled[at], net }
  }
}

/** Fills in another currency than the closes would count as slippage. A unit that names no currency is taken for the same one. */
function assertOneCurrency(traded: DatasetSpec, fills: DatasetSpec): void {
  const wanted = traded.prices?.currency ?? ''
  for (const { name: column, unit } of fills.columns) {
    const [found = wanted] = /\b[A-Z]{3}\b/.exec(unit) ?? []
    if (['price', 'fee'].includes(column) && wanted !== '' && found !== wanted)
      throw refuse('execution.currency', {
        ...{ fills: fills.dataset, column, found },
        ...{ dataset: traded.dataset, wanted },
      })
  }
}

/** `FROM/INSTRUMENT/NUMBER`: the order's origin, what was traded, and which fill of it. */
function fillIn(
  name: string,
  { at, values }: Readonly<{ at: Micros; values: readonly number[] }>,
): Fill | null {
  const [, from, instrument] = /^(\d{1,15})\/(.+)\/[^/]+$/.exec(name) ?? []
  const [quantity, price, fee] = values
  if (from === undefined || Number.isNaN(quantity) || !(price > 0)) return null
  return { from: Number(from), instrument, at, quantity, price, fee: Number.isNaN(fee) ? 0 : fee }
}

/** The last row of each instrument in each session; an instrument that a statement does not name is not held. */
function statementsIn(
  rows: readonly Readonly<{ entity: string; at: Micros; values: readonly number[] }>[],
  prefix: string,
  sessions: DatasetSessions,
): readonly Statement[] {
  const bySession = new Map<Session, { equity: number; held: Map<string, number> }>()
  for (const { entity, at, values } of rows) {
    const session = sessions.of(at)
    const statement = bySession.get(session) ?? { equity: Number.NaN, held: new Map<string, number>() }
    bySession.set(session, statement)
    const [quantity, equity] = values
    if (!Number.isNaN(quantity)) statement.held.set(entity.slice(prefix.length), quantity)
    if (equity > 0) statement.equity = equity
  }
  return [...bySession].sort(([one], [other]) => one - other).map(([session, one]) => ({ session, ...one }))
}

type Traded = Readonly<{ fills: readonly Fill[]; modelled: readonly Modelled[]; sessions: DatasetSessions }>

/** The closes at which books trade, of the names that were filled, as they are known last. */
async function closesOf(archive: Readable, spec: DatasetSpec, { fills, modelled, sessions }: Traded) {
  const names = new Set(fills.map(({ instrument }) => instrument))
  const traded = new Set(fills.map(({ from }) => from))
  const wanted = new Set(
    modelled.filter(({ prediction }) => traded.has(prediction)).map(({ session }) => session),
  )
  const closes = new Map<string, number>()
  const times = [...wanted].map((session) => sessions.closes(session))
  const near = (from: Micros, to: Micros) =>
    times.some((at) => at >= from - DAY_MICROS && at <= to + DAY_MICROS)
  const rows = await knownRows(archive, spec, {
    columns: [spec.prices?.column ?? ''],
    isWanted: (entity) => names.has(entity),
    isNear: ({ eventTimeFrom, eventTimeTo }) => near(eventTimeFrom, eventTimeTo),
  })
  for (const { entity, at, values } of rows) {
    const session = sessions.of(at)
    if (wanted.has(session) && values[0] > 0) closes.set(`${session} ${entity}`, values[0])
  }
  return (session: Session, instrument: string): number | null =>
    closes.get(`${session} ${instrument}`) ?? null
}
