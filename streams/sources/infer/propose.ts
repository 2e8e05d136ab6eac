/** A declaration that fits the head of a file: what can be seen in it is filled in, what cannot is said to be a guess. */
import { type DatasetSpec, PLAIN_FORMAT, PLAIN_ROWS } from '../../../schemas/events/data.ts'
import { nameProblem } from '../../../schemas/kernel/name.ts'
import { SHIPPED_CALENDARS, shippedCalendar } from '../../calendar/shipped.ts'
import { extensionOf } from '../file-kind.ts'
import { timeReader } from '../time-text.ts'
import { guessNumbers } from './number-guess.ts'
import type { Sample } from './sample.ts'
import { guessTime, type TimeGuess } from './time-guess.ts'

export type Proposal = Readonly<{
  spec: DatasetSpec
  /** What whoever declares must check, by key. */
  check: Readonly<Record<string, string>>
  /** What a data set of prices declares besides, where the columns look like prices. */
  traded: Readonly<{ calendar: string; columns: Readonly<Record<string, string>> }> | null
}>

type Column = Readonly<{
  name: string
  cells: readonly string[]
  time: TimeGuess | null
  numbers: ReturnType<typeof guessNumbers>
}>

/**
 * @param file the base name
 * @param alive is called for each column
 * @returns null where no column holds times, so that nothing can be proposed
 */
export function propose(file: string, sample: Sample, alive: () => void): Proposal | null {
  const columns = sample.names.map((name, at): Column => {
    alive()
    const cells = sample.rows.map((row) => row[at]?.trim() ?? '').filter((cell) => cell !== '')
    const stored = sample.timeColumns.includes(name)
    return { name, cells, time: guessTime(cells), numbers: stored ? null : guessNumbers(cells) }
  })
  const time = timeOf(columns)
  if (time === undefined || time.time === null) return null
  const others = columns.filter((one) => one !== time)
  const texts = others.filter(
    (one) => one.cells.length > 0 && (isName(one) || (one.numbers === null && one.time === null)),
  )
  const values = others.filter((one) => one.numbers !== null && !texts.includes(one))
  const entity = texts.toSorted((a, b) => likeness(b) - likeness(a))[0]
  const named = sample.text?.hasHeader !== false
  const wide =
    named && entity === undefined && values.length > 0 && values.every(({ name }) => !KNOWN_VALUE.test(name))
  const check: Record<string, string> = {}
  const format = formatOf(file, sample, { time, values, wide, hasEntity: entity !== undefined }, check)
  const clock = clockOf(time, check)
  check.knownAt = 'a guess: 5 minutes behind the event. When could you have had a row?'
  const units = 'what each is measured in'
  const kept = wide ? [{ name: 'value', unit: '' }] : values.map(({ name }) => ({ name, unit: '' }))
  check.columns = wide ? 'name the one value that the columns hold, and its unit' : units
  const spec: DatasetSpec = {
    dataset:
      file
        .slice(0, -extensionOf(file).length)
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '') || 'data',
    layout: wide ? 'wide' : 'long',
    entityColumn: wide ? '' : (entity?.name ?? ''),
    timeColumn: time.name,
    ...clock,
    knownAt: { kind: 'lag', column: '', lagMicros: 300_000_000 },
    columns: kept,
    provenance: '',
    caveat: '',
    format,
    calendar: null,
    prices: null,
    listings: [],
    revisions: 'arrival',
    rows: PLAIN_ROWS,
  }
  return { spec, check, traded: wide ? null : tradedIn(values, clock) }
}

const KNOWN_VALUE = /^(?:<?(?:open|high|low|close|vol|volume|adj.*|price|last|bid|ask|px_.*|settle|vwap)>?)$/i
/** Columns by what they are of a price, the likeliest names first. */
const PRICES: Readonly<Record<string, readonly RegExp[]>> = {
  column: [/^<?(?:close|px_last)>?$/i, /^<?(?:last|price|settle|settlement)>?$/i],
  dividend: [/^<?(?:dividends?|div|divcash)>?$/i],
  split: [/^<?(?:splits?|split[ _]?(?:factor|ratio)|stock splits)>?$/i],
  volume: [/^<?(?:volume|vol|px_volume)>?$/i],
}

/** Where a close is declared with an hour of its day, the calendar is of the same zone. */
function tradedIn(
  values: readonly Column[],
  { timeOfDay, timeZone }: Pick<DatasetSpec, 'timeOfDay' | 'timeZone'>,
): Proposal['traded'] {
  const columns = Object.entries(PRICES).flatMap(([key, names]): [string, string][] => {
    const found = names.flatMap((name) => values.filter((one) => name.test(one.name)))[0]
    return found === undefined ? [] : [[key, found.name]]
  })
  if (columns[0]?.[0] !== 'column') return null
  const ofZone = (calendar: string) => shippedCalendar(calendar)?.zone === timeZone
  const calendar = SHIPPED_CALENDARS.filter(ofZone).at(-1) ?? (timeOfDay === '' ? 'XNYS' : '')
  return { calendar, columns: Object.fromEntries(columns) }
}

