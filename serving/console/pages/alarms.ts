/** Alarms as they were at a moment: which were open, who saw to them, and what each rests on; and the rules in force. */
import { type Alarm, alarms, inOrder } from '../../../projections/alarm/alarms.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import { calling, isSnoozed } from '../../notify/news.ts'
import { type Past, timeOf } from '../past.ts'

/** How an alarm stands, as one word. */
export type Standing = 'open' | 'acknowledged' | 'snoozed' | 'over'

const standingOf = (alarm: Alarm, now: Micros): Standing => {
  if (alarm.resolved !== null) return 'over'
  if (isSnoozed(alarm, now)) return 'snoozed'
  return alarm.acknowledged === null ? 'open' : 'acknowledged'
}

const shown = (alarm: Alarm, now: Micros) => ({ ...alarm, standing: standingOf(alarm, now) })

type Asked = Readonly<{ offset: number; limit: number; all: 'yes' | 'no' }>

/** Open ones first. */
export async function alarmsPage(past: Past, { offset, limit, all }: Asked) {
  const state = await past.view(alarms)
  const now = await timeOf(past)
  const ordered = inOrder(state, now)
  const open = ordered.filter(({ resolved }) => resolved === null)
  const found = all === 'yes' ? ordered : open
  return {
    ...{ total: ordered.length, open: open.length, calling: calling(state, now).length, found: found.length },
    rows: found.slice(offset, offset + limit).map((alarm) => shown(alarm, now)),
    rules: Object.values(state.rules).map(({ spec, retired, position }) => ({ ...spec, retired, position })),
  }
}

/** @param position of the event that raised it */
export async function alarmPage(past: Past, { position }: Readonly<{ position: number }>) {
  const state = await past.view(alarms)
  const alarm = Object.values(state.alarms).find((one) => one.position === position)
  return alarm === undefined ? null : { alarm: shown(alarm, await timeOf(past)) }
}
