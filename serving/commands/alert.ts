/** Commands on alert rules and alarms: declare and retire a rule; acknowledge, snooze and accept an alarm; look whether data are late. */
import { z } from 'zod'
import { type AlertRuleSpec, alertRuleSpec } from '../../schemas/events/monitor.ts'
import { name } from '../../schemas/kernel/name.ts'
import { declareRule, handleAlarm, passDeadlines, retireRule } from '../alerts.ts'
import { defineCommand } from './definition.ts'
import { headOf } from './recorded.ts'

const QUARTER_OF_SESSIONS = 3 * 20
const SESSIONS_A_YEAR = 252

/** A rule as a person writes it. */
export const writtenRule = alertRuleSpec.extend({
  version: alertRuleSpec.shape.version.default(1),
  about: z.string().default(''),
  things: alertRuleSpec.shape.things.default([]),
  history: alertRuleSpec.shape.history.default(QUARTER_OF_SESSIONS),
  falseAlarmsAYear: alertRuleSpec.shape.falseAlarmsAYear.default(1),
  looksAYear: alertRuleSpec.shape.looksAYear.default(SESSIONS_A_YEAR),
  resolveAfter: alertRuleSpec.shape.resolveAfter.default(3),
})

const declaring = z.strictObject({ spec: writtenRule })

export const alertDeclare = defineCommand<z.infer<typeof declaring>, AlertRuleSpec>({
  name: 'alert.declare',
  about: 'Declare an alert rule, or its next version.',
  input: declaring,
  permission: 'operate',
  async act(platform, { spec }, act) {
    const unique = { ...spec, checks: [...new Set(spec.checks)], things: [...new Set(spec.things)] }
    return { ...(await declareRule(platform, unique, act)), answer: unique }
  },
})

const retiring = z.strictObject({ rule: name, reason: z.string().min(1) })

export const alertRetire = defineCommand<z.infer<typeof retiring>, z.infer<typeof retiring>>({
  name: 'alert.retire',
  about: 'Retire an alert rule. Its open alarms are over.',
  input: retiring,
  permission: 'operate',
  async act(platform, what, act) {
    return { ...(await retireRule(platform, what, act)), answer: what }
  },
})

/** The position of the event that raised it. */
const alarm = z.int().positive()
const acknowledging = z.strictObject({ alarm, note: z.string().default('') })

export const alarmAcknowledge = defineCommand<z.infer<typeof acknowledging>, z.infer<typeof acknowledging>>({
  name: 'alarm.acknowledge',
  about: 'Say that somebody sees to an alarm: whoever asks for it.',
  input: acknowledging,
  permission: 'operate',
  async act(platform, what, act) {
    const { alarm: position, note } = what
    return { ...(await handleAlarm(platform, { kind: 'acknowledge', position, note }, act)), answer: what }
  },
})

/** `until`: microseconds since 1970. */
const snoozing = z.strictObject({ alarm, until: z.int().positive(), reason: z.string().min(1) })

export const alarmSnooze = defineCommand<z.infer<typeof snoozing>, z.infer<typeof snoozing>>({
  name: 'alarm.snooze',
  about: 'Have nobody called about an alarm until a moment, nor about the next one of the same.',
  input: snoozing,
  permission: 'operate',
  async act(platform, what, act) {
    const { alarm: position, ...snooze } = what
    return { ...(await handleAlarm(platform, { kind: 'snooze', position, ...snooze }, act)), answer: what }
  },
})

const accepting = z.strictObject({ alarm, reason: z.string().min(1) })

export const alarmAccept = defineCommand<z.infer<typeof accepting>, z.infer<typeof accepting>>({
  name: 'alarm.accept',
  about: 'Accept what an alarm saw as the new usual: it is over, and what is usual is learned anew.',
  input: accepting,
  permission: 'operate',
  async act(platform, what, act) {
    const { alarm: position, reason } = what
    return { ...(await handleAlarm(platform, { kind: 'accept', position, reason }, act)), answer: what }
  },
})

const nothing = z.strictObject({})

export const alertCheck = defineCommand<z.infer<typeof nothing>, Readonly<{ overdue: number }>>({
  name: 'alert.check',
  about: 'Look whether a data set is overdue by now. A server does so by itself.',
  input: nothing,
  permission: 'operate',
  async act(platform, _, { actor }) {
    const overdue = await passDeadlines(platform, { actor })
    return { position: await headOf(platform.log), changed: overdue > 0, answer: { overdue } }
  },
})
