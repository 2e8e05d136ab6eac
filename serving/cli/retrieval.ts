/** `asof features get` and `asof features why`: features as they were known, for a spine or for every session, and one cell's story. */
import { type Command, InvalidArgumentError } from 'commander'
import { jewelOf } from '../../schemas/jewel.ts'
import { formatMoment, parseMoment } from '../../schemas/kernel/time.ts'
import { wallClock } from '../clock.ts'
import { momentOf } from '../moment.ts'
import { type Asked, type Asking, askFeatures } from '../retrieval/ask.ts'
import { type CellAnswer, cellAsOf, type Telling } from '../retrieval/cell.ts'
import { frozenAnswer } from '../retrieval/frozen-set.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { addPartition, assertOutput, type Output, putAnswer } from './output.ts'
import { withArchive } from './platform.ts'
import { table } from './table.ts'
import { recordTaken } from './taken.ts'

type GetOptions = Readonly<{
  spine?: string
  entityColumn?: string
  timeColumn?: string
  timeZone?: string
  keep?: readonly string[]
  from?: string
  to?: string
  entities?: readonly string[]
  features?: readonly string[]
  label?: string
  entry: number
  exit?: number
  at: string
  recorded?: string
  why: boolean
  present: boolean
}> &
  Partial<Output>

const ROWS_SHOWN = 10

export function addRetrieval(features: Command): void {
  addPartition(common(features.command('get')))
    .description(
      'read features as they were known at each row of a spine, or at the decision of each session',
    )
    .argument('<set>', 'name@version, or a name: its newest version')
    .option(
      '--spine <file>',
      'a file of entities and times: CSV, Parquet, Arrow, NDJSON; a date is the decision of its session',
    )
    .option('--entity-column <name>', 'what the spine calls its entities; found where it is left out')
    .option('--time-column <name>', 'what it calls its times; found where it is left out')
    .option('--time-zone <zone>', "of times without one; the data set's where it is left out")
    .option('--keep <columns>', 'columns of the spine that are handed through, with commas between', names)
    .option('--from <date>', 'without a spine: every session from this date on')
    .option('--to <date>', 'to this date, exclusive; to the last one that was decided where it is left out')
    .option('--entities <names>', 'of these alone, with commas between', names)
    .option('--features <names>', 'these alone, with commas between', names)
    .option('--label <formula>', 'what is to be forecast, such as "close / delay(close, 5) - 1"')
    .option('--entry <sessions>', 'sessions from the decision to the entry', whole(1), 1)
    .option(
      '--exit <sessions>',
      'sessions from the decision to the exit: where the formula is read',
      whole(2),
    )
    .option('--at <moment>', 'hide what became known later: a time, or a position', 'now')
    .option('--recorded <moment>', 'hide what the log did not have by then: a position or a time')
    .option(
      '--why',
      'beside the values: why there are none, what they are about, when they were known, which event told them',
      false,
    )
    .option('--present', 'leave out rows without values', false)
    .option(
      '-o, --output <path>',
      'write .parquet, .arrow (Feather) or .arrows (a stream) instead of showing the first rows',
    )
    .action(async (set: string, options: GetOptions, command: Command) => {
      const context = contextOf(command)
      const { output, partition } = options
      if (output !== undefined) assertOutput({ output, partition })
      else if (partition !== undefined)
        command.error('error: --partition says how a folder is written: --output')
      await withArchive(context, async (archive) => {
        const moment = await momentOf(archive.log, options.at, options.recorded)
        const asking = await askFeatures(archive, askedOf(set, options), {
          moment,
          now: wallClock.nowMicros(),
        })
        const { set: of, spine, counts } = asking
        await recordTaken(context, jewelOf('features', of.key), 'asof features get')
        const about = {
          set: of.key,
          hash: of.spec.hash,
          position: of.position,
          columns: asking.schema.fields.map(({ name, kind, unit = '' }) => ({ name, kind, unit })),
        }
        if (output === undefined) {
          const rows = await firstRows(asking)
          const head = `${of.key}, of the log up to position ${of.position}: ${rows.length} of ${spine.rows} rows`
          return context.answer([head, shown(asking, rows)].join('\n'), {
            ...about,
            rowsAsked: spine.rows,
            rows,
          })
        }
        const { text, data, rows } = await putAnswer(context, asking.table, { output, partition })
        // Of what an earlier attempt had written not every row was counted.
        const isCounted = partition === undefined
        const { rowsWithout, cellsMissing } = counts
        const missing = isCounted ? `, ${rowsWithout} without a value, ${cellsMissing} cells missing` : ''
        context.answer(
          `${output}: ${rows} rows of ${of.key}${missing}; ${text}, of the log up to position ${of.position}`,
          { ...about, ...data, ...(isCounted && { rowsWithout, cellsMissing }) },
        )
      })
    })

  addPartition(common(features.command('frozen')))
    .description(
      'write a training set as it was frozen: each row as it was decided, with its label and return',
    )
    .argument('<name>', 'a training set, or a run: the one that it was trained on')
    .requiredOption('-o, --output <path>', 'write .parquet, .arrow (Feather) or .arrows (a stream)')
    .action(async (name: string, options: Output, command: Command) => {
      const context = contextOf(command)
      assertOutput(options)
      await withArchive(context, async (archive) => {
        const { trainingSet, table: frozen } = await frozenAnswer(archive, name)
        await recordTaken(context, jewelOf('training-set', trainingSet), 'asof features frozen')
        const { text, data, rows } = await putAnswer(context, frozen, options)
        const about = { trainingSet, about: frozen.schema.about }
        context.answer(`${options.output}: ${rows} rows of ${trainingSet}; ${text}`, { ...about, ...data })
      })
    })

  common(features.command('why'))
    .description(
      'show one cell as it was known: its value or why there is none, the events it comes from, and what it was before and since',
    )
    .argument('<cell>', 'set:feature, such as us20.core@1:momentum')
    .argument('<entity>', 'whose')
    .argument('<moment>', 'as of when it is asked, such as 2008-09-15T20:05Z')
    .option('--at <moment>', 'hide what became known later: a time, or a position', 'now')
    .option('--recorded <moment>', 'hide what the log did not have by then: a position or a time')
    .action(async (cell: string, entity: string, at: string, options: GetOptions, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const moment = await momentOf(archive.log, options.at, options.recorded)
        const found = await cellAsOf(archive, { cell, entity, at: parseMoment(at) }, moment)
        await recordTaken(context, jewelOf('features', found.set), 'asof features why')
        context.answer(cellText(found), found)
      })
    })
}

