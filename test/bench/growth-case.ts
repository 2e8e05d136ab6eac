/** The feature path of one number of names, in a process of its own: what it costs a day, and what it keeps in memory. */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { memoryBytes } from '../../schemas/kernel/memory.ts'
import { joinRows, type Rows, sliceRows, sliceRowsOf } from '../../schemas/rows.ts'
import { featureStore } from '../../serving/feature-store.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { featureProcessor } from '../../streams/features/processor.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { putRows } from '../../streams/log/tables.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { COUNTED } from '../support/sessions.ts'
import { closeAt, correctionOf, panelRows, SET, WIDE_SET } from './growth-panel.ts'
import { inFolder } from './in-folder.ts'

const NOW = { eventTime: 0, knownAt: 0 }
const SPEC = defineSet(process.env.FEATURES === '100' ? WIDE_SET : SET, ['close', 'volume'])
/** How many days' costs are one figure. */
const SPAN = 60

/** The live lane's part of the feature path: arrivals in, values out and into the store. */
function featurePath(chunks: ChunkStore) {
  const [features, store] = [featureProcessor(chunks), featureStore({ chunks })]
  let position: Position = 0
  const follow = async (event: Parameters<typeof reactionsOf>[1]): Promise<number> => {
    let values = 0
    await store.take(event, null)
    for (const { events } of await reactionsOf(features, event))
      for (const draft of events) {
        const told = recorded(draft, ++position)
        await store.take(told, null)
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
    savedBytes: () =>
      [features, store].reduce((sum, one) => sum + memoryBytes(one.save?.() ?? null).length, 0),
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

/** A set that is defined over a history which is there. */
const backfilled = (names: number, days: number) =>
  inFolder(async (chunks) => {
    const path = featurePath(chunks)
    await path.arrive(panelRows(names, 0, days))
    const [started, used] = [performance.now(), process.cpuUsage()]
    const values = await path.define()
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(used)
    const cpuSeconds = (user + system) / 1e6
    const peakMb = megabytesPeak()
    const wanted = SPEC.features.map(({ name }) => name)
    const set = { name: SPEC.set, version: SPEC.version }
    const { columns } = await path.store.asOf(set, wanted, closeAt(days))
    const sums = columns.map((column) => column.reduce((sum, one) => sum + one, 0))
    return { values, seconds, cpuSeconds, peakMb, keptMb: megabytesKept(), sums }
  })

/** Day after day, with what is kept after some and after all; then one old correction by itself, and one within a day. */
const streamed = (names: number, firstDays: number, lastDays: number) =>
  inFolder(async (chunks) => {
    const before = megabytesKept()
    const path = featurePath(chunks)
    await path.define()
    const timed = async (rows: Rows) => {
      const [started, used] = [performance.now(), process.cpuUsage()]
      await path.arrive(rows)
      const { user, system } = process.cpuUsage(used)
      return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000 }
    }
    type Cost = Awaited<ReturnType<typeof timed>>
    const found: (Cost & { keptMb: number })[] = []
    const recent: Cost[] = []
    const median = (of: (cost: Cost) => number) => quantileOf(Float64Array.from(recent, of), 0.5)
    for (let day = 0; day < lastDays; day++) {
      recent.push(await timed(panelRows(names, day, day + 1)))
      if (recent.length > SPAN) recent.shift()
      if (day + 1 !== firstDays && day + 1 !== lastDays) continue
      const cost = { wallMs: median(({ wallMs }) => wallMs), cpuMs: median(({ cpuMs }) => cpuMs) }
      found.push({ ...cost, keptMb: megabytesKept() - before })
    }
    const [first, last] = found
    const longAgo = Math.floor(lastDays / 2)
    const correction = await timed(correctionOf(0, longAgo, lastDays))
    const today = panelRows(names, lastDays + 1, lastDays + 2)
    const inDay = await timed(joinRows([today, correctionOf(1, longAgo, lastDays + 1)]))
    return {
      dayFirstMs: first.wallMs,
      dayLastMs: last.wallMs,
      cpuFirstMs: first.cpuMs,
      cpuLastMs: last.cpuMs,
      keptFirstMb: first.keptMb,
      keptLastMb: last.keptMb,
      correctionMs: correction.wallMs,
      correctionInDayMs: inDay.wallMs,
      correctionCpuMs: correction.cpuMs,
      correctionInDayCpuMs: inDay.cpuMs,
      savedMb: path.savedBytes() / 1e6,
      peakMb: megabytesPeak(),
    }
  })

const [what, ...sizes] = process.argv.slice(2)
const [names, days, last] = sizes.map(Number)
const found = what === 'backfill' ? await backfilled(names, days) : await streamed(names, days, last)
console.log(JSON.stringify(found))
