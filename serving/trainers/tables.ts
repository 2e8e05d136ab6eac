/** What a trainer is given to read: of a training set the rows that it may see, and of those what it may know. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { Rows } from '../../schemas/rows.ts'
import { encodeRows } from '../../streams/log/arrow.ts'
import { column, complete, LABEL, pick, SESSION } from '../../streams/training/sample.ts'

/**
 * An Arrow file with a row for each of the given ones that has all features and a label: `entity`, `eventTime`, `knownAt`, `session` (days since
 * 1970-01-01), the features in the order of the run, and `label`. What was earned in a session is not in it.
 */
export function trainingTable(rows: Rows, spec: RunSpec, which: ArrayLike<number>): Uint8Array {
  const shown = complete(rows, [...spec.features, LABEL], which)
  const names = [SESSION, ...spec.features, LABEL]
  return encodeRows({
    length: shown.length,
    entities: rows.entities,
    entity: Uint32Array.from(shown, (row) => rows.entity[row]),
    eventTime: pick(rows.eventTime, shown),
    knownAt: pick(rows.knownAt, shown),
    columns: names.map((name) => ({ name, values: pick(column(rows, name), shown) })),
  })
}

/** `run.json`: what the table does not say. */
export const toldOf = ({ run, features, params, seed }: RunSpec) => ({
  ...{ run, features, seed, label: LABEL },
  params: Object.fromEntries(params.map(({ name, value }) => [name, value])),
})
