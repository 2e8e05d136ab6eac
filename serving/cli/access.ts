/** `asof token`, `access-policy` and `sign-access-policy`: who gets in, and who may do what. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { MOST_TOKEN_DAYS } from '../../commands/access/token.ts'
import { access } from '../../projections/access/access.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { ROLES, type Role } from '../../schemas/role.ts'
import { signAccessPolicy } from '../access/acts.ts'
import { readAccessPolicy } from '../access/policy-file.ts'
import { hashOf, newSecret, newTokenId, tokenText } from '../access/secrets.ts'
import type { Archive } from '../archive.ts'
import { wallClock } from '../clock.ts'
import { accessIssueToken, accessRevokeToken, accessSetPolicy } from '../commands/access.ts'
import { folderAt } from '../folder.ts'
import { existingKey } from '../keys.ts'
import { runningServer } from '../running.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { ask } from './remote.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

export function addAccess(program: Command): void {
  common(program.command('link'))
    .description('print another link that lets the owner in, by a browser, once')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      const server = await runningServer(context.folder)
      if (server === null) throw refuse('server.none', { folder: context.folder })
      const asking = { method: 'POST', path: '/api/v1/links', json: {} } as const
      const { body } = await ask({ ...server, folder: folderAt(context.folder) }, asking)
      context.answer((body as { link: string }).link, body)
    })

  const token = program.command('token').description('tokens, by which programs and people get in')

  common(token.command('create'))
    .description('issue a token and print it, once: the log holds its hash alone')
    .addOption(new Option('--role <role...>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .requiredOption('--subject <name>', 'who will use it: the name that is recorded with what is done')
    .requiredOption('--expires <days>', `when it ends, as 90d; at most ${MOST_TOKEN_DAYS}d`, days)
    .action(async (options: Create, command: Command) => {
      const context = contextOf(command)
      const { role: roles, subject } = options
      const [id, secret] = [newTokenId(), newSecret()]
      const expires = wallClock.nowMicros() + options.expires * MICROS_PER_DAY
      const issued = { id, subject, roles, hash: hashOf(secret), expires }
      await performed(context, accessIssueToken, { input: issued })
      const told = { token: tokenText(id, secret), id, subject, roles, expires: formatMoment(expires) }
      process.stderr.write(`Keep it: it is not shown again. It ends at ${told.expires}.\n`)
      context.answer(told.token, told)
    })

  common(token.command('list'))
    .description('show the tokens that were issued, and which of them still give something')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const tokens = await tokensIn(archive)
        const rows = tokens.map(({ id, subject, roles, expires, status }) => [
          ...[id, subject, roles.join(', '), expires, status],
        ])
        context.answer(table(['id', 'subject', 'roles', 'expires', 'status'], rows), tokens)
      })
    })

  common(token.command('revoke'))
    .description('end a token: from the next request on it gives nothing')
    .argument('<id>', 'its id, which asof token list shows')
    .option('--reason <text>', 'why', '')
    .action(async (id: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      await performed(context, accessRevokeToken, { input: { id, reason } })
      context.answer(`Token ${id} is revoked.`, { id, reason })
    })

  common(program.command('access-policy'))
    .description('put an access policy in force that the committee signed: which role may do what')
    .argument('<file>', 'the policy')
    .action(async (path: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const set = await readAccessPolicy(path)
      await performed(context, accessSetPolicy, { input: set })
      context.answer(`Access policy ${set.policy.version} is in force.`, set)
    })

  common(program.command('sign-access-policy'))
    .description("print a member's signature under an access policy, a line for its list of signatures")
    .argument('<file>', 'the policy')
    .requiredOption('--member <name>', 'the member who signs')
    .requiredOption('--key <file>', "the member's private key")
    .action(async (path: string, options: { member: string; key: string }, command: Command) => {
      const context = contextOf(command)
      const { policy } = await readAccessPolicy(path)
      const { member } = options
      const privateKey = existingKey(options.key)
      await withArchive(context, async (archive) => {
        const { accessPolicy: inForce, policy: gate, log } = await accessIn(archive)
        const evidence = { inForce, governance: { policy: gate, log } }
        const signed = signAccessPolicy(policy, evidence, { member, privateKey })
        context.answer(`- ${JSON.stringify(signed)}`, signed)
      })
    })
}

type Create = { role: Role[]; subject: string; expires: number }

/** @throws InvalidArgumentError */
function days(text: string): number {
  const [, digits] = /^(\d{1,3})d$/.exec(text) ?? []
  const found = Number(digits ?? 0)
  if (found >= 1 && found <= MOST_TOKEN_DAYS) return found
  throw new InvalidArgumentError(`Write days from 1d to ${MOST_TOKEN_DAYS}d.`)
}

const accessIn = async ({ log, confirmed }: Archive) =>
  (await foldTo(log, NO_STORE, access, { confirmed: await confirmed() })).state

async function tokensIn(archive: Archive) {
  const now = wallClock.nowMicros()
  return Object.entries((await accessIn(archive)).tokens).map(([id, { hash: _, expires, ...token }]) => ({
    id,
    ...token,
    expires: formatMoment(expires),
    status: token.revoked !== null ? 'revoked' : expires <= now ? 'expired' : 'live',
  }))
}
