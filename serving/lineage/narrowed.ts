/** An event that is asked about in part: some rows of an arrival, some cells of the values of a day. */
import { type Place, Places } from '../../projections/lineage/places.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Ground } from './ground.ts'
import type { Told } from './rows.ts'

/** The events that told some rows, each once. */
export const placesOf = (told: readonly Told[]): readonly Place[] => [
  ...new Map(told.map(({ place, position }) => [position, place])).values(),
]

/** The projection as it would be had each of these events told these rows of a data set, or cells, and no others. */
export async function onlyThese(
  ground: Ground,
  { kind, dataset }: Readonly<{ kind: 'row' | 'cell'; dataset?: string }>,
  told: readonly Told[],
): Promise<Places> {
  const sessions = kind === 'row' && dataset !== undefined ? await ground.sessionsOf(dataset) : null
  const changed = { ...ground.state.series }
  for (const { place, from, to, knownAt } of hullsOf(told)) {
    const [firstSession = Number.NaN, lastSession = Number.NaN] = [sessions?.find(from), sessions?.find(to)]
    const within = Number.isNaN(firstSession + lastSession) ? {} : { firstSession, lastSession }
    const columns = { eventFrom: from, eventTo: to, knownFrom: knownAt, ...within }
    const before = changed[place.key]
    const after = { ...before }
    for (const [name, value] of Object.entries(columns))
      if (before[name] !== undefined) after[name] = before[name].with(place.index, value)
    changed[place.key] = after
  }
  return new Places({ series: changed, facts: ground.state.facts })
}

type Hull = { place: Place; from: Micros; to: Micros; knownAt: Micros }

/** For each event the event times that its rows lie between, and the first moment at which one was known. */
function hullsOf(told: readonly Told[]): readonly Hull[] {
  const found = new Map<Position, Hull>()
  for (const { position, place, eventTime, knownAt } of told) {
    const before = found.get(position) ?? { place, from: eventTime, to: eventTime, knownAt }
    found.set(position, {
      place,
      from: Math.min(before.from, eventTime),
      to: Math.max(before.to, eventTime),
      knownAt: Math.min(before.knownAt, knownAt),
    })
  }
  return [...found.values()]
}
