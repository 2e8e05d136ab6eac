/** A training set as it was frozen, as an answer: each row as it was decided, with its label and what it earned. */
import type { AnswerBatch, AnswerCells, AnswerField, AnswerTable } from '../../schemas/answer.ts'
import { sessionDate } from '../../schemas/calendar.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { heldOutOf } from '../../schemas/policy.ts'
import { columnOf, type Rows, sliceRows } from '../../schemas/rows.ts'
import { readFrozen } from '../../streams/training/frozen.ts'
import { LABEL_FROM, LABEL_TO, RESERVED, SESSION } from '../../streams/training/sample.ts'
import { frozenSetOf } from './frozen.ts'
import type { Readable } from './set.ts'
import { BATCH_ROWS } from './windows.ts'

/** Columns that hold a date, and a moment. */
const DATES: readonly string[] = [SESSION, LABEL_FROM]
const MOMENTS: readonly string[] = [LABEL_TO]

export type FrozenAnswer = Readonly<{ trainingSet: string; table: AnswerTable }>

/**
 * What the policy in force holds out is not handed out, whenever it was frozen.
 * @param name of a training set, or of a run: the set that it was trained on
 * @throws Refusal `retrieval.no-frozen-set`, `experiment.held-out`, `experiment.set-unreadable`
 */
export async function frozenAnswer(archive: Readable, name: string): Promise<FrozenAnswer> {
  const { state, trainingSet, spec, frozen } = await frozenSetOf(archive, name)
  const heldOut = heldOutOf(state.policy, spec)
  if (heldOut !== null) throw new Refusal(heldOut)
  const set = `${spec.featureSet}@${spec.featureVersion}`
  const rows = await readFrozen(archive.chunks, frozen.chunks)
  const units = new Map((state.formulas[set] ?? []).map(({ name: feature, unit }) => [feature, unit]))
  const fields = fieldsOf(rows, units)
  const about = {
    'asof.training_set': trainingSet,
    'asof.content_hash': frozen.contentHash,
    'asof.set': set,
    'asof.dataset': spec.label.dataset,
    'asof.label': spec.label.formula,
    'asof.position': String(frozen.readAt),
  }
  const columns = fields.map(({ name: column, kind, unit = '' }) => ({ name: column, kind, unit }))
  return {
    trainingSet,
    table: {
      schema: { fields, about: { ...about, 'asof.schema_hash': digestOf({ columns, about }) } },
      rows: rows.length,
      momentAt: (row) => rows.knownAt[row],
      batches: async function* (from = 0, to = rows.length) {
        for (let first = from; first < to; first += BATCH_ROWS)
          yield batchOf(sliceRows(rows, first, Math.min(first + BATCH_ROWS, to)))
      },
      digest: () => frozen.contentHash,
    },
  }
}

function fieldsOf({ entities, columns }: Rows, units: ReadonlyMap<string, string>): readonly AnswerField[] {
  const told = columns.map(({ name }): AnswerField => {
    if (DATES.includes(name)) return { name, kind: 'text' }
    if (MOMENTS.includes(name)) return { name, kind: 'time' }
    return { name, kind: 'number', ...(!RESERVED.includes(name) && { unit: units.get(name) ?? '' }) }
  })
  return [
    { name: 'entity', kind: 'category', texts: entities },
    { name: 'time', kind: 'time' },
    { name: 'event_time', kind: 'time' },
    ...told,
  ]
}

function batchOf(rows: Rows): AnswerBatch {
  const cells = rows.columns.map(({ name, values }): AnswerCells => {
    if (!DATES.includes(name)) return values
    return Array.from(columnOf(rows, name) ?? values, (day) => (Number.isNaN(day) ? null : sessionDate(day)))
  })
  return { length: rows.length, cells: [rows.entity, rows.knownAt, rows.eventTime, ...cells] }
}
