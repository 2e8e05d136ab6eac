/** Scripts: in which files, and when, what a story tells is delivered; and when sessions are closed. */

import { sessionOfDate } from '../../schemas/calendar.ts'
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import {
  ACTIONS,
  HISTORY,
  NEW_YORK,
  PRICES,
  type Stage,
  type Story,
  stageOf,
  TOKYO,
  type Told,
} from './story.ts'

/** A file that is delivered, or a moment at which the sessions of a data set that are due are closed. */
export type Act =
  | Readonly<{
      kind: 'file'
      at: Micros
      dataset: string
      columns: readonly Column[]
      rows: readonly Told[]
    }>
  | Readonly<{ kind: 'close'; at: Micros; dataset: string }>

type Column = (typeof PRICES)[number] | (typeof ACTIONS)[number]

export type Script = Readonly<{ history: readonly Act[]; live: readonly Act[]; promotedAt: Micros }>

/** `parts`: the files of each moment. `every`: sessions after which what was told arrives, and is closed, in one go. */
export type Delivery = Readonly<{ parts: number; every: number }>

export const DAILY: Delivery = { parts: 1, every: 1 }

export const stagesOf = (story: Story): readonly Stage[] => [
  stageOf(NEW_YORK, story, story.newYork),
  stageOf(TOKYO, story, story.tokyo),
]

/** After New York has closed on the eve, and before Tokyo opens. */
const promotionOf = ({ from }: Story): Micros =>
  (sessionOfDate(from) - 1) * MICROS_PER_DAY + 81_000 * MICROS_PER_SECOND

const BEFORE = parseMoment('1985-06-03T06:00Z')

export function scriptOf(story: Story, delivery: Delivery): Script {
  const promotedAt = promotionOf(story)
  const stages = stagesOf(story)
  const history = stages.flatMap((stage) =>
    filesOf(
      stage,
      promotedAt,
      stage.told.filter(({ knownAt }) => knownAt <= promotedAt),
    ),
  )
  for (const { actions, told } of stages) {
    if (actions === null) continue
    // A dividend that is older than the exchange's calendar.
    const row = { ...told[0], session: Number.NaN, eventTime: BEFORE, knownAt: BEFORE, dividend: 1, split: 2 }
    history.push({ kind: 'file', at: promotedAt, dataset: actions.dataset, columns: ACTIONS, rows: [row] })
  }
  const live = stages.flatMap((stage) => liveActs(stage, promotedAt, delivery))
  // Files come before what is closed at the same moment.
  const order = ({ kind }: Act) => (kind === 'file' ? 0 : 1)
  return { history, live: live.sort((a, b) => a.at - b.at || order(a) - order(b)), promotedAt }
}

/** Rows as the files of an exchange, that of dividends and splits first. A print within a session says nothing of them. */
export function filesOf({ dataset, actions }: Stage, at: Micros, rows: readonly Told[]): Act[] {
  const file = { kind: 'file', at } as const
  if (actions === null) return [{ ...file, dataset, columns: [...PRICES, ...ACTIONS], rows }]
  const own = rows.filter(({ split }) => !Number.isNaN(split))
  return [
    { ...file, dataset: actions.dataset, columns: ACTIONS, rows: own },
    { ...file, dataset, columns: PRICES, rows },
  ]
}

function liveActs(stage: Stage, after: Micros, { parts, every }: Delivery): Act[] {
  const { dataset, sessions, spine, told } = stage
  const closes = spine
    .slice(HISTORY)
    .map((session) => sessions.decides(session))
    .filter((_, place, all) => place % every === every - 1 || place === all.length - 1)
  const arrivals = new Map<Micros, Told[]>()
  for (const row of told.filter(({ knownAt }) => knownAt > after)) {
    const at = every === 1 ? row.knownAt : (closes.find((close) => close >= row.knownAt) ?? row.knownAt)
    arrivals.set(at, [...(arrivals.get(at) ?? []), row])
  }
  const files = [...arrivals].flatMap(([at, rows]) =>
    Array.from({ length: parts }, (_, part) =>
      // Later names come first, so that no order of files is that of the names.
      filesOf(
        stage,
        at,
        rows.filter(({ name }) => Number(name.slice(1)) % parts === parts - 1 - part),
      ),
    ).flat(),
  )
  return [
    ...files.filter((file) => file.kind === 'file' && file.rows.length > 0),
    ...closes.map((at): Act => ({ kind: 'close', at, dataset })),
  ]
}

/** Some columns of rows as one table. */
export function tableOf(rows: readonly Told[], columns: readonly Column[]): Rows {
  const entities = [...new Set(rows.map(({ name }) => name))].sort()
  return {
    length: rows.length,
    entities,
    entity: Uint32Array.from(rows, ({ name }) => entities.indexOf(name)),
    eventTime: Float64Array.from(rows, ({ eventTime }) => eventTime),
    knownAt: Float64Array.from(rows, ({ knownAt }) => knownAt),
    columns: columns.map((name) => ({ name, values: Float64Array.from(rows, (row) => row[name]) })),
  }
}
