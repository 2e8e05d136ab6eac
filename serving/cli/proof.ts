/** `asof verify`, `asof replay` and `asof rebuild`: nothing was changed, everything follows, and views are only folds. */
import type { Command } from 'commander'
import { type Confirmation, confirmAsItStands } from '../as-it-stands.ts'
import { wallClock } from '../clock.ts'
import { accessRotateKey, viewsRebuild } from '../commands/operate.ts'
import { folderAt } from '../folder.ts'
import { replayLanes } from '../replaying/lanes.ts'
import type { ReplayReport } from '../replaying/replay.ts'
import { checkpointIn, damageText, verifyFolder } from '../sealing.ts'
import { writtenText } from '../spec-file.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'
import { verifyBounds, withinBounds } from './watched.ts'

export function addProof(program: Command): void {
  common(program.command('verify'))
    .description(
      'walk the log, the chunks, the Merkle tree and the database itself; exits 1 and names what is damaged',
    )
    .option('--vkey <key>', "the log's public key as you have it; the folder's own copy unless given")
    .option('--checkpoint <file>', 'a checkpoint that you kept: prove that nothing before it has changed')
    .action(async (options: { vkey?: string; checkpoint?: string }, command: Command) => {
      const context = contextOf(command)
      const found = await withinBounds(context, verifyBounds(context.folder), (alive) =>
        verifyFolder(context.folder, {
          ...(options.vkey && { verifierKey: options.vkey }),
          ...(options.checkpoint && { checkpoint: noteAt(options.checkpoint) }),
          progress(part, done, of) {
            alive()
            context.progress(`verify ${part}`, done, of)
          },
        }),
      )
      context.answer(verificationText(found, options.checkpoint), found)
      if (found.damages.length > 0) process.exitCode = 1
    })

  common(program.command('checkpoint'))
    .description(
      'print the checkpoint of the last commit, to be kept elsewhere: asof verify --checkpoint FILE',
    )
    .action((_: unknown, command: Command) => {
      const context = contextOf(command)
      const { note, log } = checkpointIn(folderAt(context.folder))
      process.stderr.write(`The log is ${log}.\n`)
      context.answer(note.trimEnd(), { log, note })
    })

  common(program.command('rotate-key'))
    .description('seal the log with a new key from now on; the old one signs it, in an event of the log')
    .requiredOption('--reason <text>', 'why')
    .action(async ({ reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      const { answer } = await performed(context, accessRotateKey, { input: { reason } })
      context.answer(`The log is sealed by ${answer.verifierKey} from now on.`, answer)
    })

  common(program.command('confirm'))
    .description(
      'after an upgrade that changed what processors emit: verify the log, record what differs now, and take it as it stands',
    )
    .requiredOption('--reason <text>', 'why')
    .action(async (options: { reason: string }, command: Command) => {
      const context = contextOf(command)
      const act = { actor: context.actor, reason: options.reason, now: wallClock.nowMicros() }
      const found = await confirmAsItStands(context.folder, act, (position, of) =>
        context.progress('replay', position, of),
      )
      context.answer(confirmationText(found), found)
      if (found.damages.length > 0) process.exitCode = 1
    })

  common(program.command('replay'))
    .description('derive every derived event of a range again, and compare bytes')
    .option('--from <position>', 'first position', whole(1), 1)
    .option('--to <position>', 'last position; the head unless given', whole(1))
    .action(async (options: { from: number; to?: number }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive, alive) => {
        const to = options.to ?? (await archive.log.head()).position
        const onProgress = (position: number) => {
          alive()
          context.progress('replay', Math.floor(position), to)
        }
        const report = await replayLanes(archive, { from: options.from, to, onProgress })
        context.answer(replayText(report), report)
        if (report.differences > 0) process.exitCode = 1
      })
    })

  common(program.command('rebuild'))
    .description('throw every projection away and fold the log again')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      const progress = (done: number, of: number) => context.progress('rebuild', done, of)
      const { answer: digests } = await performed(context, viewsRebuild, { input: {}, progress })
      const rows = digests.map(({ name, position, digest }) => [name, String(position), digest])
      context.answer(table(['view', 'position', 'digest'], rows), digests)
    })
}

function confirmationText({ damages, replayed }: Confirmation): string {
  if (damages.length > 0) return `Nothing was confirmed: asof verify finds ${damageText(damages.length)}.`
  if (replayed === null) return 'The log is empty: there is nothing to confirm.'
  return `${replayText(replayed)}\nAll derived events up to position ${replayed.to} are taken as they stand; the log says so.`
}

/** A note as somebody kept it: line ends and blank lines after it are no part of it. */
const noteAt = (path: string): string => `${writtenText(path).replaceAll('\r\n', '\n').trimEnd()}\n`

function verificationText(found: Awaited<ReturnType<typeof verifyFolder>>, kept: string | undefined): string {
  const { damages, events, eventsSealed, eventsNotSealed, checkpoints, orphans, verifierKey, notes } = found
  const sealed =
    verifierKey === null ? 'no seal' : `${eventsSealed} sealed by ${checkpoints} signed checkpoints`
  const lost = eventsSealed > events ? ', or of events that were lost' : ''
  return [
    `${events} events (${sealed}, ${eventsNotSealed} written and not yet sealed): ${damageText(damages.length)}`,
    ...damages.map(({ place, problem }) => `  ${place}: ${problem}`),
    ...notes.map((note) => `  (${note})`),
    ...(orphans.length > 0
      ? [`  (${orphans.length} chunks belong to no event: a put whose append never came${lost})`]
      : []),
    ...(kept !== undefined && damages.length === 0
      ? [`  Nothing that ${kept} seals has changed: its tree is the beginning of this one.`]
      : []),
  ].join('\n')
}

export function replayText(report: ReplayReport): string {
  const { compared, equal, saidByOlder, first, differences, from, to } = report
  const rows = Object.keys(compared)
    .sort()
    .map((type) => [type, String(compared[type]), String(equal[type] ?? 0)])
  const older = Object.values(saidByOlder).reduce((sum, count) => sum + count, 0)
  if (rows.length === 0 && older === 0)
    return `Positions ${from} to ${to} hold nothing that was derived: nothing was compared.`
  const verdict =
    first === null
      ? `Positions ${from} to ${to}: everything that was derived came out the same, byte for byte.`
      : `${differences} differ. The first is ${first.type} at position ${first.position} of ${first.stream}, ${first.kind}: ${first.detail}.`
  const apart =
    older === 0
      ? []
      : [`${older} were said by older versions, and confirmed when those were raised: they are not compared.`]
  return [table(['event', 'compared', 'equal'], rows), verdict, ...apart].join('\n')
}
