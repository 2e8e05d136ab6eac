/** What a reader of one format hands over: the rows as they stand in the file, and the way back to their text. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { Staging } from './staging.ts'
import { timeReader } from './time-text.ts'

export type Staged = Readonly<{
  rows: Staging
  sourceHash: Digest
  /** Lines of a text file that hold nothing at all. */
  blankLines: number
  /** The text of rejected lines or cells, in the order asked for, which is that of the file. */
  textsOf: (wanted: readonly Wanted[]) => Promise<readonly string[]>
}>

/** A line, or one cell of it where `entity` names a column of a wide file. */
export type Wanted = Readonly<{ line: number; entity: string | null }>

/** @throws Refusal `dataset.time-zone` */
export const stagingFor = (spec: DatasetSpec): Staging =>
  new Staging({
    columns: spec.layout === 'wide' ? 1 : spec.columns.length,
    declared: spec.knownAt.kind === 'declared',
    time: timeReader('time', spec),
    known: timeReader('known', spec),
  })