function names(text: string): readonly string[] {
  const list = text.split(',').map((name) => name.trim())
  if (list.includes('')) throw new InvalidArgumentError('Write names with commas between.')
  return list
}

function askedOf(set: string, options: GetOptions): Asked {
  const {
    spine: path,
    entityColumn,
    timeColumn,
    timeZone,
    keep = [],
    label,
    entry,
    exit = entry + 1,
  } = options
  const { from, to, entities, features, why, present: presentOnly } = options
  return {
    ...{ set, from, to, entities, features, why, presentOnly },
    ...(path !== undefined && { spine: { path, entityColumn, timeColumn, timeZone, keep } }),
    ...(label !== undefined && { label: { formula: label, entry, exit } }),
  }
}

type Row = Readonly<Record<string, string | number | null>>

async function firstRows({ schema, batches }: Asking): Promise<readonly Row[]> {
  for await (const { length, cells } of batches())
    return Array.from({ length: Math.min(length, ROWS_SHOWN) }, (_, row) =>
      Object.fromEntries(
        schema.fields.map((field, place) => {
          const cell = cells[place][row]
          if (cell === null || typeof cell === 'string') return [field.name, cell]
          if (Number.isNaN(cell)) return [field.name, null]
          if (field.kind === 'category') return [field.name, field.texts[cell]]
          return [field.name, field.kind === 'time' ? formatMoment(cell) : cell]
        }),
      ),
    )
  return []
}

const shown = ({ schema }: Asking, rows: readonly Row[]): string =>
  table(
    schema.fields.map(({ name }) => name),
    rows.map((row) => Object.values(row).map((cell) => String(cell ?? ''))),
  )

const WORDS: Readonly<Record<CellAnswer['status'], string>> = {
  PRESENT: 'is known',
  NOT_FOUND: 'is missing: nothing was ever told of the entity',
  NOT_YET_KNOWN: 'is missing: all that there is became known later',
  TOO_OLD: 'is missing: the newest row is older than the set allows',
  WITHDRAWN: 'is missing: every row that was known had been taken back',
  NULL_AT_SOURCE: 'is missing: the row is there, and its window has a missing value or too few rows',
}

function cellText({
  set,
  feature,
  entity,
  at,
  status,
  value,
  eventTime,
  told,
  before,
  since,
  window,
}: CellAnswer): string {
  const lines = [`${set}:${feature} of ${entity} at ${formatMoment(at)} ${WORDS[status]}`]
  if (value !== null) lines.push(`  value ${value}`)
  if (eventTime !== null) lines.push(`  about ${formatMoment(eventTime)}`)
  if (told !== null) lines.push(`  as told: ${tellingText(told)}`)
  lines.push(...before.map((one) => `  before that: ${tellingText(one)}`))
  lines.push(...since.map((one) => `  not known yet at that moment: ${tellingText(one)}`))
  if (window !== null) {
    const { exact, count, noun, positions } = window
    const from = positions
      .map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`))
      .slice(0, 12)
    lines.push(
      `  computed from ${exact ? '' : 'at most '}${count} x ${noun} [${from.join(', ')}${positions.length > 12 ? ', ...' : ''}]`,
    )
  }
  return lines.join('\n')
}

const tellingText = ({ value, knownAt, position, cause, source }: Telling): string =>
  `${value ?? 'missing'}, known ${formatMoment(knownAt)}, event ${position} after event ${cause} (${source})`
