/** An alarm as a text for people: what is not usual, who is to act, and what was done about it. */
import type { Alarm } from '../projections/alarm/alarms.ts'
import type { Finding } from '../schemas/events/monitor.ts'
import { formatMoment, type Micros } from '../schemas/kernel/time.ts'

/** Of many findings the worst are told. */
const SHOWN = 5

/** @param now a snooze that is past by then is not told */
export function alarmText(alarm: Alarm, now: Micros): string {
  const { position, severity, rule, ruleVersion, check, thing, owner, remedy, findings, found } = alarm
  const { acknowledged, snoozed, resolved } = alarm
  const more = found > findings.length ? [`  and ${found - findings.length} more`] : []
  return [
    `${position}  ${severity}  ${check} of ${thing}, since ${formatMoment(alarm.raisedAt)}  (rule ${rule}@${ruleVersion})`,
    ...findings.slice(0, SHOWN).map((finding) => `  ${sentenceOf(finding)}`),
    ...(found > SHOWN && more.length === 0 ? [`  and ${found - SHOWN} more: --json has them`] : more),
    `  ${owner}: ${remedy}`,
    ...(acknowledged === null
      ? []
      : [`  acknowledged by ${acknowledged.by}${acknowledged.note === '' ? '' : `: ${acknowledged.note}`}`]),
    ...(snoozed === null || snoozed.until <= now || resolved !== null
      ? []
      : [`  snoozed until ${formatMoment(snoozed.until)} by ${snoozed.by}: ${snoozed.reason}`]),
    ...(resolved === null ? [] : [`  over at ${formatMoment(resolved.at)}: ${resolved.why}`]),
  ].join('\n')
}

const figure = (value: number): string => String(Number(value.toPrecision(4)))

export function sentenceOf({ what, observed, usual, low, high, chance }: Finding): string {
  const bounds = [
    ...(usual === null ? [] : [`usual ${figure(usual)}`]),
    ...(low === null || observed >= low ? [] : [`limit ${figure(low)}`]),
    ...(high === null || observed <= high ? [] : [`limit ${figure(high)}`]),
    ...(chance === null ? [] : [`chance ${chance.toExponential(1)}`]),
  ]
  return `${what}: ${figure(observed)} (${bounds.join(', ')})`
}
