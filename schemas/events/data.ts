/** Data arrivals: a data set is declared once, then arrives in batches; rows that cannot be used are kept apart. */
import { z } from 'zod'
import { calendarSpec } from '../calendar.ts'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'
import { listing } from '../listing.ts'

const column = z.strictObject({ name, unit: z.string() })

/** A local time of day, `16:00`; empty where there is none. */
const timeOfDay = z.string().regex(/^(\d{2}:\d{2})?$/)

/** Which columns hold what an instrument is traded at, from which the platform makes every return itself. */
const priceSpec = z.strictObject({
  /** The price at the session's close, as traded. */
  column: name,
  /** Cash paid to a holder of one share of the session before, on the session it goes ex; empty for none. */
  dividend: z.string(),
  /** Shares that one share of the session before became: 2 for a split of 2 for 1; empty for none. */
  split: z.string(),
  /** The data set that has `dividend` and `split` where they stand in another file; empty for this one. */
  actions: z.string(),
  /** Shares traded; empty for none. */
  volume: z.string(),
  currency: z.string(),
  /** A position without a price for so many sessions is closed at the last price and `delistingReturn` of it. */
  delistAfterSessions: z.int().positive(),
  delistingReturn: z.number().min(-1).max(1),
  /** When a session's decision is made: the first such local time after its close; empty for the next session's open. */
  decideAt: timeOfDay,
})
export type PriceSpec = z.infer<typeof priceSpec>

/** How a vendor writes: declared, never guessed. What a file of some kind does not have (a separator in Parquet) is passed over. */
export const fileFormat = z.strictObject({
  /** Of text files, by its WHATWG label: utf-8, utf-16le, windows-1252. */
  encoding: z.string(),
  /** Between fields; empty: a tab in `.tsv`, a comma elsewhere. */
  separator: z.string(),
  /** Lines before the header, or before the first row where `header` gives the names. */
  skipLines: z.int().nonnegative(),
  /** Names of the columns of a file that has no line of names; empty where its first line has them. */
  header: z.array(z.string()),
  /** The rows end before the line that begins with this; empty: at the end of the file. */
  endsAt: z.string(),
  /** A pattern such as `yyyyMMdd HH:mm`, or `epoch s`, `epoch ms`, `epoch us`, `epoch ns`; empty: ISO 8601. */
  time: z.string(),
  /** The same for the column that tells `knownAt`. */
  known: z.string(),
  /** A column with the time of day beside `timeColumn` with the date, and its pattern; empty where there is none. */
  clockColumn: z.string(),
  clock: z.string(),
  /** What becomes of a moment with a part below a microsecond: it is quarantined, or known at the next whole one. */
  finerThanMicros: z.enum(['refuse', 'round-up']),
  decimal: z.enum(['.', ',']),
  /** Between groups of three digits; a space stands for the no-break spaces too. */
  thousands: z.enum(['', ',', '.', ' ', "'"]),
  /** What stands for a missing value beside nothing, null and NaN; a number is compared as one, before `divideBy`. */
  missing: z.array(z.string()),
  /** Columns that the file calls otherwise (`source`, empty: as declared) or scales: 136300 divided by 10000 is 13.63. */
  columns: z.array(z.strictObject({ name, source: z.string(), divideBy: z.number().positive() })),
  /** Where a file is of one entity: its name within the file's, `{entity}_History.csv`; `*` stands for anything. */
  entityFromFile: z.string(),
})
export type FileFormat = z.infer<typeof fileFormat>

/** UTF-8, names in the first line, ISO 8601, decimal points, values as they are. */
export const PLAIN_FORMAT: FileFormat = Object.freeze({
  encoding: 'utf-8',
  separator: '',
  skipLines: 0,
  header: [],
  endsAt: '',
  time: '',
  known: '',
  clockColumn: '',
  clock: '',
  finerThanMicros: 'refuse',
  decimal: '.',
  thousands: '',
  missing: [],
  columns: [],
  entityFromFile: '',
})

