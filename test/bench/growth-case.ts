/** The feature path of one number of names, in a process of its own: what it costs a day, and what it keeps in memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { features as computed } from '../../projections/feature/features.ts'
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { type Rows, sliceRows, sliceRowsOf } from '../../schemas/rows.ts'
import { featureStore } from '../../serving/feature-store.ts'
import { foldOf } from '../../serving/folds.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { featureProcessor } from '../../streams/features/processor.ts'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { COUNTED } from '../support/sessions.ts'
import { closeAt, correctionOf, panelRows, SET } from './growth-panel.ts'

const NOW = { eventTime: 0, knownAt: 0 }
const SPEC = defineSet(SET, ['close', 'volume'])
/** How many days' costs are one figure. */
const SPAN = 60

/** The live lane's part of the feature path: arrivals in, values out and into the store. */
function featurePath(chunks: ChunkStore) {
  const fold = foldOf(computed)
  const [features, store] = [featureProcessor(chunks), featureStore({ chunks, computed: fold.state })]
  let position: Position = 0
  const follow = async (event: Parameters<typeof reactionsOf>[1]): Promise<number> => {
    let values = 0
    for (const one of [fold, store]) await one.take(event, null)
    for (const { events } of await reactionsOf(features, event))
      for (const draft of events) {
        const told = recorded(draft, ++position)
        for (const one of [fold, store]) await one.take(told, null)
        values += draft.chunks.reduce((sum, { rows }) => sum + rows, 0) * SPEC.features.length
      }
    return values
  }
  return {
    store,
    define: () => follow(recorded(SetDefined.draft(SPEC, NOW), ++position)),
    async arrive(rows: Rows): Promise<number> {
      const refs: ChunkRef[] = []
      const most = sliceRowsOf(rows.columns.length)
      for (let from = 0; from < rows.length; from += most)
        refs.push(await putRows(chunks, sliceRows(rows, from, from + most)))
      const bounds = { rows: rows.length, rowsQuarantined: 0, knownFrom: 0, knownTo: 0, ...COUNTED }
      const data = { dataset: 'bench', source: '', sourceHash: '', ...bounds }
      return follow(recorded(RowsArrived.draft(data, NOW, refs), ++position))
    },
    saved: () => [features.save?.() ?? null, store.save?.() ?? null] as const,
  }
}

/** What is reachable, in megabytes. */
function megabytesKept(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

const megabytesPeak = (): number => process.resourceUsage().maxRSS / 1e3

async function inFolder<T>(work: (chunks: ChunkStore) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'asof-growth-'))
  try {
    return await work(openChunkFolder(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A set that is defined over a history which is there. */
const backfilled = (names: number, days: number) =>
  inFolder(async (chunks) => {
    const path = featurePath(chunks)
    await path.arrive(panelRows(names, 0, days))
    const started = performance.now()
    const values = await path.define()
    const seconds = (performance.now() - started) / 1000
    return { names, days, values, seconds, peakMb: megabytesPeak(), keptMb: megabytesKept() }
  })

/** Day after day from a first one, to ten times as many; then one old correction by itself, and one within a day. */
const streamed = (names: number, firstDays: number, lastDays: number) =>
  inFolder(async (chunks) => {
    const before = megabytesKept()
    const path = featurePath(chunks)
    await path.define()
    const timed = async (rows: Rows): Promise<number> => {
      const started = performance.now()
      await path.arrive(rows)
      return performance.now() - started
    }
    const spans: number[] = []
    const kept: number[] = []
    const recent: number[] = []
    for (let day = 0; day < lastDays; day++) {
      recent.push(await timed(panelRows(names, day, day + 1)))
      if (recent.length > SPAN) recent.shift()
      if (day + 1 !== firstDays && day + 1 !== lastDays) continue
      spans.push(quantileOf(Float64Array.from(recent), 0.5))
      kept.push(megabytesKept() - before)
    }
    const today = panelRows(names, lastDays, lastDays + 1)
    const correction = correctionOf(0, Math.floor(lastDays / 2), lastDays + 1)
    const alone = await timed(correction)
    const next = panelRows(names, lastDays + 1, lastDays + 2)
    const older = correctionOf(1, Math.floor(lastDays / 2), lastDays + 1)
    const together = await timed({
      ...next,
      length: next.length + 1,
      entity: Uint32Array.of(...next.entity, 1),
      eventTime: Float64Array.of(...next.eventTime, ...older.eventTime),
      knownAt: Float64Array.of(...next.knownAt, ...older.knownAt),
      columns: next.columns.map(({ name, values }, c) => ({
        name,
        values: Float64Array.of(...values, ...older.columns[c].values),
      })),
    })
    const [first, last] = spans
    return {
      names,
      dayFirstMs: first,
      dayLastMs: last,
      dayRatio: last / first,
      keptFirstMb: kept[0],
      keptLastMb: kept[1],
      keptRatio: kept[1] / kept[0],
      correctionMs: alone,
      correctionInDayMs: together,
      peakMb: megabytesPeak(),
      rowsToday: today.length,
    }
  })

const [what, ...sizes] = process.argv.slice(2)
const [names, days, last] = sizes.map(Number)
const found = what === 'backfill' ? await backfilled(names, days) : await streamed(names, days, last)
console.log(JSON.stringify(found))
void closeAt
void getRows
