/** A table that is answered in batches: what its columns are is said once, and a batch of rows comes at a time. */
import type { Digest } from './kernel/canonical.ts'
import type { Micros } from './kernel/time.ts'

/**
 * `number`: a double. `integer`: a whole number below 2^53. `time`: whole microseconds since 1970 UTC. `category`: one of texts that are
 * said beforehand. `text`: any.
 */
export type AnswerField = Readonly<
  { name: string; unit?: string } & (
    | { kind: 'number' | 'integer' | 'time' | 'text' }
    | { kind: 'category'; texts: readonly string[] }
  )
>

export type AnswerSchema = Readonly<{
  fields: readonly AnswerField[]
  /** What is said of the whole: which set, its hash, and as of what it was read. */
  about: Readonly<Record<string, string>>
}>

/** The cells of a column: NaN is missing; of a category its place among the texts; of texts each one, null being missing. */
export type AnswerCells = Float64Array | Uint32Array | readonly (string | null)[]

/** One entry for each field, each of `length` cells. */
export type AnswerBatch = Readonly<{ length: number; cells: readonly AnswerCells[] }>

/** An answer of which any rows can be had by themselves. */
export type AnswerTable = Readonly<{
  schema: AnswerSchema
  rows: number
  /** The moment by which rows are partitioned; it never goes back. */
  momentAt: (row: number) => Micros
  /** As often as they are asked for, the same; some may be left out. @param from inclusive @param to exclusive */
  batches: (from?: number, to?: number) => AsyncGenerator<AnswerBatch>
  /** What the rows follow from beside what `schema.about` says. */
  digest: () => Digest
}>