const datasetV1 = z.strictObject({
  dataset: name.regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** `long`: a row is an entity at a time. `wide`: a row is a time and each column an entity (its value is columns[0]). */
  layout: z.enum(['long', 'wide']),
  /** The column with the entity's name; empty for a wide file and where the file's own name has it. */
  entityColumn: z.string(),
  timeColumn: z.string(),
  /** For a time column of dates: the local time of the event, `16:00`; empty where the column holds moments. */
  timeOfDay,
  /** An IANA zone for `timeOfDay`. */
  timeZone: z.string(),
  /** Where `knownAt` comes from: seen by us on arrival, told by the vendor in a column, or a stated lag. */
  knownAt: z.strictObject({
    kind: z.enum(['observed', 'declared', 'lag']),
    column: z.string(),
    lagMicros: z.int().nonnegative(),
  }),
  columns: z.array(column).min(1),
  provenance: z.string(),
  /** What is known to be wrong with it, for example survivorship. */
  caveat: z.string(),
})

/** What a column may hold beside doubles. A decimal is held as the nearest double, and has a unit. */
export const columnType = z.enum(['decimal', 'int64', 'bool', 'date', 'category', 'string'])

/** What rows are: of which types, what tells them apart, and what they may say of the past and of the future. */
export const rowsSpec = z.strictObject({
  /** Of columns that are no doubles. `pattern` is a date's, as of times; empty for ISO 8601, and for every other type. */
  types: z.array(z.strictObject({ column: name, type: columnType, pattern: z.string() })),
  /** Columns that tell rows of one entity and event time apart: the months that a figure is for, the horizon of an estimate. */
  key: z.array(name),
  /** For each of them, what it says in the rows that formulas see. */
  shown: z.array(z.strictObject({ column: name, is: z.string() })),
  /** A column of the file that says, by one of these words, that a row is taken back; no words where none is. */
  withdrawn: z.strictObject({ column: z.string(), words: z.array(z.string()) }),
  /** Whether a row may be known before its event: an estimate of a later period, a dividend that was announced. */
  ahead: z.boolean(),
  /** What its files are: tables, or documents of which a reader of their own makes records. */
  reads: z.enum(['table', 'sec-ownership', 'lean-factors', 'lean-maps']),
})
export type RowsSpec = z.infer<typeof rowsSpec>

/** Doubles, one row for an entity and event time, none taken back, and none known before its event. */
export const PLAIN_ROWS: RowsSpec = Object.freeze({
  types: [],
  key: [],
  shown: [],
  withdrawn: { column: '', words: [] },
  ahead: false,
  reads: 'table',
})

const datasetV2 = datasetV1.extend({
  format: fileFormat,
  /** The exchange's trading calendar; null where each local day with rows is a session. */
  calendar: z.nullable(calendarSpec),
  /** Null for data that nothing is traded at: fundamentals, factors, rates. */
  prices: z.nullable(priceSpec),
  /** Which instrument a symbol of its files is, and from when to when; a symbol without one is the instrument's own name. */
  listings: z.array(listing),
  /**
   * From when on a row that contradicts an earlier arrival is known. `arrival`: from its own arrival. `declared`: from when
   * the vendor says, as long as that is later than what it contradicts and than every session that was decided.
   */
  revisions: z.enum(['arrival', 'declared']),
})

/** How a data set is laid out, how its files are written, where its clocks come from, what its rows are, and what it is traded at. */
export const datasetSpec = datasetV2.extend({ rows: rowsSpec })
export type DatasetSpec = z.infer<typeof datasetSpec>