const TIME_NAME = /date|time|day|month|timestamp|period/i
const ENTITY_NAME = /symbol|ticker|entity|instrument|security|ric|isin|sedol|cusip|name|permno|asset|id/i

/** A column that says that it is a time before one that merely could be: 2008 is a year, and a price. */
function timeOf(columns: readonly Column[]): Column | undefined {
  const times = columns.filter((one) => one.time !== null)
  return (
    times.find((one) => TIME_NAME.test(one.name)) ??
    times.find((one) => one.numbers === null) ??
    times.find((one) => /^(?:epoch|yyyyMM)/.test(one.time?.pattern ?? ''))
  )
}

/** A whole number may name something, where its column says so. */
const isName = ({ name, cells }: Column): boolean =>
  /^(?:symbol|ticker|entity|instrument|security|ric|isin|sedol|cusip|permno|asset|code)$/i.test(name) &&
  cells.every((cell) => nameProblem(cell) === null)

const likeness = (column: Column): number =>
  (ENTITY_NAME.test(column.name) ? 2 : 0) + (column.cells.every((cell) => nameProblem(cell) === null) ? 1 : 0)

function clockOf(time: Column, check: Record<string, string>): Pick<DatasetSpec, 'timeOfDay' | 'timeZone'> {
  const kind = time.time?.kind
  const midnights = kind === 'moment' ? midnightsIn(time) : null
  if (midnights !== null) {
    check.timeOfDay = 'every time is midnight there, so it is a date: when were the values of a day settled?'
    // Dates of UTC may be of any exchange: at the end of their day nothing of them is known too early.
    return { timeOfDay: midnights === 'UTC' ? '23:59' : '16:00', timeZone: midnights }
  }
  if (kind === 'moment') return { timeOfDay: '', timeZone: '' }
  check.timeZone = 'a guess: where is it traded?'
  if (kind === 'local') return { timeOfDay: '', timeZone: 'America/New_York' }
  check.timeOfDay = 'a guess: the local time at which the values of a day were settled'
  return { timeOfDay: '16:00', timeZone: 'America/New_York' }
}

const ZONES = [
  'America/New_York',
  'UTC',
  'Europe/London',
  'Europe/Berlin',
  'Asia/Tokyo',
  'Asia/Hong_Kong',
  'Australia/Sydney',
]

/** The first zone in which every time of a column is midnight: dates that somebody's program made moments of. */
function midnightsIn({ cells, time }: Column): string | null {
  const isDates = (timeZone: string): boolean => {
    const read = timeReader('time', { timeOfDay: '16:00', timeZone, pattern: time?.pattern ?? '' })
    return cells.every((cell) => read(cell).fault === 0)
  }
  return ZONES.find(isDates) ?? null
}

type Found = Readonly<{ time: Column; values: readonly Column[]; wide: boolean; hasEntity: boolean }>

function formatOf(
  file: string,
  { text, names, timeColumns }: Sample,
  { time, values, wide, hasEntity }: Found,
  check: Record<string, string>,
): DatasetSpec['format'] {
  const styles = values.flatMap(({ numbers }) => (numbers === null ? [] : [numbers]))
  const style = styles.map((one) => one.style).find((one) => one.decimal !== '.' || one.thousands !== '')
  const missing = [...new Set(styles.flatMap((one) => one.words))]
  const entityFromFile = wide || hasEntity ? '' : `{entity}${file.slice(-extensionOf(file).length)}`
  if (entityFromFile !== '') check.entityFromFile = 'the file is of one entity, which its name tells'
  if ((time.time?.others.length ?? 0) > 0) {
    check.time = `the days also fit ${time.time?.others.join(' and ')}: which one is it?`
  }
  if (text?.hasHeader === false) check.header = 'the file has no names of columns: write what each is'
  const plainSeparator = /\.tsv(\.gz)?$/i.test(file) ? '\t' : ','
  const pattern = timeColumns.includes(time.name) ? '' : (time.time?.pattern ?? '')
  return {
    ...PLAIN_FORMAT,
    encoding: text?.encoding ?? PLAIN_FORMAT.encoding,
    separator: text === null || text.separator === plainSeparator ? '' : text.separator,
    skipLines: text?.skipLines ?? 0,
    header: text === null || text.hasHeader ? [] : [...names],
    time: pattern,
    ...style,
    missing,
    entityFromFile,
  }
}
