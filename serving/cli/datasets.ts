/** `asof dataset infer` and `asof rejects`: how a file would be read, and what was quarantined. */
import { basename } from 'node:path'
import type { Command } from 'commander'
import { refuse } from '../../schemas/kernel/fault.ts'
import { printableWord } from '../../schemas/kernel/name.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { proposalFor, readFile } from '../../streams/sources/file.ts'
import { writeProposal } from '../../streams/sources/infer/write.ts'
import { wallClock } from '../clock.ts'
import { momentOf } from '../moment.ts'
import { type ObservedLag, observedLags } from '../observed-lag.ts'
import { type Quarantine, rejectsOf } from '../rejects.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { table } from './table.ts'

const ROWS_SHOWN = 5

export function addDatasets(program: Command): void {
  const dataset = program.command('dataset').description('how files are declared')
  common(dataset.command('infer'))
    .description(
      'propose a declaration for a file, and show five rows as it would read them; records nothing',
    )
    .argument('<file>', 'a file as its vendor ships it')
    .action(async (path: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const { text, file, rows } = await inferred(path)
      const counts = `${file.rowCount} rows, ${file.rejected} quarantined`
      const reasons = file.reasons.map((one) => `# ${one.rows} x ${one.reason}`)
      const shown = table(
        rows[0] === undefined ? [] : Object.keys(rows[0]),
        rows.map((row) => Object.values(row).map(printableWord)),
      )
      const lines = [
        text.trimEnd(),
        '',
        `# ${counts}; as it would be read:`,
        ...reasons,
        ...shown.split('\n').map((line) => `#   ${line}`),
      ]
      const { rowCount, rejected, rejects } = file
      const data = {
        declaration: text,
        rows,
        rowCount,
        rejected,
        reasons: file.reasons,
        rejects: rejects.slice(0, ROWS_SHOWN),
      }
      context.answer(lines.join('\n'), data)
    })

  common(dataset.command('lag'))
    .description(
      'show how late live arrivals were beside the lag that is declared; exits 1 where most came later',
    )
    .argument('[dataset]', 'one alone')
    .option('--at <position>', 'of the log as it was then: now, or a position', 'now')
    .action(async (name: string | undefined, { at }: { at: string }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const found = await observedLags(archive, name ?? null, await momentOf(archive.log, at))
        const head = ['data set', 'declared', 'live arrivals', 'least', 'median', 'greatest', 'later', '']
        context.answer(table(head, found.map(lagCells)), found)
        if (found.some(({ tooShort }) => tooShort)) process.exitCode = 1
      })
    })

  common(program.command('rejects'))
    .description('show what was quarantined of a data set, and why, the newest arrival first')
    .argument('<dataset>', 'its name')
    .option('-n, --limit <number>', 'at most so many lines', whole(1), 20)
    .action(async (name: string, { limit }: { limit: number }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const told = await rejectsOf(archive, { dataset: name, limit })
        const lines =
          told.length === 0 ? [`Nothing of ${printableWord(name)} was quarantined.`] : told.flatMap(linesOf)
        context.answer(lines.join('\n'), told)
      })
    })
}

async function inferred(path: string) {
  const proposal = await proposalFor(path)
  if (proposal === null) {
    throw refuse('source.unreadable', {
      file: basename(path),
      why: 'no column of it holds times that are known; declare it by hand',
    })
  }
  const text = writeProposal(proposal)
  const spec = await parseDataset(text, 'the proposal')
  const receivedAt = wallClock.nowMicros()
  const [file, slice] = await readFile(path, { spec, receivedAt }, async (read) => {
    for await (const first of read.rows) return [read, first] as const
    return [read, undefined] as const
  })
  const rows = Array.from({ length: Math.min(ROWS_SHOWN, slice?.length ?? 0) }, (_, row) => ({
    entity: slice?.entities[slice.entity[row]] ?? '',
    eventTime: formatMoment(slice?.eventTime[row] ?? 0),
    knownAt: formatMoment(slice?.knownAt[row] ?? 0),
    ...Object.fromEntries((slice?.columns ?? []).map(({ name, values }) => [name, String(values[row])])),
  }))
  return { text, file, rows }
}

function linesOf({ source, position, recordedAt, rows, reasons, rejects }: Quarantine): string[] {
  const counts = reasons.map((one) => `${one.rows} x ${one.reason}`).join(', ')
  const more = rows > rejects.length ? [`  and ${rows - rejects.length} more`] : []
  return [
    `${printableWord(source)}, position ${position}, ${formatMoment(recordedAt)}: ${rows} quarantined (${counts})`,
    ...rejects.map(({ line, reason, text, why, at }) => {
      const because = why === undefined ? reason : `${reason} (${why})`
      const where = at === undefined ? `line ${line}` : `${at.topic} ${at.partition}:${at.offset}`
      return `  ${where}: ${because}: ${printableWord(text)}`
    }),
    ...more,
  ]
}

const lagText = (micros: number | null): string => (micros === null ? '' : `${(micros / 1e6).toFixed(1)} s`)

const lagCells = (one: ObservedLag): string[] => [
  one.dataset,
  one.declaredMicros === null ? 'as it is told' : lagText(one.declaredMicros),
  String(one.arrivals),
  ...[one.leastMicros, one.medianMicros, one.greatestMicros].map(lagText),
  String(one.later),
  one.tooShort ? 'DECLARED TOO SHORT' : '',
]
