/** The page of alarms: how each stood at the moment that is shown, and no more rows than were asked for. */
import { expect, test } from 'vitest'
import { type Alarm, alarms as projection } from '../../projections/alarm/alarms.ts'
import { MICROS_PER_SECOND } from '../../schemas/kernel/time.ts'
import { attentionOf } from '../../serving/console/attention.ts'
import { alarmPage, alarmsPage } from '../../serving/console/pages/alarms.ts'
import type { Past } from '../../serving/console/past.ts'
import { calling } from '../../serving/notify/news.ts'

const HOUR = 3600 * MICROS_PER_SECOND
const alarmOf = (position: number, of: Partial<Alarm> = {}): Alarm => ({
  ...{
    rule: 'feeds',
    check: 'range',
    thing: `d${position}`,
    cause: position,
    ruleVersion: 1,
    severity: 'warning',
  },
  ...{ owner: 'desk', remedy: 'Call.', found: 1, level: null, restsOn: [] },
  findings: [{ what: 'close zero', observed: 1, usual: 0, low: null, high: 0.2, chance: null }],
  ...{ position, raisedAt: position, resolved: null, acknowledged: null, snoozed: null },
  ...of,
})
const state = {
  ...projection.initial(),
  alarms: Object.fromEntries(
    [
      alarmOf(1, { snoozed: { by: 'ops', until: HOUR, reason: 'Monday' } }),
      alarmOf(2, { acknowledged: { by: 'ops', note: '', at: 3 } }),
      alarmOf(3, { severity: 'critical' }),
      alarmOf(4, { resolved: { why: 'usual again', at: 9, position: 9 } }),
    ].map((alarm) => [alarm.position, alarm]),
  ),
}
const pastAt = (knownAt: number) =>
  ({ at: { knownAt, position: 9, head: 9 }, view: async () => state }) as unknown as Past

test('open ones come first by their gravity, and a snooze ends with the moment that is shown', async () => {
  const shown = async (knownAt: number, asked: Partial<Parameters<typeof alarmsPage>[1]> = {}) => {
    const page = await alarmsPage(pastAt(knownAt), { offset: 0, limit: 100, all: 'no', ...asked })
    return [page.open, page.calling, page.rows.map(({ position, standing }) => `${position} ${standing}`)]
  }
  expect(await shown(HOUR - 1)).toEqual([3, 2, ['3 open', '2 acknowledged', '1 snoozed']])
  expect(await shown(HOUR)).toEqual([3, 3, ['3 open', '1 open', '2 acknowledged']])
  expect(await shown(HOUR, { all: 'yes', offset: 2, limit: 2 })).toEqual([3, 3, ['2 acknowledged', '4 over']])
})

test('one alarm, or none', async () => {
  expect((await alarmPage(pastAt(1), { position: 1 }))?.alarm).toMatchObject({
    standing: 'snoozed',
    thing: 'd1',
  })
  expect(await alarmPage(pastAt(1), { position: 7 })).toBeNull()
})

test('what wants somebody is one line however many alarms are open, and nothing of what is snoozed', () => {
  const nothing = {
    models: { models: {}, policy: null },
    capitals: { models: {}, halts: {} },
    drifts: { models: {} },
    quarantine: { items: [] },
  }
  const matters = (now: number) =>
    attentionOf({ ...nothing, alarms: calling(state, now) } as unknown as Parameters<typeof attentionOf>[0])
  expect(matters(HOUR - 1)).toMatchObject([
    { kind: 'alarm', name: 'd3', position: 3, what: expect.stringContaining('1 alarms more') },
  ])
  expect(matters(HOUR)[0].what).toContain('2 alarms more')
})

test('a halt that holds wants somebody: who stopped the model, and why', () => {
  const nothing = { drifts: { models: {} }, quarantine: { items: [] }, alarms: [] }
  const halts = { m: { position: 7, at: HOUR, member: 'bob', reason: 'the feed is wrong', unhalts: [] } }
  const seen = { ...nothing, models: { models: {}, policy: null }, capitals: { models: {}, halts } }
  expect(attentionOf(seen as unknown as Parameters<typeof attentionOf>[0])).toEqual([
    { kind: 'halt', name: 'm', what: 'halted by bob: the feed is wrong', position: 7, since: HOUR },
  ])
})
