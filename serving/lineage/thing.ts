/** Finds the thing that a person names: an event by its position, its name or its hash, a row, a cell, or an order. */
import { nounOf } from '../../projections/lineage/kinds.ts'
import { nameOf, type Place, typeOf } from '../../projections/lineage/places.ts'
import { sessionOfDate } from '../../schemas/calendar.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Signed } from '../../schemas/events/approval.ts'
import { RowsArrived, SessionClosed } from '../../schemas/events/data.ts'
import {
  RunFailed,
  RunFinished,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
} from '../../schemas/events/experiment.ts'
import { type FeatureSetSpec, SetDefined } from '../../schemas/events/feature.ts'
import { GateReported, Promoted, ValidationRequested } from '../../schemas/events/model.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import { isForeign, isUnconfirmed, speakerOf } from '../../schemas/reaction.ts'
import type { Ground } from './ground.ts'
import { type OrderThing, orderOf } from './order.ts'
import { arrivalsOf, type Told, toldOf, valuesOf } from './rows.ts'

export type Thing =
  | Readonly<{ kind: 'event'; name: string; places: readonly Place[] }>
  | Readonly<{ kind: 'row'; name: string; dataset: string; entity: string; told: readonly Told[] }>
  | Readonly<{
      kind: 'cell'
      name: string
      spec: FeatureSetSpec
      feature: string
      entity: string
      told: readonly Told[]
    }>
  | OrderThing

type Find = (ground: Ground, text: string) => Promise<readonly Thing[]>

/** @throws Refusal `lineage.unknown`, `lineage.ambiguous`, `lineage.not-sound`, `lineage.other-log`, `lineage.no-order`, `moment.beyond-head` */
export async function thingOf(ground: Ground, text: string): Promise<Thing> {
  const [, kind = '', rest = text] = /^([a-z]+):(.*)$/s.exec(text) ?? []
  const asked = Object.hasOwn(FINDERS, kind)
    ? { kinds: [kind], rest }
    : { kinds: Object.keys(FINDERS), rest: text }
  const found: { kind: string; thing: Thing }[] = []
  for (const one of asked.kinds)
    for (const thing of await FINDERS[one](ground, asked.rest)) found.push({ kind: one, thing })
  const [only, ...others] = found
  if (only === undefined)
    throw refuse('lineage.unknown', { thing: text, looked: `no ${asked.kinds.join(', ')} has that name` })
  if (others.length > 0)
    throw refuse('lineage.ambiguous', {
      thing: text,
      candidates: found
        .map(({ kind: of, thing }) => candidate(ground, of, thing, asked.rest))
        .slice(0, 12)
        .join(', '),
    })
  return only.thing
}

/** How it is written so that it is the only one: by its kind where that tells them apart, by its position where it does not. */
function candidate({ places }: Ground, kind: string, thing: Thing, text: string): string {
  if (thing.kind !== 'event') return `${kind}:${text === thing.name ? text : thing.name}`
  return `event:${thing.places.map((place) => places.positionOf(place)).join('+')}`
}

const FINDERS: Readonly<Record<string, Find>> = {
  event: async (ground, text) => (/^\d{1,15}$/.test(text) ? [await eventAt(ground, Number(text))] : []),
  order: async (ground, text) => {
    const order = await orderOf(ground, text)
    return order === null ? [] : [order]
  },
  row: async (ground, text) => {
    const [dataset, entity, time] = threeParts(text)
    if (time === '' || ground.places.countBefore(arrivalsOf(dataset), Infinity) === 0) return []
    return rowsAt(ground, { of: dataset, entity, time }, arrivalsOf(dataset), (name, told) => ({
      ...{ kind: 'row', name, dataset, entity, told },
    }))
  },
  cell: async (ground, text) => {
    const [feature, entity, time] = threeParts(text)
    if (time === '') return []
    const cells: Thing[] = []
    for await (const event of ground.ofType([SetDefined.type])) {
      if (!isEvent(SetDefined, event)) continue
      const spec = event.data
      const set = `${spec.set}@${spec.version}`
      const wanted = feature.startsWith(`${set}:`) ? feature.slice(set.length + 1) : feature
      if (!spec.features.some(({ name }) => name === wanted)) continue
      const found = await rowsAt(
        ground,
        { of: `${set}:${wanted}`, entity, time },
        valuesOf(set),
        (name, told) => ({
          ...{ kind: 'cell', name, spec, feature: wanted, entity },
          told: told.map((one) => ({ ...one, values: { [wanted]: one.values[wanted] } })),
        }),
      )
      cells.push(...found)
    }
    return cells
  },
  set: async (ground, text) =>
    named(ground, text, [TrainingSetFrozen.type, TrainingSetRequested.type], 'hash'),
  run: async (ground, text) => {
    const ended = named(ground, text, [RunFinished.type, RunFailed.type, RunStarted.type], 'artifact')
    return ended.map((thing) =>
      thing.kind !== 'event'
        ? thing
        : { ...thing, places: [...thing.places, ...startOf(ground, thing.places[0])] },
    )
  },
  model: async (ground, text) =>
    named(ground, text, [Promoted.type, GateReported.type, ValidationRequested.type], null),
  report: async (ground, text) => (isHash(text) ? having(ground, text, [GateReported.type], 'report') : []),
  features: async (ground, text) => named(ground, text, [SetDefined.type], null),
  approval: async ({ places }, text) => {
    const at = text.lastIndexOf('/')
    if (at < 0) return []
    const [model, member] = [text.slice(0, at), text.slice(at + 1)]
    const key = `${Signed.type} ${model}`
    return places
      .series(key)
      .position.map((position, index) => ({ index, member: places.facts(position).member }))
      .filter((one) => one.member === member)
      .map(({ index }) => eventThing(text, [{ key, index }]))
  },
  session: async (ground, text) => onDate(ground, text, SessionClosed.type),
  prediction: async (ground, text) => onDate(ground, text, PredictionMade.type),
  arrival: async (ground, text) => {
    const found: Thing[] = []
    if (!/[./ ]/.test(text) && !isHash(text)) return found
    for await (const event of ground.ofType([RowsArrived.type])) {
      const place = ground.places.at(event.position)
      if (place === null || !isEvent(RowsArrived, event)) continue
      const { source, sourceHash } = event.data
      if (source === text || (isHash(text) && sourceHash.startsWith(text)))
        found.push(eventThing(source, [place]))
    }
    return found
  },
}

