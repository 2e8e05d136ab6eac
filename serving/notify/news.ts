/** What there is to be told of the alarms, to somebody who was told up to a position. */
import type { Alarm, AlarmsState } from '../../projections/alarm/alarms.ts'
import { inOrder } from '../../projections/alarm/alarms.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

/** `waiting`: alarms up to there that were snoozed, and are told once that is over. */
export type Told = Readonly<{ position: Position; waiting: readonly Position[] }>

export type News = Readonly<{
  raised: readonly Alarm[]
  over: readonly Alarm[]
  /** Once it has arrived. */
  told: Told
}>

export const isSnoozed = ({ snoozed }: Alarm, now: Micros): boolean => snoozed !== null && snoozed.until > now

/** Open, and somebody is to be called about it. */
export const calling = (state: AlarmsState, now: Micros): readonly Alarm[] =>
  inOrder(state, now).filter((alarm) => alarm.resolved === null && !isSnoozed(alarm, now))

/**
 * What was raised and what is over since. An alarm that is snoozed waits; one that is over before anybody was told of it is nothing.
 * @param told null: to somebody who was never told, what is open is news, and nothing that is over
 */
export function newsOf(
  state: AlarmsState,
  told: Told | null,
  { upTo, now }: Readonly<{ upTo: Position; now: Micros }>,
): News {
  const from = told?.position ?? 0
  const waiting = new Set(told?.waiting)
  const isNew = ({ position }: Alarm): boolean =>
    (position > from && position <= upTo) || waiting.has(position)
  const all = inOrder(state, now)
  const candidates = all.filter((alarm) => alarm.resolved === null && isNew(alarm))
  const isOver = ({ position, resolved }: Alarm): boolean =>
    resolved !== null &&
    resolved.position > from &&
    resolved.position <= upTo &&
    position <= from &&
    !waiting.has(position)
  return {
    raised: candidates.filter((alarm) => !isSnoozed(alarm, now)),
    over: told === null ? [] : all.filter(isOver),
    told: {
      position: Math.max(from, upTo),
      waiting: candidates.filter((alarm) => isSnoozed(alarm, now)).map(({ position }) => position),
    },
  }
}
