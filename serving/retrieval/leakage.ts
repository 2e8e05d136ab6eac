/**
 * `asof features leakage`: the training set of a run as it was known at each decision, and the same as it is known today by event time
 * alone. What a run would have seemed to be worth with the second is what looking ahead is worth.
 */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'
import { contentHashOf, readFrozen } from '../../streams/training/frozen.ts'
import { SESSION } from '../../streams/training/sample.ts'
import { trainerHere } from '../../streams/training/trainer.ts'
import { asKnownToday } from './as-known-today.ts'
import { frozenSetOf } from './frozen.ts'
import { datasetAsOf, type Readable, setAsOf } from './set.ts'

/** Of one feature: cells that have another value today, that have one today alone, and that had one then alone. */
export type LeakingFeature = Readonly<{
  feature: string
  cells: number
  changed: number
  onlyToday: number
  onlyThen: number
}>

export type Leakage = Readonly<{
  trainingSet: string
  run: string | null
  rows: number
  cells: number
  /** Cells that differ, of all. */
  differing: number
  features: readonly LeakingFeature[]
  /** What the run came to, held out: as known then, and as known today. Empty for a training set. */
  metrics: readonly Readonly<{ metric: string; known: number | null; today: number | null }>[]
}>

/**
 * @param name of a run, or of a training set
 * @throws Refusal `retrieval.no-frozen-set`, and of what cannot be trained
 */
export async function leakageOf(archive: Readable, name: string): Promise<Leakage> {
  const { chunks } = archive
  const { trainingSet, run, spec, frozen } = await frozenSetOf(archive, name)
  const then = await readFrozen(chunks, frozen.chunks)
  const set = await setAsOf(archive, `${spec.featureSet}@${spec.featureVersion}`, {})
  const tables: Rows[] = []
  for (const { ref } of set.tables) tables.push(await getRows(chunks, ref))
  const of = { features: frozen.features, stalenessMicros: set.spec.stalenessMicros }
  const index = asKnownToday(of, tables, Number.POSITIVE_INFINITY)
  const { find } = datasetSessions((await datasetAsOf(archive, spec.label.dataset, set.position)).spec)
  const { row } = index.join({ ...then, moment: then.knownAt })
  const { eventTime } = index.times(row)
  const session = columnOf(then, SESSION) ?? new Float64Array()
  const isNew = Uint8Array.from(row, (_, i) => (find(eventTime[i]) === session[i] ? 1 : 0))
  const columns = then.columns.map((column) => {
    if (!frozen.features.includes(column.name)) return column
    const values = index.gather(column.name, row)
    return { ...column, values: values.map((value, i) => (isNew[i] === 1 ? value : Number.NaN)) }
  })
  const features = frozen.features.map((feature) =>
    comparedOf(
      feature,
      columnOf(then, feature) ?? new Float64Array(),
      columnOf({ ...then, columns }, feature) ?? new Float64Array(),
    ),
  )
  return {
    ...{ trainingSet, run: run === undefined ? null : name, rows: then.length, features },
    cells: features.reduce((sum, { cells }) => sum + cells, 0),
    differing: features.reduce((sum, one) => sum + one.changed + one.onlyToday + one.onlyThen, 0),
    metrics: run === undefined ? [] : await metricsOf(run.spec, then, { ...then, columns }),
  }
}

function comparedOf(feature: string, then: Float64Array, today: Float64Array): LeakingFeature {
  let [changed, onlyToday, onlyThen] = [0, 0, 0]
  for (const [row, value] of then.entries()) {
    const other = today[row]
    if (Object.is(value, other)) continue
    if (Number.isNaN(value)) onlyToday++
    else if (Number.isNaN(other)) onlyThen++
    else changed++
  }
  return { feature, cells: then.length, changed, onlyToday, onlyThen }
}

/** Both are trained here and now, and nothing of it is recorded: it is no trial, and cannot become a model. */
async function metricsOf(spec: RunSpec, then: Rows, today: Rows): Promise<Leakage['metrics']> {
  const chunks = openChunkMemory()
  const trainer = trainerHere(chunks)
  const trained = async (rows: Rows) => {
    const set = [await putRows(chunks, rows)]
    const { metrics } = await trainer.train({ ...spec, trainingSetHash: contentHashOf(set) }, set)
    return new Map(metrics.map(({ name, value }) => [name, value]))
  }
  const [one, other] = [await trained(then), await trained(today)]
  return [...new Set([...one.keys(), ...other.keys()])].map((metric) => ({
    metric,
    known: one.get(metric) ?? null,
    today: other.get(metric) ?? null,
  }))
}
