/** Feature sets: what each feature means, what of it there is for each entity, and whether a model's monitor finds it drifted. */
import { drift } from '../../../projections/drift/drift.ts'
import { type FeatureSetView, features } from '../../../projections/feature/features.ts'
import type { PointInTime } from '../../../projections/feature/point-in-time.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import { indexBetween } from '../../feature-past.ts'
import { latestKnown } from '../../views.ts'
import type { Past } from '../past.ts'

export async function featuresPage({ view }: Past) {
  const { sets } = await view(features)
  return {
    sets: Object.entries(sets).map(([set, { spec, rows, computed }]) => ({
      set,
      ...{ dataset: spec.dataset, entity: spec.entity, features: spec.features.length, hash: spec.hash },
      ...{ rows, computed: computed.length, latest: latestOf(computed) },
    })),
  }
}

const latestOf = (computed: FeatureSetView['computed']) => {
  const last = computed.at(-1)
  return last === undefined ? null : { position: last.position, knownTo: latestKnown(computed) }
}

/** A set at the moment, or as of its newest value where the moment is now. Null for a set that was not there. */
export async function featureSetPage({ at, source, view }: Past, { name }: Readonly<{ name: string }>) {
  const [{ sets }, drifts] = await Promise.all([view(features), view(drift)])
  if (!Object.hasOwn(sets, name)) return null
  const set = sets[name]
  const moment = at.knownAt ?? latestKnown(set.computed)
  const told = set.computed.map(({ chunks: refs, ...one }) => ({ ...one, refs }))
  const of = { features: set.spec.features.map((one) => one.name), stalenessMicros: set.spec.stalenessMicros }
  const index = await indexBetween(source.chunks, of, { told, from: moment, to: moment })
  const entities = index.entities().map((entity) => rowOf(index, entity, moment))
  const measured = Object.entries(drifts.models).map(
    ([model, { features: found, unjudged, driftedSince }]) => ({
      ...{ model, features: found, unjudged, driftedSince },
    }),
  )
  const { spec, rows, computed } = set
  return {
    set: name,
    ...{ spec, rows, computed: computed.length, latest: latestOf(computed), asOf: moment },
    coverage: spec.features.map(({ name: feature }, place) => ({
      feature,
      present: entities.filter((one) => one.status === 'PRESENT' && one.values[place] !== null).length,
      of: entities.length,
    })),
    entities,
    drift: measured.filter(({ features: found, unjudged }) =>
      [...found, ...unjudged].some((one) => spec.features.some(({ name: own }) => own === one.feature)),
    ),
  }
}

/** A value that may not be used is null; `why` tells of the first of them. */
function rowOf(index: PointInTime, entity: string, moment: Micros) {
  const found = index.asOf(entity, moment)
  const isThere = found.status === 'PRESENT'
  const values = index.features.map((name) => {
    const value = isThere ? found.value(name) : Number.NaN
    return Number.isNaN(value) ? null : value
  })
  const { status, eventTime, knownAt, position } = found
  return { entity, status, values, ...(isThere ? { eventTime, knownAt, position } : NOWHERE) }
}

const NOWHERE = { eventTime: null, knownAt: null, position: null }
