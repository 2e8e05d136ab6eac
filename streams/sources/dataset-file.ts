/** Reads the declaration of a data set from a YAML file, and says of every error where it is and what to write. */
import { basename } from 'node:path'
import { z } from 'zod'
import { calendarSpec, sessionOfDate } from '../../schemas/calendar.ts'
import { type DatasetSpec, datasetSpec } from '../../schemas/events/data.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { listing } from '../../schemas/listing.ts'
import { SHIPPED_CALENDARS, shippedCalendar } from '../calendar/shipped.ts'
import { zoneOf } from '../calendar/zone.ts'
import { readWritten } from '../log/regular.ts'
import { writtenFormat } from './format-file.ts'
import { formatProblems } from './format-problems.ts'
import { entitiesBy } from './listings.ts'
import { rowsDeclared, rowsProblems, writtenRows } from './rows-file.ts'
import { timeReader } from './time-text.ts'
import { readYaml } from './yaml.ts'

const { rows: _, ...shape } = datasetSpec.shape

const { shape: priceShape } = shape.prices.unwrap()

/** A shipped calendar by its name, or one written out. */
const calendar = z.union([z.string(), calendarSpec]).transform((given, context) => {
  if (typeof given !== 'string') return given
  const shipped = shippedCalendar(given)
  if (shipped !== undefined) return shipped
  context.addIssue({ code: 'custom', message: `"${given}" is none that ships` })
  return z.NEVER
})

/** The declaration as it is written: what may be left out is empty. */
const written = z.strictObject({
  ...shape,
  calendar: calendar.nullable().default(null),
  prices: z
    .strictObject({
      ...priceShape,
      dividend: priceShape.dividend.default(''),
      split: priceShape.split.default(''),
      actions: priceShape.actions.default(''),
      volume: priceShape.volume.default(''),
      currency: priceShape.currency.default(''),
      delistAfterSessions: priceShape.delistAfterSessions.default(10),
      delistingReturn: priceShape.delistingReturn.default(0),
      decideAt: priceShape.decideAt.default(''),
    })
    .nullable()
    .default(null),
  listings: z
    .array(
      z.strictObject({
        symbol: listing.shape.symbol,
        entity: listing.shape.entity,
        from: listing.shape.from.default(''),
        to: listing.shape.to.default(''),
      }),
    )
    .default([])
    .pipe(shape.listings),
  revisions: shape.revisions.optional(),
  entityColumn: shape.entityColumn.default(''),
  timeColumn: shape.timeColumn.default(''),
  timeOfDay: shape.timeOfDay.default(''),
  timeZone: shape.timeZone.default(''),
  knownAt: z.strictObject({
    ...shape.knownAt.shape,
    column: shape.knownAt.shape.column.default(''),
    lagMicros: shape.knownAt.shape.lagMicros.default(0),
  }),
  provenance: shape.provenance.default(''),
  caveat: shape.caveat.default(''),
  format: writtenFormat,
  ...writtenRows,
})

const REMEDIES: Readonly<Record<string, string>> = {
  dataset: 'write a name of lower-case letters, digits, dots and dashes, such as us20',
  layout: 'write long (a row is an entity at a time) or wide (a column is an entity)',
  entityColumn: 'write the name of the column with the entity, and leave it out for a wide file',
  timeColumn: 'write the name of the column with the time',
  timeOfDay: 'write the local time of the event in quotes, such as "16:00", or leave it out for moments',
  timeZone: 'write an IANA zone such as America/New_York',
  knownAt: 'write kind: observed, kind: declared with a column, or kind: lag with lagMicros',
  calendar: `write one of ${SHIPPED_CALENDARS.join(', ')}, or a calendar of your own, or leave it out: each local day with rows is then a session`,
  prices:
    'write column, and where there are dividend, split, volume, actions (the data set that holds dividends and splits), delistAfterSessions, delistingReturn, decideAt',
  listings: 'write a list of symbol and entity, each with from (inclusive), to (exclusive) or both, as dates',
  revisions:
    'write arrival (a row that contradicts an earlier one is known from its arrival) or declared (from when the vendor says)',
  columns:
    'write a list of name, unit and type (float, decimal, int64, bool, date, category, string), each name once; a wide file has exactly one',
  key: 'write the columns that tell rows of one entity and time apart, such as [months]',
  withdrawn:
    'write column (what the file calls it) and words (what stands there for a row that is taken back)',
  reads: 'write table, sec-ownership (Forms 4 and 5), lean-factors or lean-maps, or leave it out for a table',
  ahead: 'write true where a row may be known before its event, as an estimate is',
  provenance: 'write where the data come from, as text',
  caveat: 'write what is known to be wrong with the data, as text',
  format: 'write it as streams/sources/README.md says, or leave it out for plain files',
}

