/** Commands on alert rules and alarms: declare and retire a rule; acknowledge, snooze and accept an alarm; look whether data are late. */
import { z } from 'zod'
import type { Recorded } from '../../schemas/envelope.ts'
import {
  AlarmAccepted,
  AlarmAcknowledged,
  AlarmSnoozed,
  type AlertRuleSpec,
  alertRuleSpec,
} from '../../schemas/events/monitor.ts'
import { name } from '../../schemas/kernel/name.ts'
import { alarmStream, declareRule, type Handling, handleAlarm, passDeadlines, retireRule } from '../alerts.ts'
import { defineCommand } from './definition.ts'
import { assertSame, headOf, says } from './recorded.ts'

const QUARTER_OF_SESSIONS = 3 * 20
const SESSIONS_A_YEAR = 252

/** What people write is read by people: in a list, in a message, on a telephone. */
const words = z.string().min(1).max(2_000)
const MOST_THINGS = 1_000

/** A rule as a person writes it. */
export const writtenRule = alertRuleSpec.extend({
  version: alertRuleSpec.shape.version.default(1),
  about: z.string().max(2_000).default(''),
  owner: z.string().min(1).max(200),
  remedy: words,
  things: alertRuleSpec.shape.things.max(MOST_THINGS).default([]),
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

const retiring = z.strictObject({ rule: name, reason: words })

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
type OnAlarm = Readonly<{ alarm: number }>

/** A command on one alarm. Its id, given again, was spent on the very same. */
const onAlarm = <T extends OnAlarm>({
  type,
  handling,
  ...command
}: Readonly<{
  name: string
  about: string
  input: z.ZodType<T>
  /** Of the event that records it. */
  type: string
  handling: (said: Omit<T, 'alarm'>) => Handling
}>) =>
  defineCommand<T, T>({
    ...command,
    permission: 'operate',
    async act(platform, what, act) {
      const { alarm: position, ...said } = what
      const handled = await handleAlarm(platform, { ...handling(said), position }, act)
      const isSame = (event: Recorded) => event.type === type && says(event.data as object, said)
      const spent = { stream: alarmStream(position), commandId: act.commandId, command: command.name }
      if (!handled.changed) await assertSame(platform.log, spent, isSame)
      return { ...handled, answer: what }
    },
  })

export const alarmAcknowledge = onAlarm({
  name: 'alarm.acknowledge',
  about: 'Say that somebody sees to an alarm: whoever asks for it.',
  input: z.strictObject({ alarm, note: z.string().max(2_000).default('') }),
  type: AlarmAcknowledged.type,
  handling: (said) => ({ kind: 'acknowledge', ...said }),
})

export const alarmSnooze = onAlarm({
  name: 'alarm.snooze',
  about: 'Have nobody called about an alarm until a moment, nor about the next one of the same.',
  /** `until`: microseconds since 1970. */
  input: z.strictObject({ alarm, until: z.int().positive(), reason: words }),
  type: AlarmSnoozed.type,
  handling: (said) => ({ kind: 'snooze', ...said }),
})

export const alarmAccept = onAlarm({
  name: 'alarm.accept',
  about: 'Accept what an alarm saw as the new usual: it is over, and what is usual is learned anew.',
  input: z.strictObject({ alarm, reason: words }),
  type: AlarmAccepted.type,
  handling: (said) => ({ kind: 'accept', ...said }),
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
