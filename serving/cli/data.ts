/** `asof ingest`: data in. */
import type { Command } from 'commander'
import { fault } from '../../schemas/kernel/fault.ts'
import { printableWord } from '../../schemas/kernel/name.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { LIMITS } from '../../streams/sources/room.ts'
import type { Arrived } from '../commands/data.ts'
import { common, contextOf } from './context.ts'
import { addDatasets } from './datasets.ts'
import { withSite } from './site.ts'

export function addData(program: Command): void {
  common(program.command('ingest'))
    .description('record a file (CSV, Parquet, Arrow, NDJSON) as one arrival of a data set')
    .argument('<file>', 'what has arrived')
    .requiredOption('-d, --dataset <yaml>', 'the declaration of the data set; a new one is declared with it')
    .action(async (path: string, options: { dataset: string }, command: Command) => {
      const context = contextOf(command)
      const spec = await readDatasetFile(options.dataset)
      const { changed, answer: done } = await withSite(context, (site) => site.ingest(path, spec))
      if (done.earlier !== null) {
        const { source, earlier } = done
        const { message } = fault('data.duplicate-source', { source, earlier, dataset: spec.dataset })
        context.answer(printableWord(message), { dataset: spec.dataset, source, earlier, changed })
        return
      }
      const { source, rows, quarantine, chunks } = done.arrival
      const apart = quarantine?.reasons.map((one) => `  ${one.rows} x ${one.reason}`) ?? []
      // Repeated rows are no rejects: a file of them alone is read, and adds nothing.
      const isQuarantined = rows === 0 && done.arrival.rowsRepeated + done.arrival.rowsEmpty === 0
      const counts = countsOf(done)
      const lines = [
        `${printableWord(source)}: ${rows} rows into ${spec.dataset} (${counts}), ${quarantine?.rows ?? 0} quarantined`,
        ...apart,
        ...(quarantine === null
          ? []
          : [
              `  asof rejects ${spec.dataset} shows ${shownOf(quarantine.rows)} (chunk ${quarantine.chunk.hash})`,
            ]),
        ...(isQuarantined
          ? ['No row was accepted, and the file can be ingested again: correct the declaration or the file.']
          : []),
      ]
      const { duplicateRows, outOfOrderRows, rowsOffSession, sessionsClosed } = done
      const { rowsRevised, rowsLate, rowsRepeated, rowsEmpty } = done.arrival
      const counted = { duplicateRows, outOfOrderRows, rowsRevised, rowsLate, rowsRepeated, rowsEmpty }
      const data = {
        dataset: spec.dataset,
        source,
        rows,
        ...counted,
        rowsOffSession,
        sessionsClosed,
        quarantine,
        chunks,
        changed,
      }
      context.answer(lines.join('\n'), data)
      if (isQuarantined) process.exitCode = 1
    })

  addDatasets(program)
}

/** Beyond a limit rejects are counted, and not kept. */
const shownOf = (rows: number): string =>
  rows > LIMITS.rejectsKept ? `the first ${LIMITS.rejectsKept} of them` : 'them'

/** What was counted of an arrival beside its rows: what is usual always, what is not where there is some. */
function countsOf({
  arrival,
  duplicateRows,
  outOfOrderRows,
  rowsOffSession,
  sessionsClosed,
}: Arrived): string {
  const { rowsRevised, rowsLate, rowsRepeated, rowsEmpty } = arrival
  const unusual: readonly [number, string][] = [
    [
      rowsRevised,
      'revised: known from now on, or from when the vendor says where the declaration believes it',
    ],
    [rowsLate, 'late: known from now on'],
    [rowsRepeated, 'repeated and left out'],
    [rowsEmpty, 'empty and left out'],
    [rowsOffSession, 'on days without a session'],
    [sessionsClosed, 'sessions closed'],
  ]
  const told = unusual.filter(([rows]) => rows > 0).map(([rows, what]) => `${rows} ${what}`)
  return [`${duplicateRows} duplicates`, `${outOfOrderRows} out of order`, ...told].join(', ')
}
