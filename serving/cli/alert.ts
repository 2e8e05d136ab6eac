/** `asof alert` and `asof alarms`: the rules, what was raised by them, and what is done about it. */
import { Argument, type Command } from 'commander'
import { type AlarmsState, alarms, inOrder } from '../../projections/alarm/alarms.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { formatMoment, parseMoment } from '../../schemas/kernel/time.ts'
import { alarmText } from '../alarm-text.ts'
import { wallClock } from '../clock.ts'
import {
  alarmAccept,
  alarmAcknowledge,
  alarmSnooze,
  alertCheck,
  alertDeclare,
  alertRetire,
  writtenRule,
} from '../commands/alert.ts'
import { momentOf } from '../moment.ts'
import { readSpec } from '../spec-file.ts'
import { type Context, common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'
import { unnamed } from './unnamed.ts'

export function addAlert(program: Command): void {
  addRules(program.command('alert').description('rules by which alarms are raised'))
  addAlarms(program.command('alarms').description('alarms, open ones first, and what is done about them'))
}

function addRules(group: Command): void {
  common(group.command('declare'))
    .description('declare a rule, or its next version')
    .argument('<file>', 'the rule, in YAML')
    .action(async (path: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const spec = await readSpec(path, writtenRule)
      const { position, answer } = await performed(context, alertDeclare, { input: { spec } })
      const { rule, version, checks, falseAlarmsAYear } = answer
      const text = `Rule ${rule}, version ${version}, watches ${checks.join(', ')}; at most ${falseAlarmsAYear} false alarms a year are expected of it: log position ${position}`
      context.answer(text, { ...answer, position })
    })

  common(group.command('retire'))
    .description('retire a rule; its open alarms are over')
    .argument('<rule>', 'the rule')
    .requiredOption('--reason <text>', 'why')
    .action(async (rule: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      const { position } = await performed(context, alertRetire, { input: { rule, reason } })
      context.answer(`Rule ${rule} is retired: log position ${position}`, { rule, reason, position })
    })

  common(unnamed(group, 'list'))
    .description('list the rules')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      const { rules } = await stateAt(context)
      const rows = Object.values(rules).map(({ spec, retired }) => [
        `${spec.rule}@${spec.version}`,
        retired === null ? spec.severity : `retired: ${retired.reason}`,
        spec.owner,
        spec.checks.join(', '),
        spec.things.join(', ') || 'all',
      ])
      const text = table(['rule', 'severity', 'owner', 'checks', 'watches'], rows)
      context.answer(rows.length === 0 ? 'No alert rule is declared.' : text, Object.values(rules))
    })
}

function addAlarms(group: Command): void {
  common(unnamed(group, 'list'))
    .description('list the alarms: open ones first, those that are snoozed last of these')
    .option('--all', 'those that are over too', false)
    .option('--at <moment>', 'as they were: a position, or a time', 'now')
    .action(async ({ all, at }: { all: boolean; at: string }, command: Command) => {
      const context = contextOf(command)
      const now = /^(now|\d+)$/.test(at) ? wallClock.nowMicros() : parseMoment(at)
      const found = inOrder(await stateAt(context, at), now).filter(
        ({ resolved }) => all || resolved === null,
      )
      context.answer(
        found.length === 0 ? 'No alarm is open.' : found.map((alarm) => alarmText(alarm, now)).join('\n\n'),
        found,
      )
    })

  common(about(group.command('ack')))
    .description('acknowledge an alarm: you see to it')
    .option('--note <text>', 'what for those who come after', '')
    .action(async (alarm: number, { note }: { note: string }, command: Command) => {
      const context = contextOf(command)
      const { position, answer } = await performed(context, alarmAcknowledge, { input: { alarm, note } })
      context.answer(`Alarm ${alarm} is acknowledged: log position ${position}`, { ...answer, position })
    })

  common(about(group.command('snooze')))
    .description('have nobody called about it until a moment')
    .requiredOption('--until <time>', 'such as 2026-03-01T09:00Z')
    .requiredOption('--reason <text>', 'why')
    .action(async (alarm: number, options: { until: string; reason: string }, command: Command) => {
      const context = contextOf(command)
      const input = { alarm, until: parseMoment(options.until), reason: options.reason }
      const { position, answer } = await performed(context, alarmSnooze, { input })
      const until = formatMoment(input.until)
      context.answer(`Alarm ${alarm} is snoozed until ${until}: log position ${position}`, {
        ...answer,
        position,
      })
    })

  common(about(group.command('accept')))
    .description('accept what it saw as the new usual: it is over, and what is usual is learned anew')
    .requiredOption('--reason <text>', 'why')
    .action(async (alarm: number, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      const { position, answer } = await performed(context, alarmAccept, { input: { alarm, reason } })
      context.answer(`What alarm ${alarm} saw is the new usual: log position ${position}`, {
        ...answer,
        position,
      })
    })

  common(group.command('check'))
    .description('look whether a data set is overdue by now; a server does so by itself')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      const { answer } = await performed(context, alertCheck, { input: {} })
      context.answer(`${answer.overdue} data sets became overdue.`, answer)
    })
}

const about = (command: Command): Command =>
  command.addArgument(
    new Argument('<alarm>', 'the position that asof alarms names it by').argParser(whole(1)),
  )

const stateAt = (context: Context, at = 'now'): Promise<AlarmsState> =>
  withArchive(context, async ({ log, confirmed }) => {
    const moment = await momentOf(log, at)
    return (await foldTo(log, NO_STORE, alarms, { ...moment, confirmed: await confirmed() })).state
  })