export const DatasetDeclared = defineEvent({
  type: 'data.DatasetDeclared',
  version: 3,
  data: datasetSpec,
  old: {
    1: {
      data: datasetV1,
      upcast: (old: z.infer<typeof datasetV1>): z.infer<typeof datasetV2> => ({
        ...old,
        format: PLAIN_FORMAT,
        calendar: null,
        prices: null,
        listings: [],
        revisions: 'declared',
      }),
    },
    2: {
      data: datasetV2,
      upcast: (old: z.infer<typeof datasetV2>): DatasetSpec => ({ ...old, rows: PLAIN_ROWS }),
    },
  },
})

const arrivedV1 = z.strictObject({
  dataset: name,
  /** What a person calls the source: a file name, a topic and offset. */
  source: z.string(),
  /** SHA-256 of the source's bytes: the same source twice is one arrival. */
  sourceHash: z.string(),
  rows: z.int().nonnegative(),
  rowsQuarantined: z.int().nonnegative(),
  knownFrom: z.int(),
  knownTo: z.int(),
})

const arrivedV2 = arrivedV1.extend({
  /** Rows that contradict what had arrived before: they are known from this arrival on. */
  rowsRevised: z.int().nonnegative(),
  /** Rows that came after the decision they would have counted for: they are known from this arrival on. */
  rowsLate: z.int().nonnegative(),
  /** Rows that said what had arrived before; they are left out. */
  rowsRepeated: z.int().nonnegative(),
  /** Rows without a value of which nothing had arrived: they are left out, as an empty cell of a wide file is. */
  rowsEmpty: z.int().nonnegative(),
  /** The sessions that its rows fall in, ascending. */
  sessions: z.array(z.int()),
})

const arrived = arrivedV2.extend({
  /** Rows that take one back that had arrived: it is gone from when they are known. */
  rowsWithdrawn: z.int().nonnegative(),
  /** Columns with an integer that no double is: formulas see the nearest one. */
  inexact: z.array(name),
})

export const RowsArrived = defineEvent({
  type: 'data.RowsArrived',
  version: 3,
  data: arrived,
  old: {
    1: {
      data: arrivedV1,
      upcast: (old: z.infer<typeof arrivedV1>): z.infer<typeof arrivedV2> => ({
        ...old,
        rowsRevised: 0,
        rowsLate: 0,
        rowsRepeated: 0,
        rowsEmpty: 0,
        sessions: [],
      }),
    },
    2: {
      data: arrivedV2,
      upcast: (old: z.infer<typeof arrivedV2>): z.infer<typeof arrived> => ({
        ...old,
        rowsWithdrawn: 0,
        inexact: [],
      }),
    },
  },
})

const closed1 = z.strictObject({
  dataset: name,
  /** The session's local date in days since 1970-01-01, and the one before it. */
  session: z.int(),
  previous: z.int(),
  decideAt: z.int(),
  /** The close at which what is decided is to be traded: that of the next session. */
  tradeAt: z.int(),
})

const closed = closed1.extend({
  /**
   * Whether sessions before it are accounted again with what it learns of them. Version 1 did not: what follows from it stays
   * as it was.
   */
  restates: z.boolean(),
})

/**
 * The decision moment of a session of a traded data set has passed. What its models predict and what their books earned
 * follows from what was known at `decideAt`; what arrives later is known later. The event's `knownAt` is when the platform
 * closed it, which is later than `decideAt` where the data came late.
 */
export const SessionClosed = defineEvent({
  type: 'data.SessionClosed',
  version: 2,
  data: closed,
  old: {
    1: {
      data: closed1,
      upcast: (old: z.infer<typeof closed1>): z.infer<typeof closed> => ({ ...old, restates: false }),
    },
  },
})

export const RowsQuarantined = defineEvent({
  type: 'data.RowsQuarantined',
  version: 1,
  data: z.strictObject({
    dataset: name,
    source: z.string(),
    sourceHash: z.string(),
    rows: z.int().positive(),
    /** How often each reason was given; the chunk has the rows themselves. */
    reasons: z.array(z.strictObject({ reason: z.string(), rows: z.int().positive() })),
  }),
})