const eventThing = (name: string, places: readonly Place[]): Thing => ({ kind: 'event', name, places })

/** At least 8 digits of a SHA-256. */
const isHash = (text: string): boolean => /^[0-9a-f]{8,64}$/.test(text)

/** The last event of the first of these types that has any of that name, or whose fact begins with that hash. */
function named(
  ground: Ground,
  text: string,
  types: readonly string[],
  fact: string | null,
): readonly Thing[] {
  for (const type of types) {
    const key = `${type} ${text}`
    const count = ground.places.series(key).position.length
    if (count > 0) return [eventThing(text, [{ key, index: count - 1 }])]
  }
  return fact !== null && isHash(text) ? having(ground, text, types, fact) : []
}

function having({ places }: Ground, hash: string, types: readonly string[], fact: string): readonly Thing[] {
  return types.flatMap((type) =>
    places.keysOf(type).flatMap((key) =>
      places.series(key).position.flatMap((position, index) => {
        const value = places.facts(position)[fact]
        return typeof value === 'string' && value.startsWith(hash)
          ? [eventThing(value, [{ key, index }])]
          : []
      }),
    ),
  )
}

function startOf({ places }: Ground, place: Place): readonly Place[] {
  const start = places.at(places.series(place.key).cause[place.index])
  return typeOf(place.key) === RunStarted.type || start === null ? [] : [start]
}

function onDate({ places }: Ground, text: string, type: string): readonly Thing[] {
  const at = text.lastIndexOf('/')
  if (at < 0 || !/^\d{4}-\d{2}-\d{2}$/.test(text.slice(at + 1))) return []
  const session = sessionOfDate(text.slice(at + 1))
  const key = `${type} ${text.slice(0, at)}`
  return (places.series(key).session ?? []).flatMap((one, index) =>
    one === session ? [eventThing(text, [{ key, index }])] : [],
  )
}

/** Whatever stands between the first slash and the last is the entity. */
function threeParts(text: string): readonly [string, string, string] {
  const [first, last] = [text.indexOf('/'), text.lastIndexOf('/')]
  if (first < 0 || first === last) return [text, '', '']
  return [text.slice(0, first), text.slice(first + 1, last), text.slice(last + 1)]
}

/** Those of a moment; of a date, those of the session, or of the day where there is no calendar. */
async function rowsAt(
  ground: Ground,
  { of, entity, time }: Readonly<{ of: string; entity: string; time: string }>,
  key: string,
  thing: (name: string, told: readonly Told[]) => Thing,
): Promise<readonly Thing[]> {
  const at = parseMoment(time)
  const isDate = !time.includes('T')
  const [from, to] = isDate ? [at - MICROS_PER_DAY, at + 2 * MICROS_PER_DAY] : [at, at]
  const told = await toldOf(ground, key, { entity, from, to })
  const sessions = isDate ? await ground.sessionsOf(datasetOf(ground, key)) : null
  const wanted =
    isDate && sessions !== null
      ? told.filter((one) => sessions.find(one.eventTime) === sessionOfDate(time))
      : told
  const byTime = new Map<Micros, Told[]>()
  for (const one of wanted) byTime.set(one.eventTime, [...(byTime.get(one.eventTime) ?? []), one])
  return [...byTime].map(([eventTime, rows]) =>
    thing(`${of}/${entity}/${new Date(eventTime / 1000).toISOString().replace('.000', '')}`, rows),
  )
}

/** The data set of arrivals, or of the set whose values these are. */
function datasetOf({ places }: Ground, key: string): string {
  if (typeOf(key) === RowsArrived.type) return nameOf(key)
  const [defined = 0] = places.series(`${SetDefined.type} ${nameOf(key)}`).position
  return String(places.facts(defined).dataset ?? '')
}

async function eventAt(ground: Ground, position: Position): Promise<Thing> {
  const { places } = ground
  const place = places.at(position)
  if (place !== null) return eventThing(String(position), [place])
  if (position < 1 || position > ground.position)
    throw refuse('moment.beyond-head', { position, head: ground.position })
  const event = await ground.event(position)
  const { type, knownAt } = event
  const { confirmed = Infinity, knownAt: knownBy = Infinity } = ground.moment
  const why = isForeign(event)
    ? `only ${speakerOf(type)} says such events, and somebody else wrote it`
    : isUnconfirmed(event, confirmed)
      ? 'the writer has not confirmed it yet'
      : knownAt > knownBy
        ? 'it was not known yet at the moment that is asked about'
        : `lineage knows no ${nounOf(type)} of its type`
  throw refuse('lineage.not-sound', { position, type, why })
}
