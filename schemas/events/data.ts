/** Data arrivals: a data set is declared once, then arrives in batches; rows that cannot be used are kept apart. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

const column = z.strictObject({ name, unit: z.string() })

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
  /** What becomes of a moment with a part below a microsecond: it is set apart, or known at the next whole one. */
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

const datasetSpec1 = z.strictObject({
  dataset: name.regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** `long`: a row is an entity at a time. `wide`: a row is a time and each column an entity (its value is columns[0]). */
  layout: z.enum(['long', 'wide']),
  /** The column with the entity's name; empty for a wide file and where the file's own name has it. */
  entityColumn: z.string(),
  timeColumn: z.string(),
  /** For a time column of dates: the local time of the event, `16:00`; empty where the column holds moments. */
  timeOfDay: z.string().regex(/^(\d{2}:\d{2})?$/),
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

/** How a data set is laid out, how its files are written and where its clocks come from. */
export const datasetSpec = z.strictObject({ ...datasetSpec1.shape, format: fileFormat })
export type DatasetSpec = z.infer<typeof datasetSpec>

export const DatasetDeclared = defineEvent({
  type: 'data.DatasetDeclared',
  version: 2,
  data: datasetSpec,
  old: {
    1: {
      data: datasetSpec1,
      upcast: (old: z.infer<typeof datasetSpec1>) => ({ ...old, format: PLAIN_FORMAT }),
    },
  },
})

export const RowsArrived = defineEvent({
  type: 'data.RowsArrived',
  version: 1,
  data: z.strictObject({
    dataset: name,
    /** What a person calls the source: a file name, a topic and offset. */
    source: z.string(),
    /** SHA-256 of the source's bytes: the same source twice is one arrival. */
    sourceHash: z.string(),
    rows: z.int().nonnegative(),
    rowsQuarantined: z.int().nonnegative(),
    knownFrom: z.int(),
    knownTo: z.int(),
  }),
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