/** @throws Refusal `dataset.unreadable`, `dataset.malformed`, `reader.not-started` */
export async function readDatasetFile(path: string): Promise<DatasetSpec> {
  return parseDataset(textAt(path), basename(path))
}

function textAt(path: string): string {
  try {
    return readWritten(path)
  } catch (error) {
    throw refuse('dataset.unreadable', {
      file: path,
      why: error instanceof Error ? error.message : String(error),
    })
  }
}

/**
 * @param file what a person calls the text, for errors
 * @throws Refusal `dataset.malformed`, naming every key that is wrong, `reader.not-started`
 */
export async function parseDataset(text: string, file: string): Promise<DatasetSpec> {
  const read = await readYaml(text)
  if (!read.ok) {
    const { line, column, why } = read.error
    throw malformed(file, [
      `it cannot be read as YAML: ${why} at line ${line}, column ${column}; correct it there`,
    ])
  }
  const parsed = written.safeParse(read.value)
  if (!parsed.success) throw malformed(file, parsed.error.issues.slice(0, PROBLEMS_TOLD).map(problemOf))
  // A vendor who says when each row became known may say so of a correction; a lag says nothing about corrections.
  const revisions = parsed.data.knownAt.kind === 'declared' ? 'declared' : 'arrival'
  const { columns, key, shown, withdrawn, ahead, reads, ...plain } = parsed.data
  const told = { columns, key, shown, withdrawn, ahead, reads }
  const spec: DatasetSpec = { ...plain, ...rowsDeclared(told), revisions: plain.revisions ?? revisions }
  const problems = [...contradictionsIn(spec), ...rowsProblems(spec, told).map(([key, why]) => say(key, why))]
  if (problems.length > 0) throw malformed(file, problems)
  return spec
}

/** A file in which everything is wrong is not told of every part, nor of the whole of one. */
const PROBLEMS_TOLD = 20
const PROBLEM_CHARACTERS = 1_000

const malformed = (file: string, problems: readonly string[]): Refusal =>
  refuse('dataset.malformed', {
    file,
    problems: problems.map((problem) => problem.slice(0, PROBLEM_CHARACTERS)).join('; '),
  })

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const path = issue.path.length === 0 ? '' : ` in ${issue.path.join('.')}`
    return `key ${issue.keys.slice(0, PROBLEMS_TOLD).join(', ').slice(0, 500)}${path}: not a key of a declaration; remove it or correct its spelling`
  }
  const [key = ''] = issue.path
  if (key === '') return `it holds no keys; write at least ${Object.keys(shape).slice(0, 2).join(' and ')}`
  return say(issue.path.join('.'), issue.message)
}

const say = (key: string, problem: string): string =>
  `key ${key}: ${problem}; ${REMEDIES[key.split('.')[0] ?? ''] ?? 'correct it'}`

