/** A spine from a file of any kind that is read: its entities, its moments or dates, and columns that are handed through. */
import { basename } from 'node:path'
import { type DatasetSpec, PLAIN_FORMAT, PLAIN_ROWS } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { cellOf, joinRows, type Rows } from '../../schemas/rows.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { type FileArrival, proposalFor, readFile } from '../../streams/sources/file.ts'
import { type Spine, spineOf } from './spine.ts'

export type SpineFile = Readonly<{
  path: string
  /** What the file calls them; found in it where they are left out. */
  entityColumn?: string | undefined
  timeColumn?: string | undefined
  /** Of times without a zone: that of the data set where it is left out. */
  timeZone?: string | undefined
  /** Columns that are handed through as they stand. */
  keep: readonly string[]
}>

/**
 * Its rows by moment, then entity, then the columns that are kept. A date is the moment at which its session is decided.
 * @param dataset whose sessions and zone are meant
 * @param now nothing can be asked of a later moment
 * @throws Refusal `retrieval.spine-*`, and as `readFile`
 */
export async function spineIn(file: SpineFile, dataset: DatasetSpec, now: Micros): Promise<Spine> {
  const name = basename(file.path)
  const proposal = await proposalFor(file.path)
  const entityColumn = file.entityColumn ?? proposal?.spec.entityColumn ?? ''
  const timeColumn = file.timeColumn ?? proposal?.spec.timeColumn ?? ''
  const missing = (what: string, option: string) =>
    refuse('retrieval.spine-column', { file: name, what, option })
  if (entityColumn === '') throw missing('entity', '--entity-column <name>')
  if (timeColumn === '' || proposal === null) throw missing('time', '--time-column <name>')
  const isDates = proposal.spec.timeOfDay !== ''
  const { format } = proposal.spec
  const spec: DatasetSpec = {
    ...proposal.spec,
    layout: 'long',
    entityColumn,
    timeColumn,
    // A date is read as the session of that name, and becomes a moment by the data set's own rule.
    timeOfDay: isDates ? '00:00' : '',
    timeZone: isDates ? 'UTC' : (file.timeZone ?? dataset.calendar?.zone ?? (dataset.timeZone || 'UTC')),
    knownAt: { kind: 'lag', column: '', lagMicros: 0 },
    columns: file.keep.map((column) => ({ name: column, unit: '' })),
    format: { ...PLAIN_FORMAT, ...format, columns: [], entityFromFile: '', missing: [] },
    calendar: null,
    prices: null,
    listings: [],
    rows: {
      ...PLAIN_ROWS,
      types: file.keep.map((column) => ({ column, type: 'string' as const, pattern: '' })),
      key: [...file.keep],
      shown: [],
    },
  }
  const rows = await readFile(file.path, { spec, receivedAt: now }, async (read) => {
    assertWhole(name, read)
    const slices: Rows[] = []
    for await (const slice of read.rows) slices.push(slice)
    return joinRows(slices)
  })
  const { decides } = datasetSessions(dataset)
  const moment = isDates ? rows.eventTime.map((day) => decides(day / MICROS_PER_DAY)) : rows.eventTime
  const early = moment.findIndex((one) => one > now)
  if (early >= 0) {
    const text = `${rows.entities[rows.entity[early]]}, decided at ${formatMoment(moment[early])}`
    const later = moment.reduce((count, one) => count + (one > now ? 1 : 0), 0)
    throw refuse('retrieval.spine-undecided', { file: name, rows: rowsText(later), text })
  }
  const kept = rows.columns.map((column) => ({
    name: column.name,
    cells: Array.from({ length: rows.length }, (_, row) => textOf(cellOf(column, row))),
  }))
  return spineOf({ entities: rows.entities, entity: rows.entity, moment, kept })
}

const textOf = (cell: string | number | bigint | null): string | null => (cell === null ? null : String(cell))

/** No row of a spine is left out, and none answered once for two. */
function assertWhole(
  file: string,
  { rejects: [first], rejected, reasons, duplicateRows }: FileArrival,
): void {
  const twice = duplicateRows + (reasons.find(({ reason }) => reason === 'key.conflict')?.rows ?? 0)
  if (twice > 0)
    throw refuse('retrieval.spine-twice', { file, rows: rowsText(twice), option: '--keep <column>' })
  if (first === undefined) return
  const { line, reason, text } = first
  throw refuse('retrieval.spine-row', { file, rows: rowsText(rejected), line, reason, text })
}

const rowsText = (rows: number): string => (rows === 1 ? '1 row' : `${rows} rows`)
