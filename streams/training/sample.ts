/** A frozen training set in memory: rows of features, labels and the moments between which each label is determined. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'

/** The columns that a training set has besides its features. */
export const LABEL = 'label'
/** When the position is entered, and when the label became known: its window, in microseconds. */
export const LABEL_FROM = 'label_from'
export const LABEL_TO = 'label_to'
/** The simple return of the day that ends at the row's event time; backtests are accounted on it. */
export const RETURN = 'return_1d'

/** A column of a training set. @throws Refusal `experiment.unknown-column` */
export function column(rows: Rows, name: string): Float64Array {
  const values = columnOf(rows, name)
  if (values !== undefined) return values
  const columns = rows.columns.map((one) => one.name).join(', ')
  throw refuse('experiment.unknown-column', { column: name, trainingSet: 'this', columns })
}

/** The penalty of a run: 1 unless its parameters say otherwise. */
export const alphaOf = ({ params }: Pick<RunSpec, 'params'>): number =>
  params.find((one) => one.name === 'alpha')?.value ?? 1

/** The named features, rows one after another; only of the given rows, in their order. */
export function designOf(rows: Rows, features: readonly string[], which: ArrayLike<number>): Float64Array {
  const x = new Float64Array(which.length * features.length)
  for (const [c, name] of features.entries()) {
    const values = column(rows, name)
    for (let r = 0; r < which.length; r++) x[r * features.length + c] = values[which[r]]
  }
  return x
}

/** Values of a column at the given rows. */
export function pick(values: Float64Array, which: ArrayLike<number>): Float64Array {
  const picked = new Float64Array(which.length)
  for (let i = 0; i < which.length; i++) picked[i] = values[which[i]]
  return picked
}
