/** What a model said of its sessions, as an answer: a row for each session and entity, as it stands in the log. */
import type { AnswerBatch, AnswerField, AnswerTable } from '../../schemas/answer.ts'
import { type Session, sessionDate } from '../../schemas/calendar.ts'
import type { Revision } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { firstAbove } from '../../schemas/kernel/search.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { isForeign } from '../../schemas/reaction.ts'
import { predictionStream } from '../../streams/inference/processor.ts'
import type { Readable } from './set.ts'

const FIELDS: readonly AnswerField[] = [
  { name: 'entity', kind: 'text' },
  /** The session that was decided, and when that was known. */
  { name: 'session', kind: 'text' },
  { name: 'time', kind: 'time' },
  { name: 'score', kind: 'number' },
  { name: 'target', kind: 'number', unit: 'fraction of capital' },
  { name: 'weight', kind: 'number', unit: 'fraction of capital' },
  /** 1 where it came too late to be traded. */
  { name: 'backfilled', kind: 'integer' },
  { name: 'artifact', kind: 'text' },
  { name: 'position', kind: 'integer' },
]

type Said = Readonly<{ session: Session; revision: Revision; rows: number }>
type Made = EventOf<typeof PredictionMade>

/** A session's rows stay together; a batch has little more than so many. */
const ROWS_AT_ONCE = 65_536

/** @throws Refusal `prediction.none` */
export async function predictionsAnswer(archive: Readable, model: string): Promise<AnswerTable> {
  const { log } = archive
  const [stream, upTo] = [predictionStream(model), await archive.confirmed()]
  const said: Said[] = []
  let position = 0
  for await (const event of madeFrom(log, stream, 1)) {
    if (event.position > upTo) break
    const { session, rows } = event.data
    said.push({ session, revision: event.revision, rows: rows.length })
    position = event.position
  }
  if (said.length === 0) throw refuse('prediction.none', { model })
  said.sort((one, other) => one.session - other.session || one.revision - other.revision)
  const ends = new Float64Array(said.length)
  for (const [place, { rows }] of said.entries()) ends[place] = rows + (ends[place - 1] ?? 0)
  const about = { 'asof.model': model, 'asof.position': String(position) }
  const rows = ends.at(-1) ?? 0
  return {
    schema: { fields: FIELDS, about: { ...about, 'asof.schema_hash': digestOf({ columns: FIELDS, about }) } },
    rows,
    momentAt: (row) => said[firstAbove(ends, row)].session * MICROS_PER_DAY,
    async *batches(from = 0, to = rows) {
      let held: Made[] = []
      let count = 0
      // Of whole sessions: what is asked for ends where one does.
      const wanted = said.slice(firstAbove(ends, from), firstAbove(ends, to - 1) + 1)
      for await (const made of eachOf(log, stream, wanted)) {
        held.push(made)
        count += made.data.rows.length
        if (count < ROWS_AT_ONCE) continue
        yield batchOf(held, count)
        ;[held, count] = [[], 0]
      }
      if (count > 0) yield batchOf(held, count)
    },
    digest: () => digestOf(said),
  }
}

/** As the lane said them. */
async function* madeFrom(log: Readable['log'], stream: string, from: Revision): AsyncGenerator<Made> {
  for await (const batch of log.readStream(stream, from))
    for (const event of batch) if (isEvent(PredictionMade, event) && !isForeign(event)) yield event
}

/** Nearly always they follow one another in the log too. */
async function* eachOf(log: Readable['log'], stream: string, wanted: readonly Said[]): AsyncGenerator<Made> {
  let [events, at] = [madeFrom(log, stream, 1), Number.POSITIVE_INFINITY]
  for (const { revision } of wanted) {
    if (revision < at) events = madeFrom(log, stream, revision)
    for (at = 0; at < revision; ) {
      const { value, done } = await events.next()
      assert(done !== true, 'what a stream had, it has')
      at = value.revision
      if (at === revision) yield value
    }
  }
}

function batchOf(events: readonly Made[], length: number): AnswerBatch {
  const each = <T>(cell: (event: Made, row: Made['data']['rows'][number]) => T): T[] =>
    events.flatMap((event) => event.data.rows.map((row) => cell(event, row)))
  const cells = [
    each((_, { entity }) => entity),
    each(({ data }) => sessionDate(data.session)),
    Float64Array.from(each(({ knownAt }) => knownAt)),
    Float64Array.from(each((_, { score }) => score ?? Number.NaN)),
    Float64Array.from(each((_, { target }) => target)),
    Float64Array.from(each((_, { weight }) => weight)),
    Float64Array.from(each(({ data }) => Number(data.backfilled))),
    each(({ data }) => data.artifact),
    Float64Array.from(each(({ position }) => position)),
  ]
  return { length, cells }
}
