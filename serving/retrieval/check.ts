/** `asof features check`: what was told, frozen and served of features, against the same computed again from the arrivals, bit by bit. */
import { datasets } from '../../projections/data/datasets.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import { registry } from '../../projections/model/registry.ts'
import { foldTo } from '../../projections/runner.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { TrainingSetFrozen } from '../../schemas/events/experiment.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'
import { isForeign } from '../../schemas/reaction.ts'
import { columnOf } from '../../schemas/rows.ts'
import { type DatasetSessions, datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { getRows } from '../../streams/log/tables.ts'
import { SESSION } from '../../streams/training/sample.ts'
import { type Recomputed, Recomputing } from './recompute.ts'
import type { Readable } from './set.ts'

/** What values were handed out as. */
export type Handed = 'values' | 'training sets' | 'served online'

export type Checked = Readonly<{
  set: string
  handed: Handed
  /** Where they were handed out: how many training sets, answers, or rows of values. */
  times: number
  cells: number
  differing: number
  /** The first that differ. */
  examples: readonly Difference[]
}>

export type Difference = Readonly<{
  feature: string
  entity: string
  at: Micros
  /** The event that handed it out. */
  position: Position
  handed: number | null
  again: number | null
}>

const SHOWN = 5

type Tally = { times: number; cells: number; differing: number; examples: Difference[] }

/** Cells that were handed out at a position, as the log was up to `readAt`. */
type Ask = Readonly<{
  readAt: Position
  set: string
  compare: (of: Recomputed, tally: Tally) => Promise<void>
  handed: Handed
}>

/**
 * @param wanted one set, `name@version`; all of them where it is null
 * @throws Refusal `feature.unknown-set`
 */
export async function checkServed(
  archive: Readable,
  wanted: string | null,
  onProgress: (position: Position, of: Position) => void = () => {},
): Promise<readonly Checked[]> {
  const { log, chunks } = archive
  const end = Math.min(await archive.confirmed(), (await log.head()).position)
  const asks = (await asksIn(archive, end)).sort((a, b) => a.readAt - b.readAt)
  const recomputing = new Recomputing(chunks, (set) => wanted === null || set === wanted)
  const tallies = new Map<string, Tally>()
  const tallyOf = (set: string, handed: Handed): Tally => {
    const key = `${set} ${handed}`
    const tally = tallies.get(key) ?? { times: 0, cells: 0, differing: 0, examples: [] }
    tallies.set(key, tally)
    return tally
  }
  let next = 0
  const answerUpTo = async (position: Position): Promise<void> => {
    for (; next < asks.length && asks[next].readAt < position; next++) {
      const { set, handed, compare } = asks[next]
      const own = recomputing.sets.get(set)
      if (own !== undefined) await compare(own, tallyOf(set, handed))
    }
  }
  for await (const batch of log.readAll(1, { types: Recomputing.handles, positionAtMost: end })) {
    for (const event of batch) {
      if (isForeign(event)) continue
      await answerUpTo(event.position)
      await recomputing.take(event)
    }
    onProgress(batch.at(-1)?.position ?? end, end)
  }
  await answerUpTo(Number.POSITIVE_INFINITY)
  if (wanted !== null && !recomputing.sets.has(wanted)) throw refuse('feature.unknown-set', { set: wanted })
  for (const [set, own] of recomputing.sets) compareTold(own, tallyOf(set, 'values'))
  return [...recomputing.sets.keys()].flatMap((set) =>
    (['values', 'training sets', 'served online'] as const).flatMap((handed) => {
      const tally = tallies.get(`${set} ${handed}`)
      return tally === undefined ? [] : [{ set, handed, ...tally }]
    }),
  )
}

async function asksIn(archive: Readable, end: Position): Promise<Ask[]> {
  const { log, states } = archive
  const { state: trials } = await foldTo(log, states, experiments, { position: end })
  const { state: models } = await foldTo(log, states, registry, { position: end })
  const { state: declared } = await foldTo(log, states, datasets, { position: end })
  const asks: Ask[] = []
  const types = [TrainingSetFrozen.type, PredictionServed.type]
  for await (const batch of log.readAll(1, { types, positionAtMost: end }))
    for (const event of batch) {
      if (isEvent(TrainingSetFrozen, event) && !isForeign(event)) {
        const spec = trials.trainingSets[event.data.trainingSet]?.spec
        const market = declared.datasets[spec?.label.dataset ?? '']?.spec
        if (spec === undefined || market === undefined) continue
        const set = `${spec.featureSet}@${spec.featureVersion}`
        const compare = frozenCells(archive, event, datasetSessions(market))
        asks.push({ readAt: event.data.readAt, set, handed: 'training sets', compare })
      }
      if (!isEvent(PredictionServed, event) || event.data.online === null) continue
      const { model, artifact, online, inputs, columns } = event.data
      const run = models.models[model]?.reports[artifact]?.run
      const features = (run === undefined ? undefined : trials.runs[run]?.spec.features) ?? []
      const { featureSet, featureVersion, readAt, moment, entities } = online
      const compare = async ({ again }: Recomputed, tally: Tally): Promise<void> => {
        tally.times++
        for (const [row, entity] of entities.entries())
          for (const [column, feature] of features.entries()) {
            const value = again.asOf(entity, moment).value(feature)
            const cell = { feature, entity, at: moment, position: event.position }
            tell(tally, cell, [inputs[row * columns + column], value])
          }
      }
      asks.push({ readAt, set: `${featureSet}@${featureVersion}`, handed: 'served online', compare })
    }
  return asks
}

/** A frozen set has a feature where the newest row known at the decision is of the session that is decided. */
function frozenCells(
  { chunks }: Readable,
  { data, position, chunks: refs }: Recorded,
  { find }: DatasetSessions,
): Ask['compare'] {
  const { features } = data as { features: readonly string[] }
  return async ({ again }, tally) => {
    tally.times++
    for (const ref of refs) {
      const rows = await getRows(chunks, ref)
      const { row: found } = again.join({ ...rows, moment: rows.knownAt })
      const { eventTime } = again.times(found)
      const session = columnOf(rows, SESSION)
      for (const feature of features) {
        const [told, values] = [columnOf(rows, feature), again.gather(feature, found)]
        for (let row = 0; row < rows.length; row++) {
          const isNew = find(eventTime[row]) === session?.[row]
          const cell = { feature, entity: rows.entities[rows.entity[row]], at: rows.knownAt[row], position }
          tell(tally, cell, [told?.[row] ?? Number.NaN, isNew ? values[row] : Number.NaN])
        }
      }
    }
  }
}

/** What counts of each entity from moment to moment, as it was told and as it follows. */
function compareTold({ spec, again, told }: Recomputed, tally: Tally): void {
  const names = new Set([...again.entities(), ...told.entities()])
  const moment = Number.NEGATIVE_INFINITY
  for (const entity of names) {
    const rows = [...again.told(entity, moment), ...told.told(entity, moment)]
    for (const at of new Set(rows.map(({ knownAt }) => knownAt))) {
      tally.times++
      const [one, other] = [told.asOf(entity, at), again.asOf(entity, at)]
      for (const { name: feature } of spec.features) {
        const cell = { feature, entity, at, position: one.position }
        const values: [number, number] = [one.value(feature), other.value(feature)]
        tell(tally, cell, values)
        // Two rows of one value that are about different times are not the same.
        if (Object.is(values[0], values[1]) && !Object.is(one.eventTime, other.eventTime)) tally.differing++
      }
    }
  }
}

const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value)

function tell(
  tally: Tally,
  cell: Omit<Difference, 'handed' | 'again'>,
  [handed, again]: readonly [number, number],
): void {
  tally.cells++
  if (Object.is(handed, again)) return
  tally.differing++
  if (tally.examples.length < SHOWN)
    tally.examples.push({ ...cell, handed: numberOrNull(handed), again: numberOrNull(again) })
}

export const differenceText = ({ feature, entity, at, position, handed, again }: Difference): string =>
  `${feature} of ${entity} at ${formatMoment(at)}: event ${position} says ${handed ?? 'missing'}, from the arrivals it is ${again ?? 'missing'}`
