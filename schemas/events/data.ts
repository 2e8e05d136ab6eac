/** Data arrivals: a data set is declared once, then arrives in batches; rows that cannot be used are kept apart. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

const column = z.strictObject({ name, unit: z.string() })

/** How a data set is laid out and where its clocks come from. */
export const datasetSpec = z.strictObject({
  dataset: name.regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** `long`: a row is an entity at a time. `wide`: a row is a time and each column an entity (its value is columns[0]). */
  layout: z.enum(['long', 'wide']),
  /** The column with the entity's name; empty for a wide file. */
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
export type DatasetSpec = z.infer<typeof datasetSpec>

export const DatasetDeclared = defineEvent({
  type: 'data.DatasetDeclared',
  version: 1,
  data: datasetSpec,
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
