/** `asof claim`: draft, check, approve, disseminate, withdraw, list, show and export what is claimed. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Command, Option } from 'commander'
import { type ClaimView, claims } from '../../projections/claim/claims.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { sessionDate } from '../../schemas/calendar.ts'
import { audience } from '../../schemas/events/claim.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { exportClaim } from '../claims/export.ts'
import { claimFile, specOf } from '../claims/file.ts'
import { claimApprove, claimCheck, claimDisseminate, claimDraft, claimWithdraw } from '../commands/claim.ts'
import { existingKey } from '../keys.ts'
import { readSpec } from '../spec-file.ts'
import { addKept } from './claim-kept.ts'
import { type Context, common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { signedCommand } from './sign.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

export function addClaim(program: Command): void {
  const group = program.command('claim').description('numbers in advertisements, and what proves them')

  common(group.command('draft'))
    .description('draft a claim from a file; a number that does not follow from the log is refused')
    .argument('<file>', 'the claim')
    .action(async (path: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const spec = specOf(await readSpec(path, claimFile))
      const { position, answer } = await performed(context, claimDraft, { input: { spec } })
      const { figure } = answer.draft ?? {}
      const text = `${spec.claim} is drafted, log position ${position}: gross ${figure?.gross}, net ${figure?.net ?? 'not shown'} over ${figure?.sessions} sessions.`
      context.answer(text, { position, ...answer })
    })

  common(group.command('check'))
    .description('hold a claim against the rules; exits 1 where it breaks one')
    .argument('<claim>', 'the claim')
    .action(async (claim: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const { answer } = await performed(context, claimCheck, { input: { claim } })
      const { check } = answer
      const rows = (check?.rules ?? []).map((one) => [
        one.rule,
        one.passed ? 'passed' : 'BROKEN',
        one.source,
        one.says,
      ])
      const { trials, passed = false } = check ?? {}
      const text = [
        table(['rule', 'verdict', 'source', 'what it asks'], rows),
        `${trials?.started} trials were started in family ${trials?.family}. Have counsel confirm.`,
      ]
      context.answer(text.join('\n'), answer)
      if (!passed) process.exitCode = 1
    })

  common(group.command('approve'))
    .description('sign the latest check of a claim, as compliance')
    .argument('<claim>', 'the claim')
    .requiredOption('--member <name>', 'who signs: a person whose key the policy lists')
    .requiredOption('--key <file>', 'their private key')
    .requiredOption('--reason <text>', 'why')
    .action(async (claim: string, options: Approve, command: Command) => {
      const context = contextOf(command)
      const { member, reason } = options
      const privateKey = existingKey(options.key)
      await signedCommand(context, claimApprove, { asked: { claim, member, reason }, privateKey })
      context.answer(`${member} approved ${claim}.`, { claim, member, reason })
    })

  common(group.command('disseminate'))
    .description('record where an approved claim goes, with a copy of the advertisement')
    .argument('<claim>', 'the claim')
    .requiredOption('--channel <text>', 'through what it goes')
    .addOption(
      new Option('--audience <class>', 'to whom it goes')
        .choices(audience.shape.class.options)
        .makeOptionMandatory(),
    )
    .requiredOption('--list <text>', 'the list of who receives it, or a memorandum of one')
    .requiredOption('--copy <file>', 'the advertisement as it goes out')
    .option('--media-type <type>', 'what kind of file that is', 'application/octet-stream')
    .option('--one-on-one', 'to one person alone', false)
    .option('--solicited', 'because they asked for it', false)
    .action(async (claim: string, options: Disseminate, command: Command) => {
      const context = contextOf(command)
      const { channel, list, oneOnOne, solicited, mediaType } = options
      const input = {
        ...{ claim, channel, mediaType, fileName: basename(options.copy) },
        audience: { class: options.audience, list, oneOnOne, solicited },
        copy: fileAt(options.copy).toString('base64'),
      }
      const { position } = await performed(context, claimDisseminate, { input })
      context.answer(`${claim} goes out through ${channel}, log position ${position}.`, { claim, position })
    })

  common(group.command('withdraw'))
    .description('withdraw a claim, for good')
    .argument('<claim>', 'the claim')
    .requiredOption('--reason <text>', 'why')
    .action(async (claim: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      const { position } = await performed(context, claimWithdraw, { input: { claim, reason } })
      context.answer(`${claim} is withdrawn, log position ${position}.`, { claim, position })
    })

  addKept(group)

  common(group.command('list'))
    .description('list every claim and how it stands')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      const state = await viewed(context)
      const rows = Object.entries(state).map(([claim, view]) => [
        ...[claim, view.status, view.model, view.measure, String(view.gross ?? ''), String(view.net ?? '')],
        `${sessionDate(view.from)} to ${sessionDate(view.to)}`,
      ])
      const heads = ['claim', 'status', 'model', 'measure', 'gross', 'net', 'period']
      context.answer(rows.length === 0 ? 'Nothing is claimed yet.' : table(heads, rows), state)
    })

  common(group.command('show'))
    .description('show one claim, with its rules, approvals and disseminations')
    .argument('<claim>', 'the claim')
    .action(async (claim: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const view = (await viewed(context))[claim]
      if (view === undefined) throw refuse('claim.unknown', { claim })
      context.answer(shown(claim, view), view)
    })

  common(group.command('export'))
    .description('write all that proves a claim, with programs that check it offline')
    .argument('<claim>', 'the claim')
    .requiredOption('--to <path>', 'one archive: a file ending in .zip that is not there; or an empty folder')
    .option('--whole', 'put every event of the log into it: nothing can then have been left out', false)
    .action(async (claim: string, { to, whole }: { to: string; whole: boolean }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const pack = await exportClaim(archive, { claim, to, whole })
        const text = `${pack.events} events of ${pack.size}, ${pack.chunks} chunks, ${pack.files} files in ${to}\n${pack.archive === null ? `manifest ${pack.manifest}` : `archive ${pack.archive}`}\nAn auditor runs his own copy of the verifier: python3 verify.py ${to} --vkey KEY, or verify.html in a browser.`
        context.answer(text, pack)
      })
    })
}

type Approve = { member: string; key: string; reason: string }
type Disseminate = {
  channel: string
  audience: (typeof audience.shape.class.options)[number]
  list: string
  copy: string
  mediaType: string
  oneOnOne: boolean
  solicited: boolean
}

const viewed = (context: Context) =>
  withArchive(context, async ({ log, confirmed }) => {
    const { state } = await foldTo(log, NO_STORE, claims, { confirmed: await confirmed() })
    return state.claims
  })

function fileAt(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw refuse('spec.unreadable', { path, why: error instanceof Error ? error.message : String(error) })
  }
}

function shown(claim: string, view: ClaimView): string {
  const { figure } = view
  return [
    `${claim}: ${view.status}`,
    `  text       ${view.text}`,
    `  number     ${view.measure} of ${view.model}, ${view.unit}: gross ${view.gross ?? 'not shown'}, net ${view.net ?? 'not shown'} (${view.regime})`,
    `  exact      gross ${figure.gross}, net ${figure.net ?? 'none'} at log position ${figure.readAt}`,
    `  period     ${sessionDate(view.from)} to ${sessionDate(view.to)}: ${figure.sessions} sessions, ${figure.restated} restated`,
    `  drafted    by ${view.drafter}`,
    ...view.rules.map(
      ({ rule, passed, source }) => `  ${passed ? 'passed' : 'BROKEN'}     ${rule}, ${source}`,
    ),
    ...view.approvals.map(
      ({ member, at, expires }) =>
        `  approved   by ${member}, ${formatMoment(at)}, until ${formatMoment(expires)}`,
    ),
    ...view.disseminated.map(
      ({ at, channel, audience: to, advertisement }) =>
        `  went out   ${formatMoment(at)}, ${channel}, ${to}, copy ${advertisement}`,
    ),
    ...(view.proven === null
      ? []
      : [`  proven     ${formatMoment(view.proven.at)}, log position ${view.proven.position}`]),
    ...(view.rederived?.problems ?? []).map((one) => `  BROKEN     ${one}`),
    ...view.holds.map(
      ({ hold, by, at, reason }) => `  held       ${hold}, by ${by}, ${formatMoment(at)}: ${reason}`,
    ),
    ...(view.withdrawn === null ? [] : [`  withdrawn  by ${view.withdrawn.by}: ${view.withdrawn.reason}`]),
  ].join('\n')
}
