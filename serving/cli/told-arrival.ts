/** What people and programs are told of an arrival. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { fault, Refusal } from '../../schemas/kernel/fault.ts'
import { printableWord } from '../../schemas/kernel/name.ts'
import { LIMITS } from '../../streams/sources/room.ts'
import { arrivedSources } from '../arrived-sources.ts'
import type { Arrived, ArrivedBefore } from '../commands/data.ts'
import type { Done } from '../commands/definition.ts'
import type { Context } from './context.ts'
import { withArchive } from './platform.ts'

/** What people and programs are told of one file. */
export type Told = Readonly<{
  lines: readonly string[]
  isQuarantined: boolean
  data: Readonly<
    Record<string, unknown> & {
      changed: boolean
      rows?: number
      quarantine?: Arrived['arrival']['quarantine']
    }
  >
}>

/** What arrived already, by digest; nothing before the first arrival, when there is no log. */
export async function arrivedSoFar(context: Context, dataset: string): Promise<ReadonlyMap<string, string>> {
  try {
    return await withArchive(context, ({ log }) => arrivedSources(log, dataset))
  } catch (error) {
    if (error instanceof Refusal && error.fault.code === 'log.missing') return new Map()
    throw error
  }
}

export function beforeOf({ earlier, source, dataset }: ArrivedBefore & Readonly<{ dataset: string }>): Told {
  const { message } = fault('data.duplicate-source', { source, earlier, dataset })
  const data = { dataset, source, earlier, changed: false }
  return { lines: [printableWord(message)], isQuarantined: false, data }
}

export function toldOf({ changed, answer: done }: Done<Arrived | ArrivedBefore>, spec: DatasetSpec): Told {
  if (done.earlier !== null) return beforeOf({ ...done, dataset: spec.dataset })
  const { source, rows, quarantine, chunks } = done.arrival
  const apart = quarantine?.reasons.map((one) => `  ${one.rows} x ${one.reason}`) ?? []
  // Repeated rows are no rejects: a file of them alone is read, and adds nothing.
  const isQuarantined = rows === 0 && done.arrival.rowsRepeated + done.arrival.rowsEmpty === 0
  const lines = [
    `${printableWord(source)}: ${rows} rows into ${spec.dataset} (${countsOf(done)}), ${quarantine?.rows ?? 0} quarantined`,
    ...apart,
    ...(quarantine === null
      ? []
      : [
          `  asof rejects ${spec.dataset} shows ${shownOf(quarantine.rows)} (chunk ${quarantine.chunk.hash})`,
        ]),
    ...inexactOf(done.arrival.inexact),
    ...(isQuarantined
      ? ['No row was accepted, and the file can be ingested again: correct the declaration or the file.']
      : []),
  ]
  const { duplicateRows, outOfOrderRows, rowsOffSession, sessionsClosed } = done
  const { rowsRevised, rowsLate, rowsRepeated, rowsEmpty, rowsWithdrawn, inexact } = done.arrival
  const counted = {
    duplicateRows,
    outOfOrderRows,
    rowsRevised,
    rowsLate,
    rowsRepeated,
    rowsEmpty,
    rowsWithdrawn,
  }
  const more = { rowsOffSession, sessionsClosed, inexact, quarantine, chunks, changed }
  return { lines, isQuarantined, data: { dataset: spec.dataset, source, rows, ...counted, ...more } }
}

const inexactOf = (columns: readonly string[]): string[] =>
  columns.length === 0
    ? []
    : [
        `  ${columns.join(', ')}: some integers are no doubles; they are kept whole, and formulas see the nearest double`,
      ]

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
  const { rowsRevised, rowsLate, rowsRepeated, rowsEmpty, rowsWithdrawn } = arrival
  const unusual: readonly [number, string][] = [
    [
      rowsRevised,
      'revised: known from now on, or from when the vendor says where the declaration believes it',
    ],
    [rowsWithdrawn, 'taken back'],
    [rowsLate, 'late: known from now on'],
    [rowsRepeated, 'repeated and left out'],
    [rowsEmpty, 'empty and left out'],
    [rowsOffSession, 'on days without a session'],
    [sessionsClosed, 'sessions closed'],
  ]
  const told = unusual.filter(([rows]) => rows > 0).map(([rows, what]) => `${rows} ${what}`)
  return [`${duplicateRows} duplicates`, `${outOfOrderRows} out of order`, ...told].join(', ')
}
