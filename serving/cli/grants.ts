/** `asof access`: grants for what is guarded, who is suspended, and what somebody saw. */
import type { Command } from 'commander'
import { type GrantSpec, grantSpec } from '../../schemas/events/grant.ts'
import { grantsIn, sawOf } from '../access/saw.ts'
import { workingSetIn } from '../access/working-set.ts'
import { wallClock } from '../clock.ts'
import {
  accessApprove,
  accessBreakGlass,
  accessLift,
  accessRequest,
  accessReview,
  accessRevoke,
} from '../commands/grant.ts'
import { inputOf } from '../commands/perform.ts'
import { groundAt } from '../lineage/ground.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

type Asked = Readonly<{
  why: string
  ticket: string
  minutes: number
  artifacts: number
  bytes: number
  emergency: boolean
}>

const GIB = 2 ** 30

export function addGrants(program: Command): void {
  const access = program
    .command('access')
    .description('grants for what is guarded: models, training sets, feature values in bulk, reports')

  common(access.command('request'))
    .description('ask for a grant: it counts once somebody else approves it, or at once for your own work')
    .argument(
      '<item...>',
      'run:ID, logged-model:ID, model:NAME, features:SET@VERSION, training-set:NAME, report:DIGEST',
    )
    .requiredOption('--why <text>', 'what it is needed for')
    .requiredOption('--ticket <id>', 'where the work is written down')
    .option('--minutes <count>', 'for how long, at most 480', whole(1), 60)
    .option('--artifacts <count>', 'how many artifacts, at most 50', whole(1), 10)
    .option('--bytes <count>', 'how many bytes in all', whole(1), GIB)
    .option('--emergency', 'take it at once, for an hour at most: somebody else looks at it after', false)
    .action(
      async (items: string[], { why: justification, emergency, ...options }: Asked, command: Command) => {
        const context = contextOf(command)
        const { ticket, minutes, artifacts, bytes } = options
        const spec = { items, justification, ticket, minutes, artifacts, bytes }
        const asking = emergency ? accessBreakGlass : accessRequest
        const input: GrantSpec = inputOf(asking.name, grantSpec, spec)
        const { answer } = await performed(context, asking, { input })
        const { grant, subject, outside, approved } = answer
        const beyond =
          outside.length === 0 ? '' : ` Lineage does not lead to ${outside.join(', ')} from your work.`
        const what = approved === null ? 'is asked for, and counts once somebody else approves it' : 'counts'
        context.answer(`Grant ${grant} of ${subject} ${what}.${beyond} asof access list shows it.`, answer)
      },
    )

  const onGrant = (name: string, about: string): Command =>
    common(access.command(name))
      .description(about)
      .argument('<person>', 'whose it is')
      .argument('<grant>', 'its id, which asof access list shows')

  onGrant('approve', "approve somebody else's request: it counts from now on").action(
    async (subject: string, grant: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      await performed(context, accessApprove, { input: { subject, grant } })
      context.answer(`Grant ${grant} of ${subject} is approved.`, { subject, grant })
    },
  )

  onGrant('revoke', 'end a grant, or refuse a request for one, for good')
    .requiredOption('--reason <text>', 'why')
    .action(async (subject: string, grant: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      await performed(context, accessRevoke, { input: { subject, grant, reason } })
      context.answer(`Grant ${grant} of ${subject} gives nothing.`, { subject, grant, reason })
    })

  onGrant('review', 'say what was found about a grant that was taken in an emergency')
    .requiredOption('--finding <text>', 'what was found')
    .action(async (subject: string, grant: string, { finding }: { finding: string }, command: Command) => {
      const context = contextOf(command)
      await performed(context, accessReview, { input: { subject, grant, finding } })
      context.answer(`The emergency of ${subject} is reviewed.`, { subject, grant, finding })
    })

  common(access.command('lift'))
    .description('agree that a suspension ends: with the second of two others who do, it does')
    .argument('<person>', 'who is suspended')
    .requiredOption('--reason <text>', 'why')
    .action(async (subject: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      await performed(context, accessLift, { input: { subject, reason } })
      context.answer(`You agreed that ${subject} may take again what is granted.`, { subject, reason })
    })

  common(access.command('list'))
    .description('show the grants that were asked for, and who is suspended')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async ({ log }) => {
        const found = await grantsIn(log, wallClock.nowMicros())
        const rows = found.grants.map(({ subject, grant, status, expires, by, ticket, items }) => [
          ...[subject, grant, status, expires, by, ticket, items.join(' ')],
        ])
        const heads = ['person', 'grant', 'status', 'until', 'approved by', 'ticket', 'items']
        const who = found.suspended.length === 0 ? [] : [`suspended: ${found.suspended.join(', ')}`]
        context.answer([table(heads, rows), ...who].join('\n'), found)
      })
    })

  common(access.command('proposed'))
    .description("show what a person's own work rests on, by lineage: what the policy may grant him at once")
    .argument('<person>', 'who')
    .action(async (subject: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const { state, position } = await groundAt(archive, {})
        const found = await workingSetIn({ log: archive.log, state, position }, subject)
        context.answer(
          found.items.join('\n') || `The work of ${subject} rests on nothing that is guarded.`,
          found,
        )
      })
    })

  common(access.command('saw'))
    .description('show everything that is guarded and that somebody took, with why, and what was refused')
    .argument('<person>', 'who')
    .action(async (subject: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async ({ log }) => {
        const saw = await sawOf(log, subject)
        const rows = saw.taken.map(({ at, artifact, bytes, hash, door, ticket, justification }) => [
          ...[
            at,
            artifact,
            String(bytes ?? 'not told'),
            hash?.slice(0, 12) ?? '',
            door,
            ticket,
            justification,
          ],
        ])
        const heads = ['at', 'artifact', 'bytes', 'sha256', 'door', 'ticket', 'why']
        const { artifacts, refused, alarms, position } = saw
        const told = `${subject} took ${artifacts} artifacts in ${saw.taken.length} reads; ${refused} were refused, ${alarms.length} alarms. The log was read up to position ${position}.`
        context.answer(rows.length === 0 ? told : [table(heads, rows), told].join('\n'), saw)
      })
    })
}
