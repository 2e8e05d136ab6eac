/** What people do about an alarm: acknowledge it, snooze it, or accept what is seen as the new usual. */
import {
  AlarmAccepted,
  AlarmAcknowledged,
  type AlarmName,
  AlarmSnoozed,
  type Check,
  DeadlinePassed,
} from '../../schemas/events/monitor.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { formatMoment, MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Decider } from '../decider.ts'
import { accept, reject } from '../rejections.ts'

type Act =
  | Readonly<{ kind: 'acknowledge'; note: string }>
  | Readonly<{ kind: 'snooze'; until: Micros; reason: string }>
  | Readonly<{ kind: 'accept'; reason: string }>

/** `alarm`: as the view held it when the command was made; null where there is none at that position. */
type Handle = Act & Readonly<{ position: number; alarm: AlarmName | null; isOpen: boolean }>

/** Nobody hides an alarm for ever: the next one of the same is snoozed too. */
const MOST_SNOOZED_DAYS = 92

/** What is usual of these was learned, and can be learned anew. */
const LEARNED: readonly Check[] = [
  'latency',
  'volume',
  'missing',
  'range',
  'duplicate',
  'schema',
  'predictions',
]

export const alarm: Decider<Handle, null> = {
  initial: () => null,
  evolve: (state) => state,

  decide(command, _, { now }) {
    const times = { eventTime: now, knownAt: now }
    const { alarm: named, position, isOpen } = command
    if (named === null) return reject('alarm.unknown', { alarm: position })
    if (!isOpen) return reject('alarm.over', { alarm: position })
    if (command.kind === 'acknowledge')
      return accept(AlarmAcknowledged.draft({ ...named, note: command.note }, times))
    if (command.kind === 'accept') {
      if (!LEARNED.includes(named.check)) return reject('alarm.not-learned', { check: named.check })
      return accept(AlarmAccepted.draft({ ...named, reason: command.reason }, times))
    }
    const { until, reason } = command
    if (until <= now)
      return reject('alarm.snooze-past', { until: formatMoment(until), now: formatMoment(now) })
    if (until > now + MOST_SNOOZED_DAYS * MICROS_PER_DAY)
      return reject('alarm.snooze-long', { until: formatMoment(until), most: MOST_SNOOZED_DAYS })
    return accept(AlarmSnoozed.draft({ ...named, until, reason }, times))
  },
}

type Pass = Readonly<{ rule: string; dataset: string; latest: number }>

/** That a data set is overdue by the platform's clock: which it is, is read when the command is made. */
export const deadline: Decider<Pass, null> = {
  initial: () => null,
  evolve: (state) => state,
  decide: (passed, _, { now }) => accept(DeadlinePassed.draft(passed, { eventTime: now, knownAt: now })),
}
