/** What a person's own work rests on, by lineage: the runs and models that he began, and the training sets and features behind them. */
import { upFrom } from '../../projections/lineage/closure.ts'
import { type LineageState, lineage } from '../../projections/lineage/lineage.ts'
import { type Place, Places } from '../../projections/lineage/places.ts'
import type { Position } from '../../schemas/envelope.ts'
import { type EventDefinition, isEvent } from '../../schemas/event.ts'
import { RunStarted, TrainingSetFrozen, TrainingSetRequested } from '../../schemas/events/experiment.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { LoggedModelOpened, RunOpened } from '../../schemas/events/tracking.ts'
import { type Jewel, jewelOf } from '../../schemas/jewel.ts'
import type { LogReader } from '../../streams/log/port.ts'
import type { Platform } from '../platform.ts'

export type WorkingSet = Readonly<{
  items: readonly Jewel[]
  /** The log position that it was read at. */
  position: number
}>

const BEGUN: readonly EventDefinition[] = [
  RunStarted,
  TrainingSetRequested,
  SetDefined,
  RunOpened,
  LoggedModelOpened,
]

/** A run, its set, the request for that, and the features that it names. What a policy or an opened holdout leads to is others' work. */
const STEPS = 4

export async function workingSet(
  { log, views }: Pick<Platform, 'log' | 'views'>,
  subject: string,
): Promise<WorkingSet> {
  const position = await views.catchUp()
  return workingSetIn({ log, state: views.now(lineage), position }, subject)
}

type Known = Readonly<{ log: Pick<LogReader, 'readAll'>; state: LineageState; position: Position }>

/** The same of what lineage knew at a position. */
export async function workingSetIn({ log, state, position }: Known, subject: string): Promise<WorkingSet> {
  const places = new Places(state)
  const items = new Set<Jewel>()
  const seeds: Place[] = []
  // What a tracking client began a moment ago is his, though lineage is not that far yet.
  for await (const batch of log.readAll(1, { types: BEGUN.map(({ type }) => type) }))
    for (const event of batch) {
      if (event.actor !== subject) continue
      if (isEvent(RunOpened, event)) items.add(jewelOf('run', event.data.run))
      if (isEvent(LoggedModelOpened, event)) items.add(jewelOf('logged-model', event.data.loggedModel))
      const place = places.at(event.position)
      if (place !== null) seeds.push(place)
    }
  const add = (place: Place): void => {
    const type = places.typeOf(place.key)
    if (type === SetDefined.type) items.add(jewelOf('features', places.nameOf(place.key)))
    if (type === TrainingSetFrozen.type) items.add(jewelOf('training-set', places.nameOf(place.key)))
  }
  for (const seed of seeds) add(seed)
  for (const { place } of upFrom(places, seeds, { depth: STEPS }).steps()) add(place)
  return { items: [...items].sort(), position }
}
