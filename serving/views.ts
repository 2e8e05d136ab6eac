/** What a view answers: its state at a moment, and for features the values themselves as they were known then. */

import type { FeaturesState } from '../projections/feature/features.ts'
import type { PointInTime } from '../projections/feature/point-in-time.ts'
import type { Projection } from '../projections/projection.ts'
import { foldTo, type Moment } from '../projections/runner.ts'
import { digestOf } from '../schemas/kernel/canonical.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import type { Archive } from './archive.ts'
import { VIEWS } from './wire/views.ts'

type Readable = Pick<Archive, 'log' | 'chunks' | 'states' | 'confirmed'>

type Answer = Readonly<{ view: string; position: number; digest: string; state: unknown }>

export const viewNames = (): string[] => VIEWS.map((view) => view.name)

/** @throws Refusal `view.unknown` */
export async function answer(archive: Readable, name: string, asked: Moment): Promise<Answer> {
  const moment = { ...asked, confirmed: await archive.confirmed() }
  const projection = VIEWS.find((view) => view.name === name)
  if (projection === undefined) throw refuse('view.unknown', { view: name, views: viewNames().join(', ') })
  if (name === 'features') return featureValues(archive, projection as Projection<FeaturesState>, moment)
  const { state, position, digest } = await foldTo(archive.log, archive.states, projection, moment)
  return { view: name, position, digest, state }
}

/**
 * Each set's values by entity, with when each is about, when it became known, and why it is missing where it is. One event
 * holds many rows, each with its own `knownAt`, so the cut at what was known goes through the rows and not the events: a
 * set that is defined today answers for 2008 from what was known in 2008.
 */
async function featureValues(
  archive: Readable,
  projection: Projection<FeaturesState>,
  { knownAt, ...cut }: Moment,
): Promise<Answer> {
  const { state, position } = await foldTo(archive.log, archive.states, projection, cut)
  const sets: Record<string, unknown> = {}
  for (const [name, view] of Object.entries(state.sets)) {
    const at = knownAt ?? latestKnown(view.computed)
    const told = view.computed.map(({ chunks: refs, ...one }) => ({ ...one, refs }))
    const { hash, dataset, features, stalenessMicros } = view.spec
    const of = { features: features.map((one) => one.name), stalenessMicros }
    const { indexBetween } = await import('./feature-past.ts')
    const index = await indexBetween(archive.chunks, of, { told, from: at, to: at })
    const entities = Object.fromEntries(
      index.entities().map((entity) => [entity, valuesOf(index, entity, at)]),
    )
    sets[name] = { hash, dataset, features: features.map((one) => one.name), asOf: at, entities }
  }
  // Of what is answered: the fold up to the position is the same for every moment.
  return { view: 'features', position, digest: digestOf({ sets }), state: { sets } }
}

/** Not spread into `Math.max`: a set has as many computations as its data had arrivals, and a call takes 120,000 arguments. */
export const latestKnown = (computed: readonly Readonly<{ knownTo: Micros }>[]): Micros =>
  computed.reduce((latest, { knownTo }) => Math.max(latest, knownTo), 0)

function valuesOf(index: PointInTime, entity: string, at: Micros) {
  const found = index.asOf(entity, at)
  const { status, eventTime, knownAt, position } = found
  if (status !== 'PRESENT') return { status }
  const values = Object.fromEntries(
    index.features.map((name) => {
      const value = found.value(name)
      return [name, Number.isNaN(value) ? found.statusOf(name) : value]
    }),
  )
  return { status, eventTime, knownAt, position, values }
}
