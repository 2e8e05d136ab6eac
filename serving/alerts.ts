/** What people do with alert rules and alarms, and what the platform's clock tells of data sets that are overdue. */
import { alarm, deadline } from '../commands/alert/alarm.ts'
import { alertRule } from '../commands/alert/rule.ts'
import type { Handled } from '../commands/handle.ts'
import type { Position } from '../schemas/envelope.ts'
import type { AlertRuleSpec } from '../schemas/events/monitor.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import { type Act, by } from './act.ts'
import type { Platform } from './platform.ts'

/** Apart from what is raised by it. */
const ruleStream = (rule: string): string => `alert-rule-${rule}`

export const alarmStream = (position: Position): string => `alarm-${position}`

const stateOf = ({ folds }: Platform) => folds.alarms.state()

export const declareRule = (platform: Platform, spec: AlertRuleSpec, act: Act): Promise<Handled> =>
  by(alertRule)(platform, {
    stream: ruleStream(spec.rule),
    command: () => {
      const { datasets, registry, claims } = platform.folds
      const isKnown = (name: string) =>
        [datasets.state().datasets, registry.state().models, claims.state().claims].some((all) =>
          Object.hasOwn(all, name),
        )
      return { kind: 'declare', spec, unknown: spec.things.filter((name) => !isKnown(name)) } as const
    },
    done: () => stateOf(platform).rules[spec.rule]?.spec.version === spec.version,
    ...act,
  })

export const retireRule = (
  platform: Platform,
  what: Readonly<{ rule: string; reason: string }>,
  act: Act,
): Promise<Handled> =>
  by(alertRule)(platform, {
    stream: ruleStream(what.rule),
    command: () => ({ kind: 'retire', ...what }),
    done: () => stateOf(platform).rules[what.rule]?.retired !== null,
    ...act,
  })

export type Handling =
  | Readonly<{ kind: 'acknowledge'; note: string }>
  | Readonly<{ kind: 'snooze'; until: Micros; reason: string }>
  | Readonly<{ kind: 'accept'; reason: string }>

/** @param position of the event that raised the alarm */
export const handleAlarm = (
  platform: Platform,
  { position, ...handling }: Handling & Readonly<{ position: number }>,
  act: Act,
): Promise<Handled> =>
  by(alarm)(platform, {
    stream: alarmStream(position),
    command: () => {
      const found = Object.values(stateOf(platform).alarms).find((one) => one.position === position)
      if (found === undefined) return { ...handling, position, alarm: null, isOpen: false }
      const { rule, check, thing, cause } = found
      const isOpen = found.resolved === null
      return { ...handling, position, alarm: { rule, check, thing, cause }, isOpen }
    },
    ...act,
  })

/**
 * Records of each data set that is overdue by now that it is, once for each silence.
 * @returns how many there were
 */
export async function passDeadlines(platform: Platform, act: Pick<Act, 'actor' | 'once'>): Promise<number> {
  const late = platform.overdueAt(platform.moment.nowMicros())
  for (const { version, ...passed } of late) {
    const { rule, dataset, latest } = passed
    await by(deadline)(platform, {
      stream: `deadline-${dataset}`,
      command: () => passed,
      ...{ ...act, commandId: `overdue:${rule}@${version}:${dataset}:${latest}` },
    })
  }
  return late.length
}
