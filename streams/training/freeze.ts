/** Freezes training sets: features as they were known at each decision, beside the labels that came of them. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import {
  TrainingSetFrozen,
  TrainingSetRequested,
  type TrainingSetSpec,
} from '../../schemas/events/experiment.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { joinRows, type Rows } from '../../schemas/rows.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { getRows, putRows } from '../log/tables.ts'
import type { Processor, Reaction } from '../processor.ts'
import { type Label, Labels } from './labels.ts'
import { LABEL, LABEL_FROM, LABEL_TO } from './sample.ts'

/** Feature values as they were known: handed in when this is wired. */
export interface FeatureHistory {
  /**
   * One row for each entity and each moment `from <= knownAt < to` at which a new row of it became known: the latest values
   * as of that moment, which is the row's `knownAt`.
   */
  asKnown(set: { name: string; version: number }, range: { from: Micros; to: Micros }): Rows
}

export const trainingSetStream = (name: string): string => `training-${name}`

export function freezeProcessor(
  parts: Readonly<{ chunks: ChunkStore; features: FeatureHistory }>,
): Processor {
  const { chunks, features } = parts
  /** The tables of each arrival, by data set, in log order. */
  const arrived = new Map<string, (readonly ChunkRef[])[]>()
  /** The labels that were made last: a sweep over features asks for the same ones again. */
  let held: { key: string; labels: Labels } | null = null

  const remember = (event: Recorded): void => {
    if (!isEvent(RowsArrived, event)) return
    if (event.chunks.length === 0) return
    const arrivals = arrived.get(event.data.dataset) ?? []
    arrivals.push(event.chunks)
    arrived.set(event.data.dataset, arrivals)
  }

  const labelsOf = async ({ label, to }: TrainingSetSpec): Promise<Labels> => {
    const arrivals = arrived.get(label.dataset) ?? []
    const key = JSON.stringify([label, to, arrivals.length])
    if (held?.key !== key) {
      const facts: Rows[] = []
      for (const refs of arrivals) {
        const tables: Rows[] = []
        for (const ref of refs) tables.push(await getRows(chunks, ref))
        facts.push(joinRows(tables))
      }
      held = { key, labels: new Labels(label, facts, to) }
    }
    return held.labels
  }

  return {
    name: 'freeze',
    handles: [RowsArrived.type, TrainingSetRequested.type],
    async absorb(event) {
      remember(event)
    },
    async react(event): Promise<readonly Reaction[]> {
      remember(event)
      if (!isEvent(TrainingSetRequested, event)) return []
      const spec = event.data
      const known = features.asKnown({ name: spec.featureSet, version: spec.featureVersion }, spec)
      const { rows, dropped } = joined(known, await labelsOf(spec))
      const chunk = await putRows(chunks, rows)
      const data = {
        trainingSet: spec.trainingSet,
        readAt: event.position,
        rows: rows.length,
        features: known.columns.map((column) => column.name),
        contentHash: chunk.hash,
        dropped,
      }
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      return [
        {
          stream: trainingSetStream(spec.trainingSet),
          events: [TrainingSetFrozen.draft(data, times, [chunk])],
        },
      ]
    },
  }
}

/** Keeps the rows whose features are all there and whose label is known; counts the others by reason. */
function joined(known: Rows, labels: Labels) {
  const kept: number[] = []
  const found: Label[] = []
  let [withoutFeature, withoutLabel] = [0, 0]
  for (let row = 0; row < known.length; row++) {
    const label = labels.of(known.entities[known.entity[row]], known.eventTime[row])
    if (known.columns.some(({ values }) => Number.isNaN(values[row]))) withoutFeature++
    else if (label === undefined) withoutLabel++
    else {
      kept.push(row)
      found.push(label)
    }
  }
  const column = (name: string, of: (label: Label) => number) => ({
    name,
    values: Float64Array.from(found, of),
  })
  const take = (values: Float64Array) => Float64Array.from(kept, (row) => values[row])
  const rows: Rows = {
    length: kept.length,
    entities: known.entities,
    entity: Uint32Array.from(kept, (row) => known.entity[row]),
    eventTime: take(known.eventTime),
    knownAt: take(known.knownAt),
    columns: [
      ...known.columns.map(({ name, values }) => ({ name, values: take(values) })),
      column(LABEL, (label) => label.value),
      column(LABEL_FROM, (label) => label.from),
      column(LABEL_TO, (label) => label.to),
    ],
  }
  const dropped = [
    { reason: 'a feature is missing', rows: withoutFeature },
    { reason: 'the label is not known', rows: withoutLabel },
  ].filter((one) => one.rows > 0)
  return { rows, dropped }
}
