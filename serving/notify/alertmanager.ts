/** Alarms as Alertmanager takes them: `POST /api/v2/alerts`, what fires again and again, and what is over once. */
import type { Alarm } from '../../projections/alarm/alarms.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { sentenceOf } from '../alarm-text.ts'

/** Of Alertmanager's API, version 2 (`postableAlert`). */
export type PostableAlert = Readonly<{
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  startsAt: string
  endsAt: string
  generatorURL?: string
}>

/** A post holds so many: Alertmanager reads no more than some megabytes. */
export const MOST_ALERTS = 200
/** What is not posted again within so many rounds is over for Alertmanager. */
const ROUNDS = 4
const MOST_FINDINGS = 10
/** The latest moment that RFC 3339 has a year of four digits for. */
const LAST = Date.UTC(9999, 11, 31)

type Options = Readonly<{ now: Micros; everySeconds: number; console: string | undefined; log: string }>

const rfc3339 = (micros: Micros): string => new Date(Math.min(LAST, Math.floor(micros / 1000))).toISOString()

const labelsOf = ({ rule, check, thing, severity, owner }: Alarm, log: string) => ({
  ...{ alertname: rule, check, thing, severity, owner },
  // Two logs may have the same names.
  asof_log: log,
})

/** By the labels alarms are told apart: an alarm that is over and is raised again is the same alert. */
const keyOf = ({ rule, check, thing, severity, owner }: Alarm): string =>
  JSON.stringify([rule, check, thing, severity, owner])

export function alertsOf(
  firing: readonly Alarm[],
  over: readonly Alarm[],
  options: Options,
): readonly PostableAlert[] {
  const { now, everySeconds } = options
  const open = new Set(firing.map(keyOf))
  const ending = over.filter((alarm) => !open.has(keyOf(alarm)))
  const until = now + ROUNDS * everySeconds * 1_000_000
  return [
    ...firing.map((alarm) => alertOf(alarm, until, options)),
    ...ending.map((alarm) => alertOf(alarm, Math.min(now, alarm.resolved?.at ?? now), options)),
  ]
}

function alertOf(alarm: Alarm, end: Micros, { now, console, log }: Options): PostableAlert {
  const { position, check, thing, findings, found, remedy, rule, ruleVersion, acknowledged } = alarm
  // A clock that was set back puts no alarm into the future, and nothing ends before it begins.
  const start = Math.min(alarm.raisedAt, now)
  const more = found > MOST_FINDINGS ? [`and ${found - MOST_FINDINGS} more`] : []
  return {
    labels: labelsOf(alarm, log),
    annotations: {
      summary: `${check} of ${thing} is not usual`,
      description: [...findings.slice(0, MOST_FINDINGS).map(sentenceOf), ...more].join('\n'),
      ...{ remedy, rule: `${rule}@${ruleVersion}`, position: String(position) },
      ...(acknowledged !== null && { acknowledged: acknowledged.by }),
    },
    ...{ startsAt: rfc3339(start), endsAt: rfc3339(Math.max(start, end)) },
    ...(console !== undefined && { generatorURL: `${console.replace(/\/+$/, '')}/#/alarms/${position}` }),
  }
}
