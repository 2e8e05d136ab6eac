/** Lineage against what really depends: the story is lived again with one thing changed, and whatever changes must be found. */
import { beforeAll, describe, expect, test } from 'vitest'
import { downFrom, upFrom } from '../../projections/lineage/closure.ts'
import { KINDS } from '../../projections/lineage/kinds.ts'
import { lineage } from '../../projections/lineage/lineage.ts'
import { type Place, Places, typeOf } from '../../projections/lineage/places.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import { causeOf, isAnswer } from '../../schemas/reaction.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { lineageStory, type Otherwise, STORY } from '../support/lineage-story.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'

let platform: MemoryPlatform
let events: readonly Recorded[]
let places: Places

beforeAll(async () => {
  platform = await lineageStory()
  events = await eventsOf(platform.log)
  places = new Places((await foldTo(platform.log, NO_STORE, lineage, {})).state)
}, 60_000)

const at = (position: Position): Place => {
  const place = places.at(position)
  if (place === null) throw new Error(`nothing at ${position}`)
  return place
}
const where = (type: string, is: (data: Record<string, unknown>) => boolean = () => true): Position => {
  const found = events.find((event) => event.type === type && is(event.data as Record<string, unknown>))
  if (found === undefined) throw new Error(`no ${type}`)
  return found.position
}
const down = (position: Position): Set<Position> =>
  new Set(downFrom(places, [at(position)]).positions(places))
const up = (position: Position): Set<Position> => new Set(upFrom(places, [at(position)]).positions(places))

/** What an event says, but for what no content of another can change. */
const contentOf = ({ type, data, chunks }: Recorded): string =>
  canonicalJson({ type, data, chunks: chunks.map(({ hash }) => hash) })

test('the story has what it is told to have', () => {
  const types = new Set(events.map(({ type }) => type))
  for (const type of ['model.Promoted', 'prediction.Made', 'drift.SharpeWatched', 'approval.Signed'])
    expect(types, type).toContain(type)
  expect(events.filter(({ type }) => type === 'model.Promoted')).toHaveLength(2)
  const verdicts = events
    .filter(({ type }) => type === 'model.GateReported')
    .map(({ data }) => (data as { verdict: string }).verdict)
  expect(new Set(verdicts)).toEqual(new Set(['passed', 'refused']))
  expect(where('data.RowsArrived', ({ rowsRevised }) => rowsRevised === 1)).toBeGreaterThan(0)
})

test('every type of event has a noun', () => {
  expect([...REGISTRY.keys()].filter((type) => !KINDS.has(type))).toEqual([])
})

const price = (day: number, name: string): Otherwise => ({
  price: (one, d, n) => (d === day && n === name ? one * 1.0004 : one),
})

test.each<[string, () => Position, Otherwise]>([
  [
    'a price of the history',
    () => where('data.RowsArrived', ({ source }) => source === 'history.csv'),
    price(150, 'DOG'),
  ],
  [
    'a price of a live day',
    () => where('data.RowsArrived', ({ source }) => source === 'day 302'),
    price(302, 'BEE'),
  ],
  [
    'a correction',
    () => where('data.RowsArrived', ({ source }) => source === 'correction.csv'),
    { correction: 1.021 },
  ],
  [
    'a parameter of a refused run',
    () => where('experiment.RunStarted', ({ run }) => run === 'small-h1-noise'),
    {
      run: (spec) =>
        spec.run === 'small-h1-noise' ? { ...spec, params: [{ name: 'alpha', value: 3 }] } : spec,
    },
  ],
  [
    'a rule of the policy',
    () => where('approval.PolicySet'),
    { policy: { ...SMALL_POLICY, sharpe: { ...SMALL_POLICY.sharpe, fractionAfter: 0.4 } } },
  ],
])('whatever changes with %s rests on it', async (_, of, otherwise) => {
  const position = of()
  const other = await eventsOf((await lineageStory(otherwise)).log)
  expect(other.map(({ type }) => type)).toEqual(events.map(({ type }) => type))
  const changed = events
    .filter((event, i) => contentOf(event) !== contentOf(other[i]))
    .map((event) => event.position)
  expect(changed.length).toBeGreaterThan(1)
  const found = down(position).add(position)
  expect(changed.filter((one) => !found.has(one))).toEqual([])
  // Each by itself, so that no other way makes up for an edge that is missing: it rests on something that changed, one step away.
  const differs = new Set(changed)
  for (const one of changed) {
    if (one === position) continue
    const direct = upFrom(places, [at(one)], { depth: 1 }).positions(places)
    expect(
      direct.some((near) => differs.has(near) || near === position),
      `${one} ${typeOf(at(one).key)}`,
    ).toBe(true)
  }
})

describe('the closure', () => {
  test('up and down are each other’s inverse', () => {
    const ups = new Map(events.map(({ position }) => [position, up(position)]))
    for (const { position } of events) {
      const below = down(position)
      const says = new Set(
        events.filter((event) => ups.get(event.position)?.has(position)).map((event) => event.position),
      )
      expect(below, `${position} ${typeOf(at(position).key)}`).toEqual(says)
    }
  })

  test('is what a walk over the events’ own words comes to, and more where a window reads', () => {
    const named = namedBy(events)
    const closure = new Map<Position, Set<Position>>()
    for (const { position } of events) {
      const all = new Set<Position>()
      for (const one of named.get(position) ?? [])
        for (const far of [one, ...(closure.get(one) ?? [])]) all.add(far)
      closure.set(position, all)
      const found = up(position)
      expect(
        [...all].filter((one) => !found.has(one)),
        `${position}`,
      ).toEqual([])
    }
  })

  test('nothing rests on what comes after it, nor on itself', () => {
    for (const { position } of events) {
      for (const one of up(position)) expect(one).toBeLessThan(position)
      for (const one of down(position)) expect(one).toBeGreaterThan(position)
    }
  })
})

test('a row that was known after the end of a training set is none of its rows', () => {
  const live = where('data.RowsArrived', ({ source }) => source === 'day 302')
  for (const position of down(live)) expect(typeOf(at(position).key)).not.toBe('experiment.TrainingSetFrozen')
  expect(STORY.live).toBeGreaterThan(0)
})

test('folded in parts, it has the bytes that it has in one', async () => {
  const whole = canonicalJson((await foldTo(platform.log, NO_STORE, lineage, {})).state)
  let state = lineage.initial()
  for (const event of events) state = JSON.parse(canonicalJson(lineage.apply(state, event)))
  expect(canonicalJson(state)).toBe(whole)
})

/** What each event names, by its own data alone: nothing of the projection. */
function namedBy(all: readonly Recorded[]): ReadonlyMap<Position, ReadonlySet<Position>> {
  const found = new Map<Position, Set<Position>>()
  for (const event of all) {
    const of = new Set<Position>()
    found.set(event.position, of)
    if (isAnswer(event)) of.add(causeOf(event.commandId))
    const data = event.data as Record<string, unknown>
    for (const name of ['promotion', 'measurement', 'outcome', 'prediction', 'features'])
      if (typeof data[name] === 'number' && (data[name] as number) > 0) of.add(data[name] as number)
    for (const before of all) {
      if (before.position >= event.position) break
      const hashes = [...before.chunks.map(({ hash }) => hash)]
      if (
        JSON.stringify(data).includes('sha256') ||
        hashes.some((hash) => JSON.stringify(data).includes(hash))
      )
        of.add(before.position)
    }
    of.delete(event.position)
  }
  return found
}
