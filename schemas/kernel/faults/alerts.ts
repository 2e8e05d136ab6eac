/** Expected failures of alert rules, and of what people do about alarms. */
import { type FaultRow, row } from './row.ts'

export const ALERTS = {
  'alert.unknown-rule': row(
    404,
    'NOT_FOUND',
    'There is no alert rule {rule}. asof alert list shows what there is.',
  ),
  'alert.unknown-thing': row(
    404,
    'NOT_FOUND',
    'Alert rule {rule} is to watch {things}, and no data set or model has that name. Declare it first, or name none to watch all.',
  ),
  'alert.version': row(
    409,
    'FAILED_PRECONDITION',
    'Alert rule {rule} was declared as version {version}, and its next one is {next}. A changed rule takes the next version.',
  ),
  'alarm.unknown': row(
    404,
    'NOT_FOUND',
    'No alarm was raised at position {alarm}. asof alarms --all lists them by their positions.',
  ),
  'alarm.over': row(
    409,
    'FAILED_PRECONDITION',
    'The alarm at position {alarm} is over: nothing is left to do about it. asof alarms lists those that are open.',
  ),
  'alarm.not-learned': row(
    409,
    'FAILED_PRECONDITION',
    'What {check} is held against was not learned from arrivals, so that nothing new can be accepted as usual. Snooze the alarm, or change its rule.',
  ),
  'notify.no-secret': row(
    400,
    'FAILED_PRECONDITION',
    'asof.yaml says that the environment variable {variable} holds a secret, and it is not set. Set it for the process that runs asof up, or name a file.',
  ),
  'alarm.snooze-long': row(
    400,
    'INVALID_ARGUMENT',
    'An alarm is snoozed for {most} days at most: {until} is later. Retire the rule, or accept what is seen as usual.',
  ),
  'alarm.snooze-past': row(
    400,
    'INVALID_ARGUMENT',
    'An alarm is snoozed until a moment to come: {until} is past, it is {now}.',
  ),
} as const satisfies Record<string, FaultRow>
