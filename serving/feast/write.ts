/**
 * What clients of Feast write: rows of a data set, which arrive as those of a file do. Features are computed from them, and nobody writes
 * a feature: it would be a value without inputs, which no replay makes again.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { datasetsOf } from '../../schemas/events/feature.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { zoneOf } from '../../streams/calendar/zone.ts'
import { type FileArrival, readFile } from '../../streams/sources/file.ts'
import { arrive } from '../actions.ts'
import { arrivalOf } from '../ingest.ts'
import type { Platform } from '../platform.ts'
import { closeDueSessions } from '../sessions.ts'
import { inTurn } from '../turn.ts'
import { takeUpload, uploadIn } from '../uploads.ts'
import { assertKeys, isObject, malformed, textIn } from './body.ts'
import type { Json } from './port.ts'
import { type Lines, linesOf } from './sent.ts'

export interface Writes {
  /** `POST /push`: the push source is a data set. */
  push(body: Json, actor: string): Promise<void>
  /** `POST /write-to-online-store`: the feature view has the name of a data set. */
  write(body: Json, actor: string): Promise<void>
}

const HOW = ['df', 'allow_registry_cache', 'transform_on_write']

/** Writes that are under way or wait for their turn, each with its rows in memory; and how long one waits until what is computed of it is there. */
const LIMITS = { mostWaiting: 64, answerMillis: 60_000 }

export function writesTo(platform: Platform, limits = LIMITS): Writes {
  // Each is admitted beside what the ones before it said.
  const turn = inTurn()
  const specOf = (name: string): DatasetSpec | undefined => {
    const { datasets } = platform.folds.datasets.state()
    return Object.hasOwn(datasets, name) ? datasets[name]?.spec : undefined
  }
  const joinKeys = (dataset: string): readonly string[] =>
    Object.values(platform.folds.features.state().sets)
      .filter(({ spec }) => spec.dataset === dataset)
      .map(({ spec }) => spec.entity)

  const record = async (body: Json, spec: DatasetSpec, actor: string): Promise<void> => {
    const { mostWaiting: most, answerMillis } = limits
    if (turn.waiting() >= most) throw refuse('feast.too-many-writes', { most })
    const lines = linesOf(body, spec, joinKeys(spec.dataset))
    const late = AbortSignal.timeout(answerMillis)
    // Whoever is answered that it took too long is not surprised by rows that had not begun to arrive by then.
    const arrived = turn(async () => late.aborted || arriveRows(platform, { spec, lines, actor }))
    await Promise.race([arrived, once(late, 'abort')])
    if (late.aborted)
      throw refuse('feast.not-computed-yet', { dataset: spec.dataset, seconds: answerMillis / 1000 })
  }

  return {
    async push(body, actor) {
      assertKeys(body, ['push_source_name', 'to', ...HOW])
      const source = textIn(body, 'push_source_name')
      const { to = 'online' } = body
      if (to !== 'online' && to !== 'online_and_offline')
        throw malformed(
          `it is to go ${JSON.stringify(to)}: what arrives counts in research and live alike, so write online_and_offline`,
        )
      const spec = specOf(source)
      const known = Object.keys(platform.folds.datasets.state().datasets).join(', ') || 'none'
      if (spec === undefined) throw refuse('feast.unknown-source', { source, known })
      await record(body, spec, actor)
    },
    async write(body, actor) {
      assertKeys(body, ['feature_view_name', ...HOW])
      const view = textIn(body, 'feature_view_name')
      const spec = specOf(view)
      const { sets } = platform.folds.features.state()
      const found = Object.values(sets).filter((one) => one.spec.set === view)
      const isOfRows = (name: string) => spec?.columns.some((column) => column.name === name)
      const values = found.flatMap((one) => one.spec.features).filter(({ name }) => !isOfRows(name))
      // A data set of the same name takes rows, and not what is computed from them.
      const isComputed = isObject(body.df) && values.some(({ name }) => Object.hasOwn(body.df as Json, name))
      if (spec !== undefined && !isComputed) return record(body, spec, actor)
      if (found.length === 0)
        throw refuse('feast.unknown-view', { view, known: Object.keys(sets).join(', ') || 'none' })
      const datasets = [...new Set(found.flatMap((one) => datasetsOf(one.spec)))]
      throw refuse('feast.computed', { view, datasets: datasets.join(', ') })
    },
  }
}

type Sent = Readonly<{ spec: DatasetSpec; lines: Lines; actor: string }>

/** Records the rows as one arrival, and answers when what follows from it can be read. What had arrived already is no arrival. */
async function arriveRows(platform: Platform, { spec, lines, actor }: Sent): Promise<void> {
  const { folder, moment, log, lanes } = platform
  const upload = await takeUpload(folder, `${spec.dataset}.ndjson`, Readable.from([lines.text]))
  const { path, drop } = uploadIn(folder, upload)
  try {
    const receivedAt = moment.nowMicros()
    const id = randomUUID()
    const arrival = await readFile(path, { spec: lines.spec, receivedAt }, async (file) => {
      assertUsable(spec.dataset, lines.rows, file)
      await assertTimes(spec, file)
      const named = {
        dataset: spec.dataset,
        source: `Feast ${id}`,
        // The same rows sent again say the same, or take back what was said of them since.
        sourceHash: sha256(`${file.sourceHash} ${id}`),
      }
      return (await arrivalOf(platform, { named, spec }, file)).arrival
    })
    if (arrival.rows === 0) return
    const act = { actor, commandId: `feast:${spec.dataset}:${id}`, once: 'written' } as const
    await arrive(platform, arrival, act)
    await closeDueSessions(platform, spec.dataset, { actor, once: 'written' })
    await log.durable()
    await lanes.live()
  } finally {
    drop()
  }
}

/** Whoever sends rows is there to correct them: all of them count, or none. */
function assertUsable(dataset: string, rows: number, { rejects, rejected }: FileArrival): void {
  const [first] = rejects
  if (first === undefined) return
  const { line: row, reason, text } = first
  throw refuse('feast.rows-unusable', { dataset, rejected, rows, row, reason, text })
}

/** Where a data set has one event a day, at a time of day, an event at another time would be a second one of that day. */
async function assertTimes(
  { dataset, timeOfDay, timeZone }: DatasetSpec,
  { rows }: FileArrival,
): Promise<void> {
  if (timeOfDay === '') return
  const zone = zoneOf(timeZone)
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number)
  const micros = (hours * 60 + minutes) * 60_000_000
  for await (const { eventTime } of rows)
    for (const at of eventTime)
      if (((zone.local(at) % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY !== micros)
        throw refuse('feast.time-of-day', { dataset, at: formatMoment(at), timeOfDay, timeZone })
}
