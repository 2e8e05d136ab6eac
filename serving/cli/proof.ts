/** `asof verify`, `asof replay` and `asof rebuild`: nothing was changed, everything follows, and views are only folds. */
import type { Command } from 'commander'
import { overlay } from '../overlay.ts'
import { type ReplayReport, replay } from '../replay.ts'
import { verifyFolder } from '../sealing.ts'
import { wire } from '../wire.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive, withPlatform } from './platform.ts'
import { table } from './table.ts'

export function addProof(program: Command): void {
  common(program.command('verify'))
    .description(
      'walk the log, the chunks and the Merkle tree; exits 1 and names it where any byte is damaged',
    )
    .option('--vkey <key>', "the log's public key as you have it; the folder's own copy unless given")
    .action(async (options: { vkey?: string }, command: Command) => {
      const context = contextOf(command)
      const found = await verifyFolder(context.folder, {
        ...(options.vkey && { verifierKey: options.vkey }),
        progress: (part, done, of) => context.progress(`verify ${part}`, done, of),
      })
      const { damages, events, eventsSealed, eventsNotSealed, checkpoints, orphans, verifierKey } = found
      const sealed =
        verifierKey === null ? 'no seal' : `${eventsSealed} sealed by ${checkpoints} signed checkpoints`
      const lines = [
        `${events} events (${sealed}, ${eventsNotSealed} durable and not yet sealed): ${damages.length} damages`,
        ...damages.map(({ place, problem }) => `  ${place}: ${problem}`),
        ...(orphans.length > 0
          ? [`  (${orphans.length} chunks belong to no event: a put whose append never came)`]
          : []),
      ]
      context.answer(lines.join('\n'), found)
      if (damages.length > 0) process.exitCode = 1
    })

  common(program.command('replay'))
    .description('make every derived event of a range again from what it follows from, and compare bytes')
    .option('--from <position>', 'first position', whole(1), 1)
    .option('--to <position>', 'last position; the head unless given', whole(1))
    .action(async (options: { from: number; to?: number }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async ({ log, chunks }) => {
        const to = options.to ?? (await log.head()).position
        const { processors } = wire(overlay(chunks))
        const onProgress = (position: number) => context.progress('replay', position, to)
        const report = await replay(log, processors, { from: options.from, to }, onProgress)
        context.answer(replayText(report), report)
        if (report.differences > 0) process.exitCode = 1
      })
    })

  common(program.command('rebuild'))
    .description('throw every projection away and fold the log again')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      await withPlatform(context, async ({ views }) => {
        await views.rebuild((position) => context.progress('rebuild', position, Number.POSITIVE_INFINITY))
        const digests = views.digests()
        const rows = digests.map(({ name, position, digest }) => [name, String(position), digest])
        context.answer(table(['view', 'position', 'digest'], rows), digests)
      })
    })
}

export function replayText({ compared, equal, first, differences, from, to }: ReplayReport): string {
  const rows = Object.keys(compared)
    .sort()
    .map((type) => [type, String(compared[type]), String(equal[type] ?? 0)])
  if (rows.length === 0)
    return `Positions ${from} to ${to} hold nothing that was derived: nothing was compared.`
  const verdict =
    first === null
      ? `Positions ${from} to ${to}: everything that was derived came out the same, byte for byte.`
      : `${differences} differ. The first is ${first.type} at position ${first.position} of ${first.stream}, ${first.kind}: ${first.detail}.`
  return [table(['event', 'compared', 'equal'], rows), verdict].join('\n')
}
