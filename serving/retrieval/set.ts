/** A feature set as the log had it: its definition, the tables of its values, and the data set that it is computed from. */
import { datasets } from '../../projections/data/datasets.ts'
import { type FeatureSetView, features } from '../../projections/feature/features.ts'
import { foldTo, type Moment } from '../../projections/runner.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { joinRows } from '../../schemas/rows.ts'
import { getRows } from '../../streams/log/tables.ts'
import type { Archive } from '../archive.ts'
import type { TableOfValues } from './windows.ts'

export type Readable = Pick<Archive, 'log' | 'chunks' | 'states' | 'confirmed'>

export type SetAsOf = Readonly<{
  /** `name@version` */
  key: string
  spec: FeatureSetSpec
  tables: readonly TableOfValues[]
  /** Up to where the log was read. */
  position: Position
  /** What became known later is hidden. */
  knownBy: Micros
}>

/**
 * @param text `name@version`, or a name: its newest version
 * @throws Refusal `feature.unknown-set`, `retrieval.not-yet-defined`
 */
export async function setAsOf(archive: Readable, text: string, moment: Moment): Promise<SetAsOf> {
  const { log, states } = archive
  const confirmed = await archive.confirmed()
  const { knownAt = Number.POSITIVE_INFINITY, ...cut } = moment
  const { state, position } = await foldTo(log, states, features, { ...cut, confirmed })
  const key = keyOf(state.sets, text)
  if (key === null) {
    const later = moment.position === undefined ? null : await foldTo(log, states, features, { confirmed })
    const known = later === null ? null : keyOf(later.state.sets, text)
    if (known === null) throw refuse('feature.unknown-set', { set: text })
    throw refuse('retrieval.not-yet-defined', {
      set: known,
      asked: position,
      defined: await definedAt(archive, known),
    })
  }
  const { spec, computed } = state.sets[key]
  const tables = computed.flatMap(({ position, knownFrom, chunks }) =>
    chunks.map((ref) => ({ position, knownFrom, ref })),
  )
  return { key, spec, tables, position, knownBy: knownAt }
}

function keyOf(sets: Readonly<Record<string, FeatureSetView>>, text: string): string | null {
  if (Object.hasOwn(sets, text)) return text
  const versions = Object.values(sets).flatMap(({ spec }) => (spec.set === text ? [spec.version] : []))
  return versions.length === 0 ? null : `${text}@${Math.max(...versions)}`
}

async function definedAt({ log }: Readable, key: string): Promise<Position> {
  for await (const batch of log.readAll(1, { types: ['feature.SetDefined'] }))
    for (const { data, position } of batch) {
      const { set, version } = data as FeatureSetSpec
      if (`${set}@${version}` === key) return position
    }
  return 0
}

export type DatasetAsOf = Readonly<{
  spec: DatasetSpec
  /** Each arrival whole, in log order. */
  facts: () => Promise<readonly Rows[]>
}>

/** @throws Refusal `data.unknown-dataset` */
export async function datasetAsOf(
  archive: Readable,
  dataset: string,
  position: Position,
): Promise<DatasetAsOf> {
  const moment = { position, confirmed: await archive.confirmed() }
  const { state } = await foldTo(archive.log, archive.states, datasets, moment)
  const view = state.datasets[dataset]
  if (view === undefined) throw refuse('data.unknown-dataset', { dataset })
  const facts = async () => {
    const arrivals: Rows[] = []
    for (const { chunks } of view.arrivals) {
      const tables: Rows[] = []
      for (const ref of chunks) tables.push(await getRows(archive.chunks, ref))
      if (tables.length > 0) arrivals.push(joinRows(tables))
    }
    return arrivals
  }
  return { spec: view.spec, facts }
}
