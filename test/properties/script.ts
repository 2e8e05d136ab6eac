/** Scripts: in which files, and when, what a story tells is delivered; and when sessions are closed. */

import { sessionOfDate } from '../../schemas/calendar.ts'
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { HISTORY, NEW_YORK, type Stage, type Story, stageOf, TOKYO, type Told } from './story.ts'

/** A file that is delivered, or a moment at which the sessions of a data set that are due are closed. */
export type Act =
  | Readonly<{ kind: 'file'; at: Micros; dataset: string; rows: readonly Told[] }>
  | Readonly<{ kind: 'close'; at: Micros; dataset: string }>

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

export function scriptOf(story: Story, delivery: Delivery): Script {
  const promotedAt = promotionOf(story)
  const stages = stagesOf(story)
  const history = stages.map(({ dataset, told }): Act => {
    return {
      kind: 'file',
      at: promotedAt,
      dataset,
      rows: told.filter(({ knownAt }) => knownAt <= promotedAt),
    }
  })
  const live = stages.flatMap((stage) => liveActs(stage, promotedAt, delivery))
  // Files come before what is closed at the same moment.
  const order = ({ kind }: Act) => (kind === 'file' ? 0 : 1)
  return { history, live: live.sort((a, b) => a.at - b.at || order(a) - order(b)), promotedAt }
}

function liveActs(
  { dataset, sessions, spine, told }: Stage,
  after: Micros,
  { parts, every }: Delivery,
): Act[] {
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
    Array.from({ length: parts }, (_, part): Act => {
      // Later names come first, so that no order of files is that of the names.
      const own = rows.filter(({ name }) => Number(name.slice(1)) % parts === parts - 1 - part)
      return { kind: 'file', at, dataset, rows: own }
    }),
  )
  return [
    ...files.filter((file) => file.kind === 'file' && file.rows.length > 0),
    ...closes.map((at): Act => ({ kind: 'close', at, dataset })),
  ]
}

const COLUMNS = ['close', 'signal', 'dividend', 'split'] as const

/** Rows as one table. */
export function tableOf(rows: readonly Told[]): Rows {
  const entities = [...new Set(rows.map(({ name }) => name))].sort()
  return {
    length: rows.length,
    entities,
    entity: Uint32Array.from(rows, ({ name }) => entities.indexOf(name)),
    eventTime: Float64Array.from(rows, ({ eventTime }) => eventTime),
    knownAt: Float64Array.from(rows, ({ knownAt }) => knownAt),
    columns: COLUMNS.map((name) => ({ name, values: Float64Array.from(rows, (row) => row[name]) })),
  }
}
