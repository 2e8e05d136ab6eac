/** What a reader of one format is asked, and what it hands over: the rows as they stand in the file, and their text. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { judgeBy } from './judge.ts'
import type { Limits, Room } from './room.ts'
import { Staging } from './staging.ts'
import { timeReader } from './time-text.ts'

/** A file to be read as its data set was declared. */
export type Asked = Readonly<{
  path: string
  /** Its base name. */
  file: string
  spec: DatasetSpec
  receivedAt: Micros
  /** The entity of the whole file, where its name tells it. */
  entity: string | null
  limits: Limits
  /** A part of a stream, in which a column may be missing altogether. */
  isPart: boolean
  room: Room
}>

export type Staged = Readonly<{
  rows: Staging
  sourceHash: Digest
  /** Lines of a text file that hold nothing at all. */
  blankLines: number
  /** Lines before the header and behind the rows, as declared. */
  skippedLines: number
  /** The text of rejected lines or cells, in the order asked for, which is that of the file. */
  textsOf: (wanted: readonly Wanted[]) => Promise<readonly string[]>
}>

/** A line, or one cell of it where `entity` names a column of a wide file. */
export type Wanted = Readonly<{ line: number; entity: string | null }>

/** How a column of times is stored: as text or numbers to be read by the declaration, or as times of their own. */
export type Stored = 'text' | 'time' | 'time-without-zone'

/**
 * A time that is stored as one needs no pattern; where it has no zone it is of the declared one, or else of UTC.
 * @throws Refusal `dataset.time-zone`, `dataset.time-of-day`, `dataset.format`
 */
export function stagingFor(
  { spec, receivedAt, room }: Pick<Asked, 'spec' | 'receivedAt' | 'room'>,
  stored: Readonly<{ time: Stored; known: Stored }> = { time: 'text', known: 'text' },
): Staging {
  const { format } = spec
  const reading = (as: Stored, pattern: string, clock: string | null) => ({
    timeOfDay: spec.timeOfDay,
    timeZone: as === 'time-without-zone' && spec.timeZone === '' ? 'UTC' : spec.timeZone,
    pattern: as === 'text' ? pattern : '',
    clock,
    finerThanMicros: format.finerThanMicros,
  })
  return new Staging({
    columns: spec.layout === 'wide' ? 1 : spec.columns.length + (spec.rows.withdrawn.column === '' ? 0 : 1),
    declared: spec.knownAt.kind === 'declared',
    time: timeReader(
      'time',
      reading(stored.time, format.time, format.clockColumn === '' ? null : format.clock),
    ),
    known: timeReader('known', reading(stored.known, format.known, null)),
    judge: judgeBy(spec, receivedAt),
    room,
  })
}
