/** Alarms: the rules, what was raised by them, and what people did about it. */
import type { Position } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import {
  AlarmAcknowledged,
  type AlarmName,
  AlarmRaised,
  AlarmResolved,
  AlarmSnoozed,
  AlertRuleDeclared,
  AlertRuleRetired,
  type AlertRuleSpec,
} from '../../schemas/events/monitor.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'

type Rule = {
  spec: AlertRuleSpec
  position: Position
  retired: { reason: string; position: Position } | null
}
type Snooze = { by: string; until: Micros; reason: string }

export type Alarm = DataOf<typeof AlarmRaised> & {
  /** Of the event that raised it, which names it. */
  position: Position
  raisedAt: Micros
  resolved: { why: string; at: Micros; position: Position } | null
  acknowledged: { by: string; note: string; at: Micros } | null
  /** It may be past: whoever shows it knows what time it is. */
  snoozed: Snooze | null
}

export type AlarmsState = {
  rules: Record<string, Rule>
  alarms: Record<string, Alarm>
  /** By rule, check and thing: the next alarm of the same is snoozed too. */
  snoozes: Record<string, Snooze>
}

const thingOf = ({ rule, check, thing }: AlarmName): string => JSON.stringify([rule, check, thing])
const keyOf = (alarm: AlarmName): string =>
  JSON.stringify([alarm.rule, alarm.check, alarm.thing, alarm.cause])

export const alarms = defineProjection<AlarmsState>({
  name: 'alarms',
  version: 1,
  parts: ['alarms.*'],
  initial: () => ({ rules: {}, alarms: {}, snoozes: {} }),
  handlers: [
    on(AlertRuleDeclared, ({ rules }, { data, position }) => {
      rules[data.rule] = { spec: data, position, retired: null }
    }),
    on(AlertRuleRetired, ({ rules }, { data: { rule, reason }, position }) => {
      if (rules[rule] !== undefined) rules[rule].retired = { reason, position }
    }),
    on(AlarmRaised, ({ alarms, snoozes }, { data, position, knownAt }) => {
      const snoozed = snoozes[thingOf(data)] ?? null
      alarms[keyOf(data)] = {
        ...{ ...data, position, raisedAt: knownAt },
        ...{ resolved: null, acknowledged: null, snoozed },
      }
    }),
    on(AlarmResolved, ({ alarms }, { data, position, knownAt: at }) => {
      const alarm = alarms[keyOf(data)]
      if (alarm !== undefined) alarm.resolved ??= { why: data.why, at, position }
    }),
    on(AlarmAcknowledged, ({ alarms }, { data, actor: by, knownAt: at }) => {
      const alarm = alarms[keyOf(data)]
      if (alarm !== undefined) alarm.acknowledged = { by, note: data.note, at }
    }),
    on(AlarmSnoozed, ({ alarms, snoozes }, { data, actor: by }) => {
      const { until, reason } = data
      snoozes[thingOf(data)] = { by, until, reason }
      const alarm = alarms[keyOf(data)]
      if (alarm !== undefined) alarm.snoozed = { by, until, reason }
    }),
  ],
})

const SEVERITIES = ['critical', 'warning', 'info']

/** Open first; of those, what nobody snoozed, by severity; and the oldest first. Of what is over the latest first. */
export function inOrder(state: AlarmsState, now: Micros): readonly Alarm[] {
  const isQuiet = ({ snoozed }: Alarm) => Number(snoozed !== null && snoozed.until > now)
  return Object.values(state.alarms).sort((a, b) => {
    const isOver = Number(a.resolved !== null) - Number(b.resolved !== null)
    if (isOver !== 0) return isOver
    if (a.resolved !== null) return b.position - a.position
    return (
      isQuiet(a) - isQuiet(b) ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      a.position - b.position
    )
  })
}
