/** Alert rules and alarms as lineage keeps them: each is its rule's. */
import {
  AlarmAccepted,
  AlarmAcknowledged,
  AlarmRaised,
  AlarmResolved,
  AlarmSnoozed,
  AlertRuleDeclared,
  AlertRuleRetired,
  DeadlinePassed,
} from '../../schemas/events/monitor.ts'
import { kind } from './kind.ts'

type Ruled = Readonly<{ data: Readonly<{ rule: string }> }>
const name = ({ data }: Ruled): string => data.rule

export const ALARM_KINDS = [
  kind(AlertRuleDeclared, { noun: 'alert rule', name, facts: ({ data }) => ({ version: data.version }) }),
  kind(AlertRuleRetired, { noun: 'retirement of an alert rule', name }),
  kind(AlarmRaised, {
    noun: 'alarm',
    name,
    facts: ({ data }) => ({ check: data.check, thing: data.thing, restsOn: data.restsOn.map(String) }),
  }),
  kind(AlarmResolved, { noun: 'end of an alarm', name, columns: ({ data }) => ({ of: data.cause }) }),
  kind(AlarmAcknowledged, { noun: 'acknowledgement', name, columns: ({ data }) => ({ of: data.cause }) }),
  kind(AlarmSnoozed, { noun: 'snooze', name, columns: ({ data }) => ({ of: data.cause }) }),
  kind(AlarmAccepted, { noun: 'acceptance', name, columns: ({ data }) => ({ of: data.cause }) }),
  kind(DeadlinePassed, { noun: 'passed deadline', name, columns: ({ data }) => ({ of: data.latest }) }),
]