/** What no single key is to blame for. */
function contradictionsIn(spec: DatasetSpec): readonly string[] {
  const names = spec.columns.map((column) => column.name)
  const wide = spec.layout === 'wide'
  const checks: readonly (readonly [boolean, string, string])[] = [
    [
      !wide && spec.entityColumn === '' && spec.format.entityFromFile === '',
      'entityColumn',
      'a long file needs it, or format.entityFromFile',
    ],
    [
      spec.entityColumn !== '' && spec.format.entityFromFile !== '',
      'entityColumn',
      'the entity is told by format.entityFromFile already',
    ],
    [wide && spec.format.entityFromFile !== '', 'format.entityFromFile', 'a wide file has none'],
    [wide && spec.entityColumn !== '', 'entityColumn', 'a wide file has none'],
    [!wide && spec.timeColumn === '', 'timeColumn', 'a long file needs it'],
    [wide && names.length !== 1, 'columns', `a wide file has one value, not ${names.length}`],
    [new Set(names).size < names.length, 'columns', 'a name is there twice'],
    ...priceProblems(spec, names),
    [
      isOfOtherDays(spec),
      'timeZone',
      `dates at timeOfDay are of calendar ${spec.calendar?.calendar}, whose zone is ${spec.calendar?.zone}`,
    ],
    [spec.knownAt.kind === 'declared' && spec.knownAt.column === '', 'knownAt.column', 'declared needs it'],
    [
      spec.knownAt.kind !== 'declared' && spec.knownAt.column !== '',
      'knownAt.column',
      'only declared has it',
    ],
    [spec.knownAt.kind !== 'lag' && spec.knownAt.lagMicros > 0, 'knownAt.lagMicros', 'only lag has it'],
  ]
  const problems = checks.filter(([wrong]) => wrong).map(([, key, problem]) => say(key, problem))
  problems.push(...formatProblems(spec).map(([key, problem]) => say(`format.${key}`, problem)))
  problems.push(...timeProblems(spec), ...listingProblems(spec))
  return problems
}

/** Whether the clock that dates are told by is another than the exchange's; two names of one clock are not. */
function isOfOtherDays({ calendar, timeOfDay, timeZone }: DatasetSpec): boolean {
  if (calendar === null || timeOfDay === '' || timeZone === calendar.zone) return false
  try {
    const [own, exchange] = [zoneOf(timeZone), zoneOf(calendar.zone)]
    const [from, to] = [sessionOfDate(calendar.from), sessionOfDate(calendar.to)]
    for (let day = from; day < to; day += 7)
      if (own.local(day * MICROS_PER_DAY) !== exchange.local(day * MICROS_PER_DAY)) return true
    return false
  } catch (error) {
    // A zone that is none is told as such.
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Columns that the prices name and the data set does not have. */
function priceProblems({ prices }: DatasetSpec, names: readonly string[]): [boolean, string, string][] {
  if (prices === null) return []
  const { column, volume, dividend, split, actions } = prices
  const own = { column, volume, ...(actions === '' ? { dividend, split } : {}) }
  return Object.entries(own).map(([key, name]) => [
    name !== '' && !names.includes(name),
    `prices.${key}`,
    `the data set has no column ${name}`,
  ])
}

/** A symbol that is two instruments on one date, or an instrument with two symbols. */
function listingProblems({ listings }: DatasetSpec): readonly string[] {
  try {
    entitiesBy(listings)
    return []
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return [say('listings', error.message)]
  }
}

/** The zone, the hour and the patterns, as they are tried where times are read. */
function timeProblems(spec: DatasetSpec): readonly string[] {
  const { timeOfDay, timeZone, format } = spec
  const clock = format.clockColumn === '' ? null : format.clock
  const tried = [
    () => timeReader('time', { timeOfDay, timeZone, pattern: format.time, clock }),
    () => timeReader('known', { timeOfDay: '', timeZone: '', pattern: format.known }),
  ]
  return tried.flatMap((read, at) => {
    try {
      read()
      return []
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code, detail } = error.fault
      if (code === 'dataset.format') {
        return [say(`format.${at === 1 ? 'known' : detail.key}`, `"${detail.text}" ${detail.problem}`)]
      }
      const key = code === 'dataset.time-zone' ? 'timeZone' : 'timeOfDay'
      return [say(key, `"${spec[key]}" is not one`)]
    }
  })
}
