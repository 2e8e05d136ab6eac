/** Alarms on a platform: rules are versioned, what people do is an event, and a replay says the same. */
import { beforeAll, describe, expect, test } from 'vitest'
import { inOrder } from '../../projections/alarm/alarms.ts'
import { lineage } from '../../projections/lineage/lineage.ts'
import { Places } from '../../projections/lineage/places.ts'
import { restsOn } from '../../projections/lineage/rests-on.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { isEvent } from '../../schemas/event.ts'
import {
  AlarmRaised,
  AlarmResolved,
  AlertRuleDeclared,
  type AlertRuleSpec,
} from '../../schemas/events/monitor.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { declareDataset } from '../../serving/actions.ts'
import { declareRule, handleAlarm, passDeadlines, retireRule } from '../../serving/alerts.ts'
import { alarmAccept, alarmAcknowledge, alarmSnooze } from '../../serving/commands/alert.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireLane } from '../../serving/wire.ts'
import { RULE } from '../support/alarm-feed.ts'
import { eventsOf, factsOf, type MemoryPlatform, memoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { act, SMALL_DATASET } from '../support/small-platform.ts'
import { closeOf, knownOf, pricesOf, tableOf } from '../support/small-world.ts'

const LEARNED = 30
const PRICES = pricesOf(LEARNED + 20)
const ZEROS = PRICES.map((day) => day.map(() => 0))
const SPEC: AlertRuleSpec = { ...RULE, rule: 'prices', things: ['small'] }
const named = (id: string) => ({ ...act(id, 'ops'), roles: ['engineer'] as const })

async function arrive(platform: MemoryPlatform, day: number, prices = PRICES): Promise<void> {
  platform.moment.advanceTo(knownOf(day))
  const rows = tableOf(prices, day, day + 1)
  await ingestRows(platform, { dataset: 'small', source: `day ${day}`, rows, actor: 'feed' })
}

async function played(rule: AlertRuleSpec | null): Promise<MemoryPlatform> {
  const platform = await memoryPlatform()
  platform.moment.advanceTo(closeOf(0))
  await declareDataset(platform, SMALL_DATASET, act('declare'))
  if (rule !== null) await declareRule(platform, rule, named('rule'))
  for (let day = 0; day < LEARNED; day++) await arrive(platform, day)
  await arrive(platform, LEARNED, ZEROS)
  return platform
}

const raisedIn = async ({ log }: MemoryPlatform) =>
  (await eventsOf(log)).flatMap((event) => (isEvent(AlarmRaised, event) ? [event] : []))
const alarmsOf = ({ folds, moment }: MemoryPlatform) => inOrder(folds.alarms.state(), moment.nowMicros())

let platform: MemoryPlatform
let position: number

beforeAll(async () => {
  platform = await played(SPEC)
  position = (await raisedIn(platform))[0].position
})

test('a log without a rule has no event of alarms, and is otherwise the same', async () => {
  const plain = await played(null)
  await passDeadlines(plain, { actor: 'asof' })
  const types = (await factsOf(plain.log)).map(({ type }) => type)
  expect(types.filter((type) => type.startsWith('monitor.'))).toEqual([])
  const beside = (await factsOf(platform.log)).filter(({ type }) => !type.startsWith('monitor.'))
  expect(beside.map(({ type }) => type)).toEqual(types)
  expect(beside.map(({ data }) => data)).toEqual((await factsOf(plain.log)).map(({ data }) => data))
})

test('an alarm is raised once, with the numbers, the version of the rule, and what it rests on', async () => {
  const [raised, ...others] = await raisedIn(platform)
  expect(others).toEqual([])
  expect(raised.data).toMatchObject({ rule: 'prices', ruleVersion: 1, check: 'range', thing: 'small' })
  expect(raised.data.findings[0]).toMatchObject({ what: 'close zero', observed: 1, usual: 0 })
  const byPosition = new Map((await eventsOf(platform.log)).map((event) => [event.position, event.type]))
  expect(raised.data.restsOn.map((at) => byPosition.get(at))).toEqual(
    Array.from({ length: LEARNED }, () => 'data.RowsArrived'),
  )
  expect(raised.commandId).toBe(`alarms/${raised.data.cause}/0`)
})

test('lineage leads from an alarm to its rule and to every arrival that told what is usual', async () => {
  const { state } = await foldTo(platform.log, NO_STORE, lineage, {})
  const places = new Places(state)
  const [raised] = await raisedIn(platform)
  const place = places.at(raised.position)
  if (place === null) throw new Error('no place')
  const citing = restsOn(places, place)
  expect(citing.broken).toEqual([])
  const rule = (await eventsOf(platform.log)).find((event) => isEvent(AlertRuleDeclared, event))
  const found = new Set(
    citing.references.flatMap(({ key, from, to }) => [...places.series(key).position.slice(from, to)]),
  )
  for (const at of [...raised.data.restsOn, raised.data.cause, rule?.position ?? 0])
    expect(found).toContain(at)
})

describe('what people do', () => {
  test('is an event of whoever does it, and does not end the alarm', async () => {
    const until = knownOf(LEARNED + 10)
    await handleAlarm(platform, { kind: 'acknowledge', position, note: 'told the vendor' }, named('ack'))
    await handleAlarm(platform, { kind: 'snooze', position, until, reason: 'on Monday' }, named('snooze'))
    expect(alarmsOf(platform)).toMatchObject([
      {
        position,
        resolved: null,
        acknowledged: { by: 'ops', note: 'told the vendor' },
        snoozed: { by: 'ops', until, reason: 'on Monday' },
      },
    ])
  })

  test('is done once under its id, and an id that was spent on something else is refused', async () => {
    const until = knownOf(LEARNED + 10)
    const told = { alarm: position, note: 'told the vendor' }
    expect(await alarmAcknowledge.act(platform, told, named('ack'))).toMatchObject({ changed: false })
    const snooze = { alarm: position, until, reason: 'on Monday' }
    for (const again of [
      alarmAcknowledge.act(platform, { ...told, note: 'another' }, named('ack')),
      alarmSnooze.act(platform, snooze, named('ack')),
      alarmAccept.act(platform, { alarm: position, reason: 'r' }, named('snooze')),
    ])
      expect(await refusalIn(again)).toBe('command.id-reused')
  })

  test('is refused where there is nothing to do', async () => {
    const ack = { kind: 'acknowledge', note: '' } as const
    const past = { kind: 'snooze', until: 1, reason: 'r' } as const
    expect(await refusalIn(handleAlarm(platform, { ...ack, position: 1 }, named('a')))).toBe('alarm.unknown')
    expect(await refusalIn(handleAlarm(platform, { ...past, position }, named('b')))).toBe(
      'alarm.snooze-past',
    )
    const long = { ...past, position, until: platform.moment.nowMicros() + 93 * MICROS_PER_DAY }
    expect(await refusalIn(handleAlarm(platform, long, named('l')))).toBe('alarm.snooze-long')
  })

  test('a changed rule is the next version, and watches what there is', async () => {
    const refused = (spec: AlertRuleSpec, id: string) => refusalIn(declareRule(platform, spec, named(id)))
    expect(await refused({ ...SPEC, owner: 'other' }, 'c')).toBe('alert.version')
    expect(await refused({ ...SPEC, version: 2, things: ['smal'] }, 'd')).toBe('alert.unknown-thing')
    expect((await declareRule(platform, SPEC, named('e'))).changed).toBe(false)
  })

  test('what is accepted is over, and usual from then on', async () => {
    const accepted = { kind: 'accept', reason: 'it is dead' } as const
    await handleAlarm(platform, { ...accepted, position }, named('accept'))
    expect(alarmsOf(platform)).toMatchObject([{ resolved: { why: 'accepted' } }])
    for (let day = LEARNED + 1; day < LEARNED + 4; day++) await arrive(platform, day, ZEROS)
    expect(await raisedIn(platform)).toHaveLength(1)
    expect(await refusalIn(handleAlarm(platform, { ...accepted, position }, named('again')))).toBe(
      'alarm.over',
    )
  })

  test('a feed that is overdue by the clock is an alarm, told once, and over when its rule is retired', async () => {
    platform.moment.advanceTo(knownOf(LEARNED + 7))
    expect(await passDeadlines(platform, { actor: 'asof' })).toBe(1)
    expect(await passDeadlines(platform, { actor: 'asof' })).toBe(0)
    const late = (await raisedIn(platform)).at(-1)
    expect(late?.data).toMatchObject({ check: 'freshness', findings: [{ observed: 4, usual: 1, high: 1.5 }] })
    await retireRule(platform, { rule: 'prices', reason: 'gone' }, named('retire'))
    expect(alarmsOf(platform).map(({ resolved }) => resolved?.why)).toEqual(['rule retired', 'accepted'])
  })

  test('a replay says the same', async () => {
    const range = { from: 1, to: (await platform.log.head()).position }
    const { first, compared, equal } = await replay(platform.log, wireLane.live(platform.chunks), range)
    expect(first).toBeNull()
    expect(compared[AlarmRaised.type]).toBe(2)
    expect(equal).toMatchObject({ [AlarmRaised.type]: 2, [AlarmResolved.type]: 2 })
  })
})
