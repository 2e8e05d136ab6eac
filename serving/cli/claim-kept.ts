/** `asof claim rederive|hold|release|retention`: whether a claim still follows, and until when all that it rests on is kept. */
import type { Command } from 'commander'
import { DEFAULT_FISCAL_YEAR_END, fiscalYearEnd } from '../../commands/claim/retention.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatDay, formatMoment } from '../../schemas/kernel/time.ts'
import { type Kept, type Retained, type Retention, retentionOf } from '../claims/retention.ts'
import { wallClock } from '../clock.ts'
import { claimHold, claimRederive, claimRelease } from '../commands/claim-kept.ts'
import { readConfig } from '../config.ts'
import { folderAt } from '../folder.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

export function addKept(group: Command): void {
  common(group.command('rederive'))
    .description('work a claim out again, as the platform does each night; exits 1 where it does not follow')
    .argument('<claim>', 'the claim')
    .action(async (claim: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const { position, answer } = await performed(context, claimRederive, { input: { claim } })
      const { problems, proven } = answer
      const last = proven === null ? 'It was never proven.' : `It was last proven ${formatMoment(proven)}.`
      const text =
        problems.length === 0
          ? `${claim} follows from the log up to position ${position}.`
          : [`${claim} does not follow:`, ...problems.map((one) => `  ${one}`), last].join('\n')
      context.answer(text, { position, ...answer })
      if (problems.length > 0) process.exitCode = 1
    })

  for (const [name, held, about] of [
    ['hold', claimHold, 'put all that a claim rests on under a legal hold'],
    ['release', claimRelease, 'release a legal hold on a claim'],
  ] as const)
    common(group.command(name))
      .description(about)
      .argument('<claim>', 'the claim')
      .requiredOption('--hold <name>', 'what the hold is called: a matter, an examination')
      .requiredOption('--reason <text>', 'why')
      .action(async (claim: string, { hold, reason }: Hold, command: Command) => {
        const context = contextOf(command)
        const { position } = await performed(context, held, { input: { claim, hold, reason } })
        const text = name === 'hold' ? `${claim} is held (${hold})` : `${hold} holds ${claim} no more`
        context.answer(`${text}, log position ${position}.`, { claim, hold, position })
      })

  common(group.command('retention'))
    .description('show until when all that claims rest on must not be deleted')
    .argument('[claim]', 'one claim; all of them unless given')
    .option(
      '--fiscal-year-end <MM-DD>',
      "the adviser's; claims.fiscalYearEnd of the configuration unless given",
    )
    .option('--chunks', 'name every file of the chunk store that is kept, and until when', false)
    .action(async (claim: string | undefined, options: Retain, command: Command) => {
      const context = contextOf(command)
      const config = await readConfig(folderAt(context.folder), process.env)
      const ends = options.fiscalYearEnd ?? config.claims?.fiscalYearEnd ?? DEFAULT_FISCAL_YEAR_END
      if (!fiscalYearEnd.test(ends)) throw refuse('claim.fiscal-year', { text: ends })
      await withArchive(context, async (archive) => {
        const now = wallClock.nowMicros()
        const found = await retentionOf(archive, { claim: claim ?? null, fiscalYearEnd: ends, now })
        context.answer(options.chunks ? chunksText(found) : retentionText(found), found)
      })
    })
}

type Hold = { hold: string; reason: string }
type Retain = { fiscalYearEnd?: string; chunks: boolean }

function retentionText({ claims, fiscalYearEnd: ends, position }: Retention): string {
  if (claims.length === 0) return 'Nothing is claimed yet.'
  const heads = ['claim', 'last went out', 'kept until', 'holds', 'events', 'chunks', 'bytes']
  const rows = claims.map((one) => [
    ...[one.claim, one.lastSent === null ? 'never' : formatDay(one.lastSent), untilText(one)],
    one.holds.map(({ hold, by, reason }) => `${hold} by ${by}: ${reason}`).join('; ') || 'none',
    ...[one.events, one.chunks, one.bytes].map(String),
  ])
  return [
    table(heads, rows),
    `Fiscal years end on ${ends}; log position ${position}. Five years from the end of the one in which a claim last went out (17 CFR 275.204-2(e)(3)); one that is not withdrawn goes out until it is. Have counsel confirm.`,
  ].join('\n')
}

const untilText = ({ until, isOut, holds }: Retained): string => {
  const day = until === null ? '' : isOut ? `${until} at least` : until
  if (holds.length > 0) return day === '' ? 'the hold is released' : `${day}, and while it is held`
  return day === '' ? 'no day' : day
}

const chunksText = ({ chunks }: Retention): string =>
  chunks.map((one) => `${one.hash}.${one.format}  ${keptText(one)}`).join('\n')

const keptText = ({ until, open }: Kept): string =>
  [...(until === null ? [] : [until]), ...(open.length === 0 ? [] : [`open: ${open.join(', ')}`])].join(
    '  ',
  ) || 'no day'
