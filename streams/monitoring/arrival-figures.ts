/** What is looked at in an arrival of a data set: how much came, what is missing, in which range values are, and what is there twice. */
import type { DataOf } from '../../schemas/event.ts'
import type { RowsArrived } from '../../schemas/events/data.ts'
import type { Check } from '../../schemas/events/monitor.ts'
import type { Column, Rows } from '../../schemas/rows.ts'
import { quantileOfSorted, sorted } from '../statistics/quantile.ts'
import type { Figure } from './usual.ts'

export type Figures = Readonly<Partial<Record<Check, readonly Figure[]>>>

/** An arrival over more sessions is a back-fill, which says nothing of how a vendor usually writes. */
export const MOST_SESSIONS = 5

/** A share of the rows, of which a part matters. */
export const share = (what: string, value: number, matters: number): Figure => ({
  ...{ what, value, matters },
  log: false,
})

/** A size, of which a ratio matters; a size of nothing is taken for half of one. */
const size = (what: string, value: number, ratio: number): Figure => ({
  ...{ what, value },
  log: true,
  matters: Math.log10(ratio),
})

/** Minutes from an arrival's latest event until it was known, at least a few: less is nothing. */
export const delay = (minutes: number): Figure =>
  size('minutes until known', Math.max(5, minutes), DELAY_RATIO)
const DELAY_RATIO = 3

/** A fifth more or fewer rows, and a magnitude three times as great or small. */
const ROWS_RATIO = 1.25
export const MAGNITUDE_RATIO = 3
/** One name out of many in another unit: the greatest value of all is ten times what it was. */
const GREATEST_RATIO = 10
const MISSING_MATTERS = 0.05
const SIGN_MATTERS = 0.2
export const SAME_MATTERS = 0.5

type Counts = Pick<
  DataOf<typeof RowsArrived>,
  'rows' | 'rowsRepeated' | 'rowsEmpty' | 'rowsQuarantined' | 'rowsWithdrawn' | 'sessions'
>

/** @param before the rows of the arrival before it, null where there was none */
export function arrivalFigures(counts: Counts, rows: Rows | null, before: Rows | null): Figures {
  const { rowsRepeated, rowsQuarantined, sessions } = counts
  const sent = counts.rows + rowsRepeated + counts.rowsEmpty + rowsQuarantined
  const part = (of: number) => (sent === 0 ? 0 : of / sent)
  const columns = rows === null ? [] : rows.columns
  return {
    volume: [rowCount(sent / Math.max(1, sessions.length))],
    schema: [share('rows quarantined', part(rowsQuarantined), MISSING_MATTERS)],
    missing: columns.map(({ name, values }) =>
      share(`${name} missing`, shareOf(values, Number.isNaN), MISSING_MATTERS),
    ),
    range: columns.filter(isNumeric).flatMap(rangeOf),
    duplicate: [
      share('rows sent before', part(rowsRepeated), SAME_MATTERS),
      ...(rows === null || before === null
        ? []
        : [share('rows as in the arrival before', carried(rows, before), SAME_MATTERS)]),
    ],
  }
}

export const rowCount = (rows: number): Figure => size('rows a session', Math.max(0.5, rows), ROWS_RATIO)

/** How large values are; nothing of a column that has none but zeros. */
export function magnitude(what: string, sizes: Float64Array, ratio: number = MAGNITUDE_RATIO): Figure[] {
  const middle = quantileOfSorted(sorted(sizes), 0.5)
  return middle > 0 && Number.isFinite(middle) ? [size(what, middle, ratio)] : []
}

function rangeOf({ name, values }: Column): readonly Figure[] {
  const present = values.filter((value) => !Number.isNaN(value))
  if (present.length === 0) return []
  const sizes = present.map(Math.abs).filter((one) => one > 0)
  const greatest = sizes.reduce((most, one) => Math.max(most, one), 0)
  return [
    share(`${name} zero`, 1 - sizes.length / present.length, SIGN_MATTERS),
    share(
      `${name} below zero`,
      shareOf(present, (value) => value < 0),
      SIGN_MATTERS,
    ),
    ...magnitude(`${name} median size`, sizes),
    ...magnitude(`${name} greatest size`, Float64Array.of(greatest), GREATEST_RATIO),
  ]
}

/** The share of the rows whose entity had the very same values before: a day that was copied. Of nothing it is 0. */
function carried(rows: Rows, before: Rows): number {
  const had = new Map<string, number>()
  for (let row = 0; row < before.length; row++) had.set(before.entities[before.entity[row]], row)
  let same = 0
  for (let row = 0; row < rows.length; row++) {
    const other = had.get(rows.entities[rows.entity[row]])
    const isSame =
      other !== undefined &&
      rows.columns.every(({ values }, c) => Object.is(values[row], before.columns[c]?.values[other]))
    if (isSame) same++
  }
  return rows.length === 0 ? 0 : same / rows.length
}

function shareOf(values: Float64Array, is: (value: number) => boolean): number {
  let count = 0
  for (const value of values) if (is(value)) count++
  return values.length === 0 ? 0 : count / values.length
}

/** Codes of texts, dates and flags have no range. */
const isNumeric = ({ kind }: Column): boolean => kind === undefined || kind === 'int64'
