/** A frozen training set in memory: a panel of sessions, with features, what the book earned, and labels. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'

/** The columns that a training set has besides its features. NaN where a row has no label. */
export const LABEL = 'label'
/** The session in which the position is entered, and the moment at which the label became known. */
export const LABEL_FROM = 'label_from'
export const LABEL_TO = 'label_to'
/** The session that the row is about: its local date in days since 1970-01-01. */
export const SESSION = 'session'
/** The session's simple return, made from the declared prices; its state (see `Marks`); and the value traded. */
export const RETURN = 'session_return'
export const STATE = 'session_state'
export const VALUE = 'session_value'

/** The names that no feature may have. */
export const RESERVED: readonly string[] = [LABEL, LABEL_FROM, LABEL_TO, SESSION, RETURN, STATE, VALUE]

/** A column of a training set. @throws Refusal `experiment.unknown-column` */
export function column(rows: Rows, name: string): Float64Array {
  const values = columnOf(rows, name)
  if (values !== undefined) return values
  const columns = rows.columns.map((one) => one.name).join(', ')
  throw refuse('experiment.unknown-column', { column: name, trainingSet: 'this', columns })
}

/** The named features, rows one after another; only of the given rows, in their order. */
export function designOf(rows: Rows, features: readonly string[], which: ArrayLike<number>): Float64Array {
  const x = new Float64Array(which.length * features.length)
  for (const [c, name] of features.entries()) {
    const values = column(rows, name)
    for (let r = 0; r < which.length; r++) x[r * features.length + c] = values[which[r]]
  }
  return x
}

/** Of some rows those without a hole in the named columns: they can be scored, and with the label among them trained on. */
export function complete(rows: Rows, names: readonly string[], which: ArrayLike<number>): Uint32Array {
  const columns = names.map((name) => column(rows, name))
  const kept = new Uint32Array(which.length)
  let count = 0
  for (let i = 0; i < which.length; i++) {
    const row = which[i]
    let isWhole = true
    for (let c = 0; c < columns.length && isWhole; c++) isWhole = !Number.isNaN(columns[c][row])
    if (isWhole) kept[count++] = row
  }
  return kept.slice(0, count)
}

/** Every row of a table. */
export function everyRow({ length }: Rows): Uint32Array {
  const rows = new Uint32Array(length)
  for (let row = 0; row < length; row++) rows[row] = row
  return rows
}

/** When each row's label was determined; for a row without one, its own moment: it trains nothing. */
export const labelEnds = (rows: Rows): Float64Array =>
  column(rows, LABEL_TO).map((to, row) => (Number.isNaN(to) ? rows.knownAt[row] : to))

/** Values of a column at the given rows. */
export function pick(values: Float64Array, which: ArrayLike<number>): Float64Array {
  const picked = new Float64Array(which.length)
  for (let i = 0; i < which.length; i++) picked[i] = values[which[i]]
  return picked
}
