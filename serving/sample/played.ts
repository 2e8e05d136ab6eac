/** The files of a sample as the arrivals that they are played as. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { formatDay, type Micros } from '../../schemas/kernel/time.ts'
import { joinRows, type Rows, sliceRows } from '../../schemas/rows.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { readFile } from '../../streams/sources/file.ts'
import { actionRows, actionsOf, factorLines } from './factor-files.ts'
import type { Actions } from './plan.ts'

/** A table that arrives at one moment. */
export type Arriving = Readonly<{ dataset: string; source: string; rows: Rows }>

/** What arrives before the live period, and moment by moment in it. */
export type Played = Readonly<{ history: readonly Arriving[]; live: readonly Arriving[] }>

type Span = Readonly<{ liveFrom: Micros; until: Micros }>

/** The files of a data set: each one's history by itself, and all their later rows together. */
export async function playedFiles(
  spec: DatasetSpec,
  files: readonly string[],
  { feed, ...span }: Span & Readonly<{ feed: string }>,
): Promise<Played> {
  const { dataset } = spec
  const tables: Rows[] = []
  const history: Arriving[] = []
  for (const path of files) {
    const rows = await readFile(path, { spec, receivedAt: Number.MAX_SAFE_INTEGER }, async (file) => {
      assert(file.rejected === 0, `every row of ${path} is read`)
      return joinRows(await Array.fromAsync(file.rows))
    })
    tables.push(rows)
    const before = sliceRows(rows, 0, placeOf(rows, span.liveFrom))
    if (before.length > 0)
      history.push({ dataset, source: `${basename(path)} ${spanOf(before)}`, rows: before })
  }
  return { history, live: momentsOf(joinRows(tables), span).map((rows) => arriving(dataset, feed, rows)) }
}

/** What the factor files of instruments tell: one arrival of the history, and one for each later moment. */
export function playedActions(spec: DatasetSpec, { factorFiles }: Actions, span: Span): Played {
  const { dataset } = spec
  const sessions = datasetSessions(spec)
  const actions = Object.entries(factorFiles).map(([entity, path]) => {
    // The last line of a file lies in the future: what follows from it is nothing.
    const lines = factorLines(readFileSync(path, 'utf8'))
    return [entity, actionsOf(lines, sessions.next)] as const
  })
  const rows = actionRows(Object.fromEntries(actions), sessions.opens)
  const before = sliceRows(rows, 0, placeOf(rows, span.liveFrom))
  return {
    history: before.length === 0 ? [] : [arriving(dataset, 'factor files', before)],
    live: momentsOf(rows, span).map((one) => arriving(dataset, 'factor files', one)),
  }
}

const arriving = (dataset: string, source: string, rows: Rows): Arriving => ({
  dataset,
  source: `${source} ${spanOf(rows)}`,
  rows,
})

/** The place of the first row that is known at a moment or later; rows ascend. */
function placeOf(rows: Rows, moment: Micros): number {
  const place = rows.knownAt.findIndex((known) => known >= moment)
  return place < 0 ? rows.length : place
}

/** One table for each moment of the live period, in order. */
function momentsOf(rows: Rows, { liveFrom, until }: Span): Rows[] {
  const sorted = byMoment(rows)
  const moments: Rows[] = []
  const end = placeOf(sorted, until)
  let from = placeOf(sorted, liveFrom)
  while (from < end) {
    let to = from
    while (to < end && sorted.knownAt[to] === sorted.knownAt[from]) to++
    moments.push(sliceRows(sorted, from, to))
    from = to
  }
  return moments
}

/** Rows by the moment they became known, and of one moment by name. */
function byMoment(rows: Rows): Rows {
  const { knownAt, entity } = rows
  const order = Uint32Array.from({ length: rows.length }, (_, row) => row)
  order.sort((a, b) => knownAt[a] - knownAt[b] || entity[a] - entity[b])
  const taken = (values: Float64Array) => Float64Array.from(order, (row) => values[row])
  return {
    ...rows,
    entity: Uint32Array.from(order, (row) => entity[row]),
    eventTime: taken(rows.eventTime),
    knownAt: taken(knownAt),
    columns: rows.columns.map(({ name, values }) => ({ name, values: taken(values) })),
  }
}

const spanOf = (rows: Rows): string => {
  const [from, to] = [formatDay(rows.eventTime[0]), formatDay(rows.eventTime[rows.length - 1])]
  return from === to ? from : `${from}..${to}`
}
